import { appendFile } from 'node:fs';
import { Writable } from 'node:stream';

const TELL_AGAIN_MS = 60_000;

/**
 * A log that a full disk cannot turn against the service: lines that cannot be written are lost, and the person at the
 * terminal hears why, once a minute at most.
 */
export function openLog(file: string): Writable {
  let toldAtMs = 0;
  const tell = (error: Error) => {
    if (Date.now() - toldAtMs < TELL_AGAIN_MS) return;
    toldAtMs = Date.now();
    process.stderr.write(`safecity: the log ${file} cannot be written (${error.message}): make room on the disk\n`);
  };
  return new Writable({
    write: (chunk: Buffer, _encoding, done) =>
      appendFile(file, chunk, { mode: 0o600 }, (error) => {
        if (error) tell(error);
        done();
      }),
  });
}
