import { DetectionsFrame, matches, SafecityError } from '@safecity/contracts';
import { waitFor } from '@safecity/platform/testing';
import { describe, expect, it } from 'vitest';
import type { DecodedFrame } from '../decode/decoder-pipe.js';
import { DetectionLoop, type DetectionLoopOptions } from './detection-loop.js';

const model = { modelId: 'nanodet-g', sha256: 'abc', widthPx: 640, heightPx: 384, classes: ['person'], nmsIou: 0.5 };

function aFrame(capturedAtMs: number, changes: Partial<DecodedFrame> = {}): DecodedFrame {
  return { data: Buffer.alloc(0), capturedAtMs, widthPx: 1280, heightPx: 768, release: () => undefined, ...changes };
}

/** A loop whose inference answers when the test says so. */
function harness(changes: Partial<DetectionLoopOptions> = {}) {
  const published: DetectionsFrame[] = [];
  const waiting: { answer(boxes?: Float32Array): void; fail(error: Error): void }[] = [];
  const loop = new DetectionLoop({
    cameraId: 'cam1',
    model,
    settings: () => ({ configRevision: 7, minScore: 0.4, cameraClockOffsetMs: 12.4, recording: false }),
    infer: () => new Promise((resolve, reject) => waiting.push({ answer: (boxes = new Float32Array(0)) => resolve(boxes), fail: reject })),
    publish: (frame) => {
      published.push(frame);
      return Promise.resolve();
    },
    ...changes,
  });
  const next = () => waitFor(() => waiting.shift(), { what: 'a frame in flight' });
  return { loop, published, waiting, next };
}

describe('the closed loop', () => {
  it('has one frame in flight, and the newest goes next', async () => {
    const { loop, published, waiting, next } = harness();
    for (const at of [100, 200, 300, 400]) loop.offer(aFrame(at));
    expect(waiting.length).toBe(1);
    (await next()).answer();
    (await next()).answer();
    await loop.close();
    expect(published.map(({ capturedAtMs }) => capturedAtMs)).toEqual([100, 400]);
    expect(loop.counts).toMatchObject({ detected: 2, replaced: 2 });
  });

  it('leaves no frame out that a camera catches up with, in order, and tells when there is room for more', async () => {
    const { loop, published, next } = harness();
    for (const at of [100, 200, 300, 400]) loop.offer(aFrame(at, { keep: true }));
    let hasRoom = false;
    const room = loop.room().then(() => {
      hasRoom = true;
    });
    await new Promise(setImmediate);
    expect(hasRoom).toBe(false);
    for (const at of [500, 600]) loop.offer(aFrame(at));
    for (let i = 0; i < 5; i++) (await next()).answer();
    await room;
    await loop.close();
    expect(published.map(({ capturedAtMs }) => capturedAtMs)).toEqual([100, 200, 300, 400, 600]);
    expect(loop.counts.replaced).toBe(1);
  });

  it('lets nobody wait for room when it closes', async () => {
    const { loop, next } = harness();
    for (const at of [100, 200, 300, 400]) loop.offer(aFrame(at, { keep: true }));
    const room = loop.room();
    const closed = loop.close();
    (await next()).answer();
    await Promise.all([room, closed]);
    expect(loop.counts.detected).toBe(1);
  });

  it('says since when the video was watched; a frame that was not analysed is a hole', async () => {
    const { loop, published, next } = harness();
    const offer = async (at: number, fails: boolean) => {
      loop.offer(aFrame(at, { watchedSinceMs: 50 }));
      const frame = await next();
      if (fails) frame.fail(new Error('away'));
      else frame.answer();
      await waitFor(() => loop.counts.detected + loop.counts.failed === at / 100);
    };
    for (const [at, fails] of [
      [100, false],
      [200, true],
      [300, false],
      [400, false],
    ] as const)
      await offer(at, fails);
    await loop.close();
    expect(published.map(({ watchedSinceMs }) => watchedSinceMs)).toEqual([50, 300, 300]);
  });

  it('publishes what the contract says, weak boxes included', async () => {
    const { loop, published, next } = harness();
    loop.offer(aFrame(1_700_000_000_000, { discontinuity: 'start' }));
    (await next()).answer(Float32Array.from([64, 38.4, 128, 192, 0.2, 0, 0, 0, 10, 10, 0.1, 0]));
    await loop.close();
    expect(matches(DetectionsFrame, published[0])).toBe(true);
    expect(published[0]).toEqual({
      cameraId: 'cam1',
      configRevision: 7,
      capturedAtMs: 1_700_000_000_000,
      cameraClockOffsetMs: 12,
      widthPx: 1280,
      heightPx: 768,
      modelId: 'nanodet-g',
      modelSha256: 'abc',
      discontinuity: 'start',
      detections: [{ class: 'person', score: 0.2, box: [0.1, 0.1, 0.2, 0.5] }],
    });
  });

  it('carries a discontinuity over frames that are replaced, fail, or cannot be stored', async () => {
    let failing = true;
    const published: DetectionsFrame[] = [];
    const publish = (frame: DetectionsFrame) => {
      if (failing) return Promise.reject(new Error('no stream'));
      published.push(frame);
      return Promise.resolve();
    };
    const { loop, next } = harness({ publish });
    loop.offer(aFrame(100));
    loop.offer(aFrame(200, { discontinuity: 'reconnect' }));
    loop.offer(aFrame(300));
    (await next()).answer();
    (await next()).fail(new SafecityError('PLATFORM_INFERENCE_TIMEOUT', 'late'));
    loop.offer(aFrame(400));
    (await next()).answer();
    await waitFor(() => loop.counts.unpublished === 2);
    failing = false;
    loop.offer(aFrame(500));
    (await next()).answer();
    loop.offer(aFrame(600));
    (await next()).answer();
    await loop.close();
    expect(published.map(({ capturedAtMs, discontinuity }) => [capturedAtMs, discontinuity])).toEqual([
      [500, 'reconnect'],
      [600, undefined],
    ]);
  });

  it('never publishes a frame twice or out of order, unless the clock was set back', async () => {
    const { loop, published, waiting } = harness();
    for (const at of [20_000, 20_000, 19_900, 5000, 5200]) {
      loop.offer(aFrame(at));
      waiting.shift()?.answer();
      await new Promise(setImmediate);
    }
    await loop.close();
    expect(published.map(({ capturedAtMs }) => capturedAtMs)).toEqual([20_000, 5000, 5200]);
  });
});

describe('trouble', () => {
  const cases = [
    { error: new SafecityError('PLATFORM_INFERENCE_NO_ENDPOINT', 'none'), code: 'INGEST_MODEL_UNAVAILABLE' },
    { error: new SafecityError('PLATFORM_INFERENCE_TIMEOUT', 'late'), code: 'INGEST_INFERENCE_UNAVAILABLE' },
    { error: new Error('socket hang up'), code: 'INGEST_INFERENCE_UNAVAILABLE' },
    { error: new SafecityError('PLATFORM_INFERENCE_MODEL_FAILED', 'the graph throws'), code: 'INGEST_MODEL_FAILED' },
    { error: new SafecityError('PLATFORM_INFERENCE_OVERLOADED', 'full'), code: undefined },
  ];

  it.each(cases)('$error.message: the problem is $code, and it recovers by itself', async ({ error, code }) => {
    const { loop, next } = harness();
    loop.offer(aFrame(100));
    (await next()).fail(error);
    await waitFor(() => loop.counts.failed === 1);
    expect(loop.problem?.code).toBe(code);
    loop.offer(aFrame(200));
    (await next()).answer();
    await waitFor(() => loop.counts.detected === 1);
    expect(loop.problem).toBeNull();
    await loop.close();
  });

  it('a bus that does not answer never stalls the camera: frames are skipped, counted, and shown', async () => {
    const stored: (() => void)[] = [];
    const { loop, next } = harness({ publish: () => new Promise((resolve) => stored.push(resolve)) });
    for (let at = 100; loop.counts.unpublished < 3; at += 100) {
      const before = loop.counts.detected + loop.counts.unpublished;
      loop.offer(aFrame(at));
      if (stored.length < 32) (await next()).answer();
      await waitFor(() => loop.counts.detected + loop.counts.unpublished > before);
    }
    expect(stored.length).toBe(32);
    expect(loop.problem?.code).toBe('INGEST_BUS_SLOW');
    for (const store of stored) store();
    await waitFor(() => loop.problem === null);
    await loop.close();
  });
});
