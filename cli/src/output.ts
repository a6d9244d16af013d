import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Writes one JSON line, waiting when the reader is slower. */
export async function writeLine(out: Writable, value: object): Promise<void> {
  if (!out.write(`${JSON.stringify(value)}\n`)) await once(out, 'drain');
}
