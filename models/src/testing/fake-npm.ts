import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Puts a program named `npm` first on PATH. Call the result to take it away again.
 * @param script body of a shell script; `$DESTINATION` is the folder that `npm pack` was asked to write to
 */
export function useFakeNpm(folder: string, script: string): () => void {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  // npm pack NAME --pack-destination FOLDER …
  writeFileSync(join(bin, 'npm'), `#!/bin/sh\nDESTINATION="$4"\n${script}\n`);
  chmodSync(join(bin, 'npm'), 0o755);
  const before = process.env['PATH'];
  process.env['PATH'] = `${bin}:${before}`;
  return () => {
    process.env['PATH'] = before;
  };
}
