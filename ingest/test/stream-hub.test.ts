import { type CameraConfig, type DetectionsFrame, parseCamera } from '@safecity/contracts';
import { type CameraSimulator, generateClip, startCameraSimulator } from '@safecity/fixtures';
import { createLogger } from '@safecity/platform';
import { temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CameraFleet } from '../src/camera/camera-fleet.js';
import { readRecordingMark } from '../src/recording-mark.js';
import { GopRing } from '../src/ring/gop-ring.js';
import { type JoinedStream, StreamHub } from '../src/session/stream-hub.js';

const directory = temporaryDirectory('hub');
const model = { modelId: 'nanodet-g', widthPx: 160, heightPx: 96, classes: ['person'], nmsIou: 0.5 };
let simulator: CameraSimulator;
let hub: StreamHub;
const joined: JoinedStream[] = [];

beforeAll(async () => {
  const common = { durationS: 2, fps: 25, gopS: 0.4, directory: directory.path };
  const main = await generateClip({ ...common, widthPx: 640, heightPx: 360 });
  const sub = await generateClip({ ...common, fps: 10 });
  simulator = await startCameraSimulator({
    cameras: [
      { path: 'shared', clip: sub, credentials: { username: 'admin', password: 'word' } },
      { path: 'main', clip: main, clockOffsetMs: 3000 },
      { path: 'sub', clip: sub, clockOffsetMs: 3000 },
    ],
  });
  hub = new StreamHub({ openCredentials: (sealed) => sealed.replace(/^sealed-\d:/, '') });
});
afterEach(async () => {
  await Promise.all(joined.splice(0).map((stream) => stream.close()));
});
afterAll(async () => {
  await simulator?.close();
  directory.remove();
});

function join(sealedCredentials: string, ring = new GopRing()) {
  const stream = hub.join({ source: { url: simulator.url('shared'), transport: 'tcp', sealedCredentials }, ring });
  joined.push(stream);
  return { stream, ring };
}

/** What each picture of a ring is: its true and its given capture time. */
function watch(ring: GopRing) {
  const pictures: { truthMs: number; errorMs: number }[] = [];
  ring.onAppend(() => {
    const fragment = ring.newest;
    fragment?.media.samples.forEach((sample, index) => {
      const mark = readRecordingMark(fragment.media, sample, fragment.init);
      if (mark) pictures.push({ truthMs: mark.captureUs / 1000, errorMs: (fragment.captureTimesMs[index] ?? 0) - mark.captureUs / 1000 });
    });
  });
  return pictures;
}

describe('cameras of one stream', () => {
  it('share one session and the bytes of its fragments; who joins begins at the keyframe that came last', async () => {
    const first = join('sealed-1:admin:word');
    await waitFor(() => first.ring.length > 3);
    const second = join('sealed-2:admin:word');
    expect(second.ring.oldest?.media.key).toBe(true);
    expect(second.ring.oldest?.discontinuity).toBe('start');
    expect(second.ring.newest?.media.data).toBe(first.ring.newest?.media.data);
    expect(second.stream.session).toBe(first.stream.session);
    expect(simulator.clients('shared')).toBe(1);
  });

  it('with other privacy masks, or none, are not of one stream', async () => {
    const polygon: [number, number][] = [
      [0, 0],
      [0.5, 0],
      [0.5, 0.5],
    ];
    const masked = (masks: (typeof polygon)[]) => {
      const source = { url: simulator.url('shared'), transport: 'tcp' as const, sealedCredentials: 'sealed-1:admin:word', masks };
      const stream = hub.join({ source, ring: new GopRing() });
      joined.push(stream);
      return stream.session;
    };
    const plain = join('sealed-1:admin:word').stream.session;
    const one = masked([polygon]);
    expect(masked([polygon])).toBe(one);
    expect(new Set([plain, one, masked([polygon, polygon])]).size).toBe(3);
    expect(masked([])).toBe(plain);
  });

  it('are disturbed neither by one that leaves nor by one with another password', async () => {
    const first = join('sealed-1:admin:word');
    const second = join('sealed-2:admin:word');
    const stranger = join('sealed-3:admin:guess');
    await waitFor(() => second.ring.length > 2 && stranger.stream.session.problem);
    expect(stranger.stream.session.problem?.code).toBe('INGEST_CAMERA_UNAUTHORIZED');
    await first.stream.close();
    const next = second.ring.nextSequence;
    await waitFor(() => second.ring.nextSequence > next + 2);
    expect(second.stream.session.reconnects).toBe(0);
    expect(first.ring.nextSequence).toBeLessThan(second.ring.nextSequence);
    await second.stream.close();
    await waitFor(() => simulator.clients('shared') === 0);
  });

  it('hold their pictures when they change to another stream, which is marked', async () => {
    const { stream, ring } = join('sealed-1:admin:word');
    await waitFor(() => ring.length > 2);
    const lastMs = ring.newest?.lastCaptureMs ?? 0;
    const sequence = ring.nextSequence;
    joined.push(hub.join({ source: { url: simulator.url('sub'), transport: 'tcp' }, ring }));
    await stream.close();
    const first = await waitFor(() => ring.bySequence(sequence));
    expect(first).toMatchObject({ discontinuity: 'config' });
    expect(first?.firstCaptureMs).toBeGreaterThan(lastMs);
  });
});

describe('a camera with a sub-stream', () => {
  const logger = createLogger('test', { write: () => undefined });
  let fleet: CameraFleet;
  const frames: DetectionsFrame[] = [];

  function camera(changes: Partial<CameraConfig> = {}): CameraConfig {
    const source = { url: simulator.url('main'), detectUrl: simulator.url('sub') };
    return parseCamera({ id: 'cam', name: 'cam', source, detection: { modelId: model.modelId, decode: 'always' }, ...changes });
  }
  const status = () => fleet.statusOf('cam');

  beforeAll(() => {
    const publish = async (frame: DetectionsFrame) => void frames.push(frame);
    const parts = { model: () => model, infer: async () => new Float32Array(0), publish, openCredentials: () => '' };
    fleet = new CameraFleet({ parts, logger, onStatus: () => undefined, onRemoved: () => undefined });
    fleet.apply(camera());
  });
  afterAll(() => fleet.close());

  it('detects on it and keeps the main stream for everything else, both within 80 ms (p95) of each other', async () => {
    const ring = await waitFor(() => fleet.ringOf('cam'));
    const sub = new GopRing();
    joined.push(hub.join({ source: { url: simulator.url('sub'), transport: 'tcp' }, ring: sub }));
    const inMain = watch(ring);
    const inSub = watch(sub);
    await waitFor(() => frames.length > 3 && inMain.length > 75 && inSub.length > 30, { timeoutMs: 15_000 });
    expect(frames[0]).toMatchObject({ widthPx: 320, heightPx: 180 });
    expect(status()).toMatchObject({ state: 'online', widthPx: 640, detectStream: { state: 'online', widthPx: 320 } });
    // The same moment of both: what one is late more than the other.
    const apart = inSub.map(({ truthMs, errorMs }) => {
      const near = inMain.reduce((best, picture) =>
        Math.abs(picture.truthMs - truthMs) < Math.abs(best.truthMs - truthMs) ? picture : best,
      );
      return Math.abs(errorMs - near.errorMs);
    });
    expect(apart.sort((a, b) => a - b)[Math.floor(apart.length * 0.95)]).toBeLessThanOrEqual(80);
  });

  it('goes on detecting without its main stream, and showing without its sub-stream; its status says which', async () => {
    simulator.refuse('main');
    await waitFor(() => status()?.problem?.code === 'INGEST_CAMERA_NOT_FOUND');
    expect(status()).toMatchObject({ state: 'offline', detectStream: { state: 'online' } });
    const detected = frames.length;
    await waitFor(() => frames.length > detected + 3);
    simulator.restore('main');
    await waitFor(() => status()?.state === 'online', { timeoutMs: 15_000 });
    simulator.refuse('sub');
    await waitFor(() => status()?.detectStream?.state === 'offline');
    expect(status()).toMatchObject({ state: 'online', problem: { message: expect.stringMatching(/^sub-stream: /) } });
    const newest = fleet.ringOf('cam')?.nextSequence ?? 0;
    await waitFor(() => (fleet.ringOf('cam')?.nextSequence ?? 0) > newest + 2);
    simulator.restore('sub');
    await waitFor(() => status()?.detectStream?.state === 'online', { timeoutMs: 15_000 });
  });

  it('keeps the connection of its main stream when only the sub-stream is taken away', async () => {
    const reconnects = status()?.reconnects;
    fleet.apply(camera({ revision: 2, source: { url: simulator.url('main'), transport: 'tcp' } }));
    await waitFor(() => simulator.clients('sub') === 0);
    await waitFor(() => frames.at(-1)?.widthPx === 640, { timeoutMs: 15_000 });
    expect(status()).toMatchObject({ state: 'online', reconnects });
    expect(status()?.detectStream).toBeUndefined();
    expect(simulator.clients('main')).toBe(1);
  });
});
