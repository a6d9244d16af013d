import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of its own below the system's temporary one. */
export function temporaryDirectory(prefix: string): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `safecity-${prefix}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
