import { type GenerateClipOptions, generateClip } from '@safecity/fixtures';
import { temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CameraActivity } from '../src/activity/camera-activity.js';
import type { DecodedFrame } from '../src/decode/decoder-pipe.js';
import { LiveDecoder } from '../src/decode/live-decoder.js';
import { GopRing } from '../src/ring/gop-ring.js';
import { type FragmentedFile, fragmentedFile } from '../src/testing/fragmented-file.js';

const directory = temporaryDirectory('adaptive');
const decoders: LiveDecoder[] = [];

/** Something moves from 7.1 s to 8.6 s of a still scene with noise; what follows is quiet again. */
const scene: GenerateClipOptions = { durationS: 18, fps: 10, still: { movesFromS: 7.1, movesForS: 1.5 }, directory: directory.path };
/** The first 5 s of a camera are decoded in full; from here on a quiet one is idle. */
const IDLE_FROM_MS = 5400;
const MOVES_FROM_MS = 7100;

afterAll(async () => {
  await Promise.all(decoders.map((decoder) => decoder.close()));
  directory.remove();
});

type Facts = Pick<DecodedFrame, 'capturedAtMs' | 'idle' | 'keep' | 'watchedSinceMs' | 'discontinuity'>;

/** A camera that gets its clip fragment by fragment; capture times count from the beginning of the clip. */
class PlayedCamera {
  readonly frames: Facts[] = [];
  readonly activity: CameraActivity;
  readonly decoder: LiveDecoder;
  /** State after each fragment was taken, by the fragment's capture time. */
  readonly states: { atMs: number; isActive: boolean }[] = [];
  readonly #ring = new GopRing();
  readonly #file: FragmentedFile;

  constructor(file: FragmentedFile, options: { decode?: 'always' | 'adaptive' | 'keyframes'; minIdleFps?: number } = {}) {
    this.#file = file;
    this.activity = new CameraActivity(() => ({ decode: options.decode ?? 'adaptive', minScore: 0.35 }));
    this.decoder = new LiveDecoder({
      ring: this.#ring,
      input: { widthPx: 64, heightPx: 64 },
      targetFps: 5,
      activity: this.activity,
      minIdleFps: () => options.minIdleFps,
      onFrame: ({ capturedAtMs, idle, keep, watchedSinceMs, discontinuity, release }) => {
        this.frames.push({
          capturedAtMs,
          ...(idle ? { idle } : {}),
          ...(keep ? { keep } : {}),
          ...(watchedSinceMs === undefined ? {} : { watchedSinceMs }),
          ...(discontinuity ? { discontinuity } : {}),
        });
        release();
      },
      onFailing: () => undefined,
    });
    decoders.push(this.decoder);
  }

  /** Plays the clip up to `toMs`: fast while nothing is to be caught up, otherwise as fast as catching up allows. */
  async play(toMs = Number.POSITIVE_INFINITY): Promise<void> {
    const { fragments, init } = this.#file;
    for (const media of fragments) {
      const captureTimesMs = media.samples.map(({ ptsTicks }) => Math.round((ptsTicks * 1000) / init.timescale));
      const atMs = captureTimesMs[0] ?? 0;
      if (atMs < (this.states.at(-1)?.atMs ?? -1) + 1) continue;
      if (atMs >= toMs) return;
      this.#ring.append({ epoch: 1, init, media, captureTimesMs });
      const isQuick = !this.decoder.isActive || atMs < IDLE_FROM_MS;
      await new Promise((resolve) => setTimeout(resolve, isQuick ? 40 : 130));
      this.states.push({ atMs, isActive: this.decoder.isActive });
    }
    const lastMs = this.states.at(-1)?.atMs ?? 0;
    if (this.decoder.isActive) await waitFor(() => (this.frames.at(-1)?.capturedAtMs ?? 0) >= lastMs - 400, { timeoutMs: 10_000 });
  }

  /** First moment at or after `fromMs` at which the camera was active, or idle. */
  first(isActive: boolean, fromMs: number): number {
    return this.states.find((state) => state.isActive === isActive && state.atMs >= fromMs)?.atMs ?? Number.NaN;
  }

  times(fromMs: number, toMs: number): number[] {
    return this.frames.map(({ capturedAtMs }) => capturedAtMs).filter((atMs) => atMs >= fromMs && atMs < toMs);
  }
}

const streams: { name: string; options: GenerateClipOptions; gopMs: number }[] = [
  { name: 'H.264, a keyframe a second', options: { gopS: 1 }, gopMs: 1000 },
  { name: 'H.264, GOP 2 s', options: { gopS: 2 }, gopMs: 2000 },
  { name: 'H.264, GOP 10 s', options: { gopS: 10 }, gopMs: 10_000 },
  { name: 'H.264 with B-frames', options: { gopS: 2, bFrames: 2 }, gopMs: 2000 },
  { name: 'H.265', options: { gopS: 2, codec: 'h265' }, gopMs: 2000 },
];

describe('adaptive decoding', () => {
  const played = new Map<string, { adaptive: PlayedCamera; always: PlayedCamera }>();
  beforeAll(async () => {
    await Promise.all(
      streams.map(async ({ name, options }) => {
        const file = await fragmentedFile((await generateClip({ ...scene, ...options })).path);
        const adaptive = new PlayedCamera(file);
        const always = new PlayedCamera(file, { decode: 'always' });
        played.set(name, { adaptive, always });
        await Promise.all([adaptive.play(), always.play()]);
      }),
    );
  });

  it.each(streams)('of $name: quiet is keyframes only, motion is active soon and loses no picture, then idle again', ({ name, gopMs }) => {
    const { adaptive, always } = played.get(name) ?? expect.fail();
    // Quiet: one picture per group, and it is marked.
    const idleMs = adaptive.first(false, 0);
    expect(idleMs).toBeGreaterThanOrEqual(5000);
    expect(idleMs).toBeLessThanOrEqual(IDLE_FROM_MS);
    const wokeMs = adaptive.first(true, IDLE_FROM_MS);
    const delayMs = wokeMs - MOVES_FROM_MS;
    expect(delayMs).toBeGreaterThanOrEqual(-200);
    expect(delayMs).toBeLessThanOrEqual(1000);
    const keyframeMs = Math.floor(wokeMs / gopMs) * gopMs;
    // Active: everything from the last keyframe on, in order, the very pictures that full-time decoding gives.
    const sleptMs = adaptive.frames.findLast(({ idle }) => !idle)?.capturedAtMs ?? Number.NaN;
    expect(sleptMs - wokeMs).toBeGreaterThanOrEqual(4500);
    expect(sleptMs).toBeLessThan(15_500);
    const fromMs = gopMs > 5000 ? 0 : keyframeMs + 300;
    expect(adaptive.times(fromMs, sleptMs + 1)).toEqual(always.times(fromMs, sleptMs + 1));
    for (let i = 1; i < adaptive.frames.length; i++)
      expect(adaptive.frames[i]?.capturedAtMs).toBeGreaterThan(adaptive.frames[i - 1]?.capturedAtMs ?? 0);
    const after = adaptive.frames.filter(({ capturedAtMs }) => capturedAtMs > sleptMs);
    expect(after.length).toBeLessThanOrEqual(Math.ceil((18_000 - sleptMs) / gopMs));
    // One process through all of it, and no hole in what was watched.
    expect(adaptive.decoder.starts).toBe(1);
    expect(new Set(adaptive.frames.map(({ watchedSinceMs }) => watchedSinceMs)).size).toBe(1);
  });

  it('catches up with pictures that must be kept, and lets newer ones win only at the live edge', () => {
    const { adaptive } = played.get('H.264, GOP 10 s') ?? expect.fail();
    const kept = adaptive.frames.filter(({ keep }) => keep).map(({ capturedAtMs }) => capturedAtMs);
    expect(kept[0]).toBeLessThan(5600);
    expect(kept.length).toBeGreaterThan(5);
    const short = played.get('H.264, a keyframe a second')?.adaptive.frames ?? expect.fail();
    expect(short.filter(({ keep }) => keep).length).toBeLessThan(short.length / 2);
    expect(adaptive.frames[0]?.keep).toBeUndefined();
  });
});

describe('a camera that is told', () => {
  let file: FragmentedFile;
  beforeAll(async () => {
    file = await fragmentedFile((await generateClip({ ...scene, gopS: 2 })).path);
  });

  it('to decode keyframes only never does more, whatever moves and whoever asks', async () => {
    const camera = new PlayedCamera(file, { decode: 'keyframes' });
    camera.activity.attend(60_000, 0);
    await camera.play(13_000);
    await waitFor(() => camera.frames.length === 7);
    expect(camera.frames.every(({ idle, capturedAtMs }) => idle && capturedAtMs % 2000 < 100)).toBe(true);
  });

  it('by rules to stay active goes on from the last keyframe, until the attention ends', async () => {
    const camera = new PlayedCamera(file);
    await camera.play(6900);
    expect(camera.decoder.isActive).toBe(false);
    camera.activity.attend(9000, 6900);
    await camera.play(7100);
    await waitFor(() => camera.times(6000, 7000).length === 5);
    expect(camera.times(6000, 7000)).toEqual([6000, 6200, 6400, 6600, 6800]);
  });

  it('a least rate while idle gets it where keyframes are rarer', async () => {
    const camera = new PlayedCamera(file, { minIdleFps: 1 });
    await camera.play(6900);
    await waitFor(() => camera.times(0, 7000).length > 26);
    const idle = camera.frames.filter((frame) => frame.idle).map(({ capturedAtMs }) => capturedAtMs);
    expect(idle.length).toBeGreaterThanOrEqual(1);
    for (let i = 1; i < idle.length; i++) expect((idle[i] ?? 0) - (idle[i - 1] ?? 0)).toBeLessThanOrEqual(1000);
  });
});
