import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Of } from './cache.js';
import { CATALOGUE, type FileSource, modelEntry } from './catalogue.js';
import { pullFrom, pullModel } from './pull.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'safecity-pull-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the catalogue', () => {
  it.each(CATALOGUE)('$id is complete', (entry) => {
    expect(entry.classes).toHaveLength('classCount' in entry.family.facts ? entry.family.facts.classCount : 1);
    expect(new Set(entry.classes).size).toBe(entry.classes.length);
    for (const { sha256 } of entry.source.files) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(entry.publicSource).toMatch(/^https:\/\//);
    for (const side of Object.values(entry.defaultSize)) expect(side % 32).toBe(0);
    for (const name of Object.keys(entry.recommendedMinScore.byClass)) expect(entry.classes).toContain(name);
    expect(CATALOGUE.filter(({ id }) => id === entry.id)).toEqual([entry]);
  });

  it('names the ids it holds when it is asked for another', () => {
    expect(() => modelEntry('yolov8')).toThrow(
      expect.objectContaining({
        code: 'MODELS_UNKNOWN_ID',
        message: 'model "yolov8" is not in the catalogue: it holds nanodet-g, yolox-nano, ultraface',
      }),
    );
  });
});

describe('a model that is brought by hand', () => {
  const content = Buffer.from('weights');
  const source: FileSource = {
    kind: 'file',
    files: [
      { name: 'first.onnx', sha256: sha256Of(content) },
      { name: 'second.onnx', sha256: sha256Of(Buffer.from('others')) },
    ],
    howToObtain: 'ask for it',
  };
  const entry = { ...modelEntry('yolox-nano'), id: 'brought', source };
  const places = () => ({ cacheDir: join(folder, 'cache'), modelsDir: folder });

  it('is copied to the cache once and taken from there afterwards', async () => {
    writeFileSync(join(folder, 'first.onnx'), content);
    const first = await pullFrom(entry, places());
    rmSync(join(folder, 'first.onnx'));
    const second = await pullFrom(entry, places());
    expect([first.fetched, second.fetched]).toEqual([true, false]);
    expect(readFileSync(second.files.get('first.onnx') as string)).toEqual(content);
  });

  it('any of its files will do', async () => {
    writeFileSync(join(folder, 'second.onnx'), 'others');
    expect([...(await pullFrom(entry, places())).files.keys()]).toEqual(['second.onnx']);
  });

  it('is refused when it is another file', async () => {
    writeFileSync(join(folder, 'first.onnx'), 'replaced');
    const message = `${join(folder, 'first.onnx')} has SHA-256 ${sha256Of(Buffer.from('replaced'))}, the catalogue says ${sha256Of(content)}: delete it and pull the model again`;
    await expect(pullFrom(entry, places())).rejects.toMatchObject({ code: 'MODELS_HASH_MISMATCH', message });
  });

  it('that is nowhere: the error says where to get it', async () => {
    const message = `model brought cannot be fetched from npm and ${folder} holds neither first.onnx nor second.onnx: ask for it`;
    await expect(pullFrom(entry, places())).rejects.toMatchObject({ code: 'MODELS_SOURCE_MISSING', message });
  });

  it('is asked for by name: no folder set', async () => {
    await expect(pullModel('yolox-nano', { cacheDir: folder, modelsDir: '' })).rejects.toMatchObject({
      code: 'MODELS_SOURCE_MISSING',
      message: expect.stringContaining('SAFECITY_MODELS_DIR is not set: take yolox_nano.onnx'),
    });
  });
});
