import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { expect, test, vi } from 'vitest';
import { openLog } from '../src/log-file.js';

test('a log that cannot be written tells the terminal once and takes further lines', async () => {
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  // Every write to it fails as on a full disk.
  const log = openLog('/dev/full');
  const written = (line: string) => new Promise<unknown>((resolve) => log.write(line, resolve));
  expect(await written('one\n')).toBeFalsy();
  expect(await written('two\n')).toBeFalsy();
  const lines = told.mock.calls.map(([text]) => String(text)).filter((text) => text.includes('/dev/full'));
  told.mockRestore();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('no space left on device');
  expect(lines[0]).toContain('make room on the disk');
});

test('a log appends', async () => {
  const directory = temporaryDirectory('log');
  const file = join(directory.path, 'log');
  openLog(file).write('one\n');
  await waitFor(() => readFileSync(file, 'utf8') === 'one\n');
  openLog(file).end('two\n');
  await waitFor(() => readFileSync(file, 'utf8') === 'one\ntwo\n');
  directory.remove();
});
