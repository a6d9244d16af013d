import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GopRing } from '../ring/gop-ring.js';
import { fragmentedFile, ringOf } from '../testing/fragmented-file.js';
import { type Clip, ClipCutter } from './clip-cutter.js';

const directory = temporaryDirectory('clips');
const START = 1_700_000_000_000;
afterAll(() => directory.remove());

function probe(clip: Clip, name: string) {
  const path = join(directory.path, `${name}-clip.mp4`);
  writeFileSync(path, Buffer.concat(clip.parts));
  const arguments_ = ['-v', 'error', '-show_entries', 'packet=pts_time,flags:format_tags=comment:stream=nb_frames', '-of', 'json', path];
  const found = JSON.parse(execFileSync('ffprobe', arguments_, { encoding: 'utf8' }));
  const complaints = execFileSync('ffmpeg', ['-v', 'warning', '-i', path, '-f', 'null', '-'], { encoding: 'utf8', stdio: 'pipe' });
  return { found, complaints };
}

const streams = [
  { name: 'h264', codec: ['-c:v', 'libx264', '-bf', '0'] },
  { name: 'h264-b', codec: ['-c:v', 'libx264', '-bf', '2', '-b_strategy', '0'] },
  { name: 'h265', codec: ['-c:v', 'libx265', '-x265-params', 'log-level=error:keyint=10'] },
];

describe.each(streams)('clips of $name', ({ name, codec }) => {
  let ring: GopRing;

  beforeAll(async () => {
    const path = join(directory.path, `${name}.mp4`);
    const source = 'testsrc=size=320x180:rate=10:duration=6';
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...codec, '-g', '10', '-pix_fmt', 'yuv420p', path]);
    ring = ringOf(await fragmentedFile(path), START);
  });

  it('begin at the keyframe before, decode without a word, and tell when they were captured', async () => {
    const originMs = ring.oldest?.firstCaptureMs ?? 0;
    const clip = await new ClipCutter().cut('cam1', ring, { fromMs: originMs + 1500, toMs: originMs + 3500 });
    expect(clip.fromMs).toBe(originMs + 1000);
    expect(clip.toMs).toBeGreaterThanOrEqual(originMs + 3400);
    expect(clip.toMs).toBeLessThanOrEqual(originMs + 4200);
    expect({ widthPx: clip.widthPx, heightPx: clip.heightPx, gaps: clip.gaps }).toEqual({
      ...{ widthPx: 320, heightPx: 180, gaps: [] },
    });
    const { found, complaints } = probe(clip, name);
    expect(complaints).toBe('');
    const times = found.packets
      .map((packet: { pts_time: string }) => Math.round(Number(packet.pts_time) * 1000))
      .sort((a: number, b: number) => a - b);
    expect(times[0]).toBe(0);
    expect(times.at(-1)).toBe(clip.toMs - clip.fromMs);
    expect(found.packets[0].flags).toContain('K');
    expect(found.format.tags.comment).toContain(new Date(clip.fromMs).toISOString());
    const bytes = Buffer.concat(clip.parts);
    expect(bytes.length).toBe(clip.sizeBytes);
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
  });
});

describe('clips across a reconnect', () => {
  it('keep the time of both sides and say what is missing', async () => {
    const path = join(directory.path, 'h264.mp4');
    const file = await fragmentedFile(path);
    const ring = ringOf(file, START);
    const gapMs = 9000;
    for (const media of file.fragments) {
      const captureTimesMs = media.samples.map(({ ptsTicks }) => Math.round(START + gapMs + (ptsTicks * 1000) / file.init.timescale));
      ring.append({ epoch: 2, init: { ...file.init }, media, captureTimesMs });
    }
    const clip = await new ClipCutter().cut('cam1', ring, { fromMs: START + 4000, toMs: START + 11_000 });
    expect(clip.gaps).toEqual([{ fromMs: START + 5900, toMs: START + 9000 }]);
    const { found, complaints } = probe(clip, 'gap');
    expect(complaints).toBe('');
    expect(Number(found.packets.at(-1).pts_time) * 1000).toBeCloseTo(clip.toMs - clip.fromMs, 0);
  });

  it('are refused when nothing of that time is kept', async () => {
    const cutting = new ClipCutter().cut('cam1', new GopRing(), { fromMs: START, toMs: START + 1000 });
    await expect(cutting).rejects.toMatchObject({ code: 'INGEST_CLIP_UNAVAILABLE', httpStatus: 404 });
  });
});
