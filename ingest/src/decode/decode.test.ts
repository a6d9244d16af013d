import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateClip } from '@safecity/fixtures';
import { temporaryDirectory } from '@safecity/platform/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { DamagedPictures } from '../ffmpeg/damaged-pictures.js';
import { encodeVideo } from '../ffmpeg/encode-video.js';
import { probeVideo } from '../ffmpeg/probe-video.js';
import { fragmentedFile, ringOf } from '../testing/fragmented-file.js';
import { BufferPool } from './buffer-pool.js';
import { decodeFile, type FileFrame } from './decode-file.js';
import { type DecodedFrame, DecoderPipe } from './decoder-pipe.js';
import { decodeOutputOptions, fitPicture } from './picture-fit.js';

const directory = temporaryDirectory('decode');
afterAll(() => directory.remove());

const input = { widthPx: 160, heightPx: 120 };
const START = 1_700_000_000_000;

/** Presentation times by ffprobe, ms, in order of presentation. */
function presentationTimes(path: string): number[] {
  const args = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', path];
  const times = execFileSync('ffprobe', args).toString().trim().split('\n');
  return times.map((time) => Number(time.replace(',', '')) * 1000).sort((a, b) => a - b);
}

/** What the filter must select: the first picture of each slot of 1/fps. */
function selected(times: number[], fps: number): number[] {
  const slot = (time: number) => Math.floor((time / 1000) * fps + 0.001);
  const kept: number[] = [];
  for (const time of times) if (kept.length === 0 || slot(time) !== slot(kept.at(-1) ?? 0)) kept.push(time);
  return kept;
}

async function all(frames: AsyncIterable<FileFrame>): Promise<FileFrame[]> {
  const list: FileFrame[] = [];
  for await (const frame of frames) list.push(frame);
  return list;
}

const clips = [
  { name: 'H.264', options: {} },
  { name: 'H.264 with B-frames', options: { bFrames: 2 } },
  { name: 'H.264 at an uneven rate', options: { unevenRate: true } },
  { name: 'H.265', options: { codec: 'h265' as const } },
];

describe.each(clips)('decoding fragments of $name', ({ options }) => {
  it.each([100, 5])('gives the exact capture time of every picture at %i fps', async (targetFps) => {
    const { path } = await generateClip({ durationS: 2, gopS: 1, fps: 12, directory: directory.path, ...options });
    const file = await fragmentedFile(path);
    const ring = ringOf(file, START);
    const frames: DecodedFrame[] = [];
    const first = ring.oldest;
    if (!first) throw new Error('empty clip');
    const pipe = new DecoderPipe({
      first,
      outputOptions: decodeOutputOptions(input, targetFps),
      pool: new BufferPool(),
      damage: new DamagedPictures(),
      onFrame: (frame) => frames.push(frame),
    });
    for (let sequence = 0; sequence < ring.length; sequence++) {
      const fragment = ring.bySequence(sequence);
      if (fragment) await pipe.feed(sequence === 2 ? { ...fragment, discontinuity: 'loop-seam' } : fragment);
    }
    pipe.end();
    await pipe.exited;
    const offset = Math.min(...first.media.samples.map(({ ptsTicks }) => (ptsTicks * 1000) / file.init.timescale));
    const times = presentationTimes(path);
    const zero = times[0] ?? 0;
    const expected = selected(
      times.map((time) => time - zero + offset),
      targetFps,
    );
    expect(frames.map(({ capturedAtMs }) => capturedAtMs - START)).toEqual(expected.map((time) => Math.round(time)));
    expect(frames.every(({ data, widthPx, heightPx }) => data.length === 160 * 120 * 3 && widthPx === 320 && heightPx === 180)).toBe(true);
    expect(frames.filter(({ discontinuity }) => discontinuity === 'loop-seam')).toHaveLength(1);
  });
});

describe('decoding a file', () => {
  it.each(clips)('gives the times ffprobe reads: $name', async ({ options }) => {
    const { path } = await generateClip({ durationS: 2, gopS: 1, fps: 12, directory: directory.path, ...options });
    const frames = await all(decodeFile({ path, ...input, targetFps: 1000 }));
    const times = presentationTimes(path);
    expect(frames.length).toBe(times.length);
    for (const [index, { ptsMs }] of frames.entries()) expect(ptsMs).toBeCloseTo((times[index] ?? 0) - (times[0] ?? 0), 1);
    expect(frames[0]).toMatchObject({ sourceWidthPx: 320, sourceHeightPx: 180 });
  });

  it('scales with the aspect kept, at the top left, the rest 114', async () => {
    const path = join(directory.path, 'white.png');
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'color=white:size=320x180', '-frames:v', '1', path]);
    const [frame] = await all(decodeFile({ path, ...input, targetFps: 5 }));
    const fit = fitPicture({ widthPx: 320, heightPx: 180 }, input);
    const pixel = (x: number, y: number) => [...(frame?.frame.subarray((y * 160 + x) * 3, (y * 160 + x) * 3 + 3) ?? [])];
    expect(fit.pictureHeightPx).toBe(90);
    expect(pixel(0, 0)).toEqual([255, 255, 255]);
    expect(pixel(159, 89)).toEqual([255, 255, 255]);
    expect(pixel(0, 90)).toEqual([114, 114, 114]);
    expect(pixel(159, 119)).toEqual([114, 114, 114]);
  });

  it('can be left early and leaves no process', async () => {
    const { path } = await generateClip({ durationS: 2, gopS: 1, fps: 12, directory: directory.path });
    for await (const { ptsMs } of decodeFile({ path, ...input, targetFps: 1000 })) {
      expect(ptsMs).toBe(0);
      break;
    }
  });

  it('names a file that is missing, is no video, or is empty', async () => {
    const text = join(directory.path, 'notes.mp4');
    writeFileSync(text, 'no video at all');
    for (const path of [join(directory.path, 'missing.mp4'), text]) {
      const attempt = all(decodeFile({ path, ...input, targetFps: 5 }));
      await expect(attempt).rejects.toMatchObject({ code: 'INGEST_FILE_UNREADABLE', message: expect.stringContaining(path) });
    }
  });
});

describe('encoding a file', () => {
  it('writes what was given', async () => {
    const path = join(directory.path, 'out.mp4');
    const encoder = encodeVideo({ path, widthPx: 64, heightPx: 48, fps: 5 });
    for (let i = 0; i < 10; i++) await encoder.write(Buffer.alloc(64 * 48 * 3, i * 20));
    await encoder.end();
    expect(await probeVideo(path)).toEqual({ widthPx: 64, heightPx: 48, codec: 'h264', fps: 5, durationMs: 2000 });
  });

  it('says when the file cannot be written', async () => {
    const encoder = encodeVideo({ path: join(directory.path, 'no', 'such', 'folder.mp4'), widthPx: 64, heightPx: 48, fps: 5 });
    await expect(encoder.end()).rejects.toMatchObject({ code: 'INGEST_FILE_UNWRITABLE' });
  });
});
