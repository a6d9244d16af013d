import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryDirectory } from '@safecity/platform/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GopRing } from '../ring/gop-ring.js';
import { GopRing as Ring } from '../ring/gop-ring.js';
import type { RingFragment } from '../ring/ring-fragment.js';
import { fragmentedFile, ringOf } from '../testing/fragmented-file.js';
import type { Crop } from './crop-window.js';
import { Limiter } from './limiter.js';
import { StillCutter } from './still-cutter.js';

const directory = temporaryDirectory('stills');
const START = 1_700_000_000_000;
const STEP_MS = 100;
afterAll(() => directory.remove());

/** Each picture is one shade of grey that tells its number: luma 20 + 8 n. */
async function shades(codec: string[], name: string): Promise<GopRing> {
  const path = join(directory.path, `${name}.mp4`);
  const source = "color=black:size=320x180:rate=10:duration=2,geq=lum='20+8*N':cb=128:cr=128";
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...codec, '-g', '10', '-pix_fmt', 'yuv420p', path]);
  return ringOf(await fragmentedFile(path), START);
}

async function numberOf(jpeg: Buffer): Promise<number> {
  const { channels } = await sharp(jpeg).stats();
  const luma = 16 + ((channels[0]?.mean ?? 0) * 219) / 255;
  return (luma - 20) / 8;
}

const streams = [
  { name: 'h264', codec: ['-c:v', 'libx264', '-qp', '10', '-bf', '0'] },
  { name: 'h264 with B-frames', codec: ['-c:v', 'libx264', '-qp', '10', '-bf', '2', '-b_strategy', '0'] },
  { name: 'h265', codec: ['-c:v', 'libx265', '-x265-params', 'log-level=error:qp=10:keyint=10'] },
];

describe.each(streams)('stills of $name', ({ name, codec }) => {
  let ring: GopRing;
  let shiftMs: number;

  beforeAll(async () => {
    ring = await shades(codec, name.replaceAll(' ', '-'));
    shiftMs = (ring.oldest?.firstCaptureMs ?? START) - START;
  });

  const moments = [0, 3, 9, 10, 11, 17];
  it.each(moments)('show exactly picture %i', async (index) => {
    const atMs = START + shiftMs + index * STEP_MS;
    const still = await new StillCutter().cut('cam1', ring, { atMs: atMs + 30, widthPx: null });
    expect(still).toMatchObject({ capturedAtMs: atMs, widthPx: 320, heightPx: 180 });
    expect(await sharp(still.jpeg).metadata()).toMatchObject({ format: 'jpeg', width: 320, height: 180 });
    expect(await numberOf(still.jpeg)).toBeCloseTo(index, 0);
  });

  it('show the newest picture', async () => {
    const still = await new StillCutter().cut('cam1', ring, { atMs: null, widthPx: null });
    expect(still.capturedAtMs).toBe(ring.newest?.lastCaptureMs);
    expect(await numberOf(still.jpeg)).toBeCloseTo((still.capturedAtMs - START - shiftMs) / STEP_MS, 0);
  });
});

describe('a part of a picture', () => {
  let ring: GopRing;
  beforeAll(async () => {
    // Left half red, right half blue, a green square of 40 px at (200, 60).
    const path = join(directory.path, 'parts.mp4');
    const source =
      'color=red:size=160x180:rate=10:duration=1[a];color=blue:size=160x180:rate=10:duration=1[b];[a][b]hstack,drawbox=200:60:40:40:green:fill';
    const codec = ['-c:v', 'libx264', '-qp', '10', '-bf', '0', '-pix_fmt', 'yuv420p'];
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...codec, path]);
    ring = ringOf(await fragmentedFile(path), START);
  });

  async function colourOf(jpeg: Buffer): Promise<string> {
    const { channels } = await sharp(jpeg).stats();
    const means = channels.map(({ mean }) => mean);
    return ['red', 'green', 'blue'][means.indexOf(Math.max(...means))] ?? '';
  }
  const square: [number, number, number, number] = [200 / 320, 60 / 180, 240 / 320, 100 / 180];
  const cut = (crop: Crop, widthPx: number | null = null) => new StillCutter().cut('cam1', ring, { atMs: null, widthPx, crop });

  it('is cut at full resolution, with its surroundings when asked for, and told where it lies', async () => {
    const exact = await cut({ box: square, margin: 0 });
    expect(exact).toMatchObject({ widthPx: 40, heightPx: 40, box: square });
    expect(await sharp(exact.jpeg).metadata()).toMatchObject({ width: 40, height: 40 });
    expect(await colourOf(exact.jpeg)).toBe('green');
    const wide = await cut({ box: square, margin: 0.5 });
    expect(wide).toMatchObject({ widthPx: 80, heightPx: 80, box: [180 / 320, 40 / 180, 260 / 320, 120 / 180] });
    expect(await colourOf(wide.jpeg)).toBe('blue');
    expect(await colourOf((await cut({ box: [0, 0, 0.5, 1], margin: 0 })).jpeg)).toBe('red');
    expect(await cut({ box: [0, 0, 0.5, 1], margin: 0 }, 80)).toMatchObject({ widthPx: 80, heightPx: 90 });
  });

  it('is not to be had outside the picture', async () => {
    await expect(cut({ box: [1.2, 0, 1.5, 1], margin: 0 })).rejects.toMatchObject({ code: 'INGEST_STILL_UNAVAILABLE', httpStatus: 404 });
  });

  it('comes from the recording when the ring has forgotten it, exact to the picture', async () => {
    const recorded = async () => Array.from({ length: ring.length }, (_, at) => ring.bySequence(at) as RingFragment);
    const atMs = (ring.oldest?.firstCaptureMs ?? 0) + 310;
    const wanted = { atMs, widthPx: null, crop: { box: square, margin: 0 } };
    const still = await new StillCutter({ recorded }).cut('cam1', new Ring(), wanted);
    expect(still).toMatchObject({ capturedAtMs: atMs - 10, widthPx: 40 });
    expect(await colourOf(still.jpeg)).toBe('green');
    const later = { ...wanted, atMs: atMs + 60_000 };
    await expect(new StillCutter({ recorded }).cut('cam1', new Ring(), later)).rejects.toMatchObject({ code: 'INGEST_STILL_UNAVAILABLE' });
  });
});

describe('asking for stills', () => {
  let ring: GopRing;
  beforeAll(async () => {
    ring = await shades(['-c:v', 'libx264', '-bf', '0'], 'plain');
  });

  it('small ones are scaled, never up, and kept for a second', async () => {
    let nowMs = START;
    const cutter = new StillCutter({ nowMs: () => nowMs });
    const small = await cutter.cut('cam1', ring, { atMs: null, widthPx: 100 });
    expect(await sharp(small.jpeg).metadata()).toMatchObject({ width: 100, height: 56 });
    expect((await cutter.cut('cam1', ring, { atMs: null, widthPx: 100 })).jpeg).toBe(small.jpeg);
    nowMs += 1000;
    expect((await cutter.cut('cam1', ring, { atMs: null, widthPx: 100 })).jpeg).not.toBe(small.jpeg);
    expect(await cutter.cut('cam1', ring, { atMs: null, widthPx: 4000 })).toMatchObject({ widthPx: 320, heightPx: 180 });
  });

  it('says what is kept when the time is not', async () => {
    const attempt = new StillCutter().cut('cam1', ring, { atMs: START - 60_000, widthPx: null });
    await expect(attempt).rejects.toMatchObject({
      code: 'INGEST_STILL_UNAVAILABLE',
      httpStatus: 404,
      message: expect.stringContaining('2023-11-14T22:13:20'),
    });
    await expect(new StillCutter().cut('cam1', new Ring(), { atMs: null, widthPx: null })).rejects.toThrow('has not sent a picture yet');
  });
});

describe('a limit of tasks at once', () => {
  it('holds, and goes on after a failure', async () => {
    const limiter = new Limiter(2);
    let running = 0;
    let most = 0;
    const task = async (index: number) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      if (index === 1) throw new Error('fails');
      return index;
    };
    const results = await Promise.allSettled([0, 1, 2, 3, 4].map((index) => limiter.run(() => task(index))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(most).toBe(2);
  });
});
