import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Of, sourceFolder } from './cache.js';
import { listModels, verifyModels } from './inventory.js';
import { prepareModel } from './prepare-model.js';
import { isCached } from './testing/cached-model.js';

const cached = await isCached('nanodet-g');
const SIZE = { widthPx: 128, heightPx: 96 };

let cacheDir: string;
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'safecity-prepare-'));
  if (cached) cpSync(sourceFolder({}, 'nanodet-g'), sourceFolder({ cacheDir }, 'nanodet-g'), { recursive: true });
});
afterEach(() => rmSync(cacheDir, { recursive: true, force: true }));

describe('a size that no model can take', () => {
  it.each([
    { size: { widthPx: 650 }, message: 'nanodet-g: widthPx 650 is not a multiple of 32 from 96 to 2048; the nearest is 640' },
    { size: { heightPx: 360 }, message: 'nanodet-g: heightPx 360 is not a multiple of 32 from 96 to 2048; the nearest is 352' },
    { size: { widthPx: 64 }, message: 'nanodet-g: widthPx 64 is not a multiple of 32 from 96 to 2048; the nearest is 96' },
    { size: { widthPx: 4096 }, message: 'nanodet-g: widthPx 4096 is not a multiple of 32 from 96 to 2048; the nearest is 2048' },
    { size: { widthPx: Number.NaN }, message: 'nanodet-g: widthPx NaN is not a multiple of 32 from 96 to 2048; the nearest is 96' },
  ])('$message', async ({ size, message }) => {
    await expect(prepareModel('nanodet-g', { cacheDir, ...size })).rejects.toMatchObject({ code: 'MODELS_SIZE_INVALID', message });
  });
});

describe.skipIf(!cached)('prepareModel', () => {
  it('writes model and sidecar, and gives them from the cache the second time', async () => {
    const first = await prepareModel('nanodet-g', { cacheDir, ...SIZE });
    const second = await prepareModel('nanodet-g', { cacheDir, ...SIZE });
    const { path, sidecarPath, fromCache, ...facts } = first;
    expect(fromCache).toBe(false);
    expect(second).toEqual({ ...first, fromCache: true });
    expect(sha256Of(readFileSync(path))).toBe(facts.sha256);
    expect(JSON.parse(readFileSync(sidecarPath, 'utf8'))).toEqual(facts);
    expect(facts).toMatchObject({ modelId: 'nanodet-g', widthPx: 128, heightPx: 96, nmsIou: 0.5 });
    expect(readdirSync(join(cacheDir, 'models')).sort()).toEqual(['nanodet-g-128x96.json', 'nanodet-g-128x96.onnx', 'source']);
    expect(await listModels({ cacheDir })).toEqual([
      expect.objectContaining({ id: 'nanodet-g', defaultSize: '640x384', prepared: false, preparedSizes: ['128x96'] }),
      expect.objectContaining({ id: 'yolox-nano', prepared: false, preparedSizes: [] }),
      expect.objectContaining({ id: 'ultraface', prepared: false, preparedSizes: [] }),
    ]);
  });

  it.each([
    { name: 'a model cut short', damage: (path: string) => truncateSync(path, 1000), found: /^SHA-256 is / },
    { name: 'a model deleted', damage: (path: string) => rmSync(path), found: undefined },
    {
      name: 'a sidecar that is not JSON',
      damage: (path: string) => writeFileSync(path.replace('.onnx', '.json'), '{'),
      found: /^its description \(.json\) is missing or damaged/,
    },
    {
      name: 'a sidecar of nothing',
      damage: (path: string) => writeFileSync(path.replace('.onnx', '.json'), 'null'),
      found: /^its description/,
    },
    {
      name: 'another preparation',
      damage: (path: string) => {
        const sidecar = path.replace('.onnx', '.json');
        writeFileSync(sidecar, readFileSync(sidecar, 'utf8').replace(/"preparation": ".*"/, '"preparation": "0-older"'));
      },
      found: undefined,
    },
  ])('makes it again after $name', async ({ damage, found }) => {
    const whole = await prepareModel('nanodet-g', { cacheDir, ...SIZE });
    damage(whole.path);
    const bad = (await verifyModels({ cacheDir })).filter(({ ok }) => !ok);
    expect(bad.map(({ path, problem }) => [path, problem])).toEqual(found ? [[whole.path, expect.stringMatching(found)]] : []);
    expect(await prepareModel('nanodet-g', { cacheDir, ...SIZE })).toEqual(whole);
    expect((await verifyModels({ cacheDir })).map(({ ok }) => ok)).toEqual([true, true, true]);
  });

  it('two at once give the same file', async () => {
    const [a, b] = await Promise.all([prepareModel('nanodet-g', { cacheDir, ...SIZE }), prepareModel('nanodet-g', { cacheDir, ...SIZE })]);
    expect(a.sha256).toBe(b.sha256);
    expect((await verifyModels({ cacheDir })).every(({ ok }) => ok)).toBe(true);
  });

  it('verify names a fetched file that was changed', async () => {
    const path = join(sourceFolder({ cacheDir }, 'nanodet-g'), 'nanodet.bin');
    writeFileSync(path, 'changed');
    const [check] = (await verifyModels({ cacheDir })).filter(({ ok }) => !ok);
    expect(check).toEqual({
      modelId: 'nanodet-g',
      path,
      ok: false,
      problem: expect.stringMatching(/^SHA-256 is .*: delete it and run "safecity models pull nanodet-g"$/),
    });
  });
});
