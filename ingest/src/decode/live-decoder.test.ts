import { generateClip } from '@safecity/fixtures';
import { temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CameraActivity } from '../activity/camera-activity.js';
import type { GopRing } from '../ring/gop-ring.js';
import { type FragmentedFile, fragmentedFile, ringOf } from '../testing/fragmented-file.js';
import type { DecodedFrame } from './decoder-pipe.js';
import { LiveDecoder, type LiveDecoderOptions } from './live-decoder.js';

const directory = temporaryDirectory('live-decoder');
const input = { widthPx: 64, heightPx: 64 };
let file: FragmentedFile;
let small: FragmentedFile;
let decoder: LiveDecoder | null = null;

beforeAll(async () => {
  const clip = { durationS: 2, fps: 10, gopS: 1, directory: directory.path };
  file = await fragmentedFile((await generateClip(clip)).path);
  small = await fragmentedFile((await generateClip({ ...clip, widthPx: 160, heightPx: 120 })).path);
});
afterEach(async () => {
  await decoder?.close();
  decoder = null;
});
afterAll(() => directory.remove());

function decode(ring: GopRing, hardware?: LiveDecoderOptions['hardware']) {
  const frames: DecodedFrame[] = [];
  const failing: boolean[] = [];
  const made = new LiveDecoder({
    ring,
    input,
    targetFps: 100,
    activity: new CameraActivity(() => ({ decode: 'always', minScore: 0.35 })),
    onFrame: (frame) => frames.push(frame),
    ...(hardware ? { hardware } : {}),
    onFailing: (value) => failing.push(value),
  });
  decoder = made;
  return { frames, failing, made };
}

/** The whole clip as a later connection. */
function append(ring: GopRing, from: FragmentedFile, epoch: number, startMs: number): void {
  for (const media of from.fragments) {
    const captureTimesMs = media.samples.map(({ ptsTicks }) => Math.round(startMs + (ptsTicks * 1000) / from.init.timescale));
    const first = media === from.fragments[0];
    ring.append({ epoch, init: from.init, media, captureTimesMs, ...(first ? { discontinuity: 'reconnect' as const } : {}) });
  }
}

describe('decoding a ring', () => {
  it('begins at the last keyframe', async () => {
    const { frames } = decode(ringOf(file, 0));
    await waitFor(() => frames.length > 5);
    expect(frames[0]?.capturedAtMs).toBe(1000);
  });

  it('goes on across a new connection of another size with one new decoder, and marks it', async () => {
    const ring = ringOf(file, 0);
    const { frames, made, failing } = decode(ring);
    await waitFor(() => frames.length > 5);
    append(ring, small, 2, 5000);
    await waitFor(() => frames.some(({ widthPx }) => widthPx === 160));
    const first = frames.find(({ widthPx }) => widthPx === 160);
    expect(first).toMatchObject({ capturedAtMs: 5000, discontinuity: 'reconnect', heightPx: 120 });
    expect(made.starts).toBe(2);
    expect(failing).toEqual([]);
  });

  it('replaces a decoder that dies, from the last keyframe on', async () => {
    const ring = ringOf(file, 0);
    const { frames, failing, made } = decode(ring);
    await waitFor(() => frames.length > 5);
    const before = frames.length;
    process.kill(made.pid ?? 0, 'SIGKILL');
    await waitFor(() => {
      append(ring, file, 1, 2000);
      return failing.includes(true);
    });
    await waitFor(() => frames.length > before);
    expect(failing).toEqual([true, false]);
    expect(made.starts).toBe(2);
  });

  it('tells of a decoder that gave no picture, and goes on with what decodes then', async () => {
    const hardware = {
      inputOptions: ['-hwaccel', 'no-such-hardware'] as readonly string[],
      suspect: async () => {
        hardware.inputOptions = [];
      },
    };
    const ring = ringOf(file, 0);
    const { frames, failing, made } = decode(ring, hardware);
    await waitFor(() => {
      append(ring, file, 1, 2000);
      return failing.includes(true);
    });
    await waitFor(() => frames.length > 5);
    expect([made.starts, failing]).toEqual([2, [true, false]]);
  });
});
