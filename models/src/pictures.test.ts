import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPicture, samplePictures } from './pictures.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'safecity-pictures-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('readPicture', () => {
  it('keeps the aspect, aligns top left and pads with 114', async () => {
    const { rgb } = await readPicture({ pattern: 'color=c=red:size=64x32' }, { widthPx: 96, heightPx: 96 });
    const pixel = (x: number, y: number): number[] => [...rgb.slice((y * 96 + x) * 3, (y * 96 + x) * 3 + 3)];
    const red = [expect.closeTo(254, -1), expect.closeTo(0, -1), expect.closeTo(0, -1)];
    expect([pixel(0, 0), pixel(95, 46)]).toEqual([red, red]);
    expect([pixel(0, 49), pixel(95, 95)]).toEqual([
      [114, 114, 114],
      [114, 114, 114],
    ]);
  });

  it('names a file that is no picture', async () => {
    const file = join(folder, 'broken.mp4');
    writeFileSync(file, 'no clip');
    await expect(readPicture({ file }, { widthPx: 96, heightPx: 96 })).rejects.toMatchObject({
      code: 'MODELS_PICTURE_UNREADABLE',
      message: expect.stringMatching(/broken\.mp4 gave no picture: check the file\. ffmpeg says: .+/),
    });
  });
});

describe('samplePictures', () => {
  it('takes test patterns where there is no folder, or none with pictures', async () => {
    const size = { widthPx: 96, heightPx: 96 };
    const names = ['testsrc2=size=1280x720', 'mandelbrot=size=640x360'];
    expect((await samplePictures(undefined, size, 4)).map(({ name }) => name)).toEqual(names);
    expect((await samplePictures(folder, size, 4)).map(({ name }) => name)).toEqual(names);
  });
});
