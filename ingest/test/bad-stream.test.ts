import { parseCamera } from '@safecity/contracts';
import { type CameraSimulator, generateClip, startCameraSimulator } from '@safecity/fixtures';
import { createLogger } from '@safecity/platform';
import { temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CameraFleet } from '../src/camera/camera-fleet.js';
import { GopRing } from '../src/ring/gop-ring.js';
import { BackOff } from '../src/session/back-off.js';
import { StreamSession } from '../src/session/stream-session.js';
import { StillCutter } from '../src/stills/still-cutter.js';

const directory = temporaryDirectory('bad-streams');
const common = { durationS: 2, fps: 25, gopS: 0.4, directory: directory.path };
const MAX_RING_BYTES = 4 * 1024 * 1024;
const CODES = /^INGEST_(MP4_CORRUPT|CAMERA_(STREAM_CORRUPT|STALLED|ENDED))$/;
const sessions: StreamSession[] = [];
let simulator: CameraSimulator;

beforeAll(async () => {
  const h264 = await generateClip(common);
  const h265 = await generateClip({ ...common, codec: 'h265' });
  simulator = await startCameraSimulator({
    cameras: [
      { path: 'healthy', clip: h264 },
      { path: 'pcmu', clip: h264, audio: 'pcmu' },
      { path: 'aac', clip: h265, audio: 'aac' },
      { path: 'audio-only', clip: h264, audio: 'only' },
      { path: 'h264', clip: h264 },
      { path: 'h265', clip: h265 },
      { path: 'resized-h264', clip: h264 },
      { path: 'resized-h265', clip: h265 },
    ],
  });
});
afterAll(async () => {
  await Promise.all(sessions.map((session) => session.close()));
  await simulator?.close();
  directory.remove();
});

function connect(path: string) {
  const ring = new GopRing({ maxSeconds: 60, maxBytes: MAX_RING_BYTES });
  const marks: string[] = [];
  ring.onAppend(() => {
    if (ring.newest?.discontinuity) marks.push(ring.newest.discontinuity);
  });
  const session = new StreamSession({
    source: { url: simulator.url(path), transport: 'tcp' },
    openCredentials: () => null,
    ring,
    backOff: new BackOff({ firstMs: 50, mostMs: 200 }),
  });
  sessions.push(session);
  return { session, ring, marks };
}

describe('a camera whose picture size changes while it is connected', () => {
  it('gets a new init segment; the change is marked and costs about a second; stills before and after it are right', async () => {
    const codecs = ['h264', 'h265'] as const;
    const changed = await Promise.all(codecs.map((codec) => generateClip({ ...common, codec, widthPx: 480, heightPx: 272 })));
    const running = codecs.map((codec) => ({ path: `resized-${codec}`, ...connect(`resized-${codec}`) }));
    await waitFor(() => running.every(({ ring }) => ring.length > 5), { timeoutMs: 15_000 });
    await Promise.all(running.map(({ path }, index) => simulator.switchClip(path, changed[index] ?? { path: '' })));
    const hasNew = (ring: GopRing) => ring.lastKeyframe()?.init.widthPx === 480;
    await waitFor(() => running.every(({ ring }) => hasNew(ring)), { timeoutMs: 15_000 });
    const stills = new StillCutter();
    for (const { path, session, ring, marks } of running) {
      expect(session.state).toBe('online');
      expect(session.init).toMatchObject({ widthPx: 480, heightPx: 272 });
      expect(marks.filter((mark) => mark === 'reconnect')).toHaveLength(1);
      const all = Array.from({ length: ring.length }, (_, index) => ring.bySequence((ring.oldest?.sequence ?? 0) + index));
      const before = all.findLast((fragment) => fragment?.epoch === 1)?.lastCaptureMs ?? 0;
      const after = all.find((fragment) => fragment?.epoch === 2 && fragment.media.key)?.firstCaptureMs ?? 0;
      expect(await stills.cut(path, ring, { atMs: before, widthPx: null })).toMatchObject({ capturedAtMs: before, widthPx: 320 });
      expect(await stills.cut(path, ring, { atMs: after, widthPx: null })).toMatchObject({ capturedAtMs: after, widthPx: 480 });
    }
  });
});

describe('a camera with audio', () => {
  it('gives its video, the audio left out; one that has nothing else is told by its code', async () => {
    const [pcmu, aac, only] = ['pcmu', 'aac', 'audio-only'].map((path) => connect(path));
    await waitFor(() => (pcmu?.ring.length ?? 0) > 2 && (aac?.ring.length ?? 0) > 2 && only?.session.problem, { timeoutMs: 15_000 });
    expect(pcmu?.session.init?.codec).toMatch(/^avc1\./);
    expect(aac?.session.init?.codec).toMatch(/^hvc1\./);
    expect(only?.session.problem).toMatchObject({
      code: 'INGEST_CAMERA_NO_VIDEO',
      message: expect.stringContaining('choose another stream'),
    });
    await Promise.all(sessions.splice(0).map((session) => session.close()));
  });
});

describe('damaged pictures', () => {
  it('are counted in the status of their camera, masked or not, and told when they are many', async () => {
    const model = { modelId: 'nanodet-g', widthPx: 160, heightPx: 96, classes: ['person'], nmsIou: 0.5 };
    const fleet = new CameraFleet({
      parts: {
        model: () => model,
        infer: async () => new Float32Array(6),
        publish: async () => undefined,
        openCredentials: (sealed) => sealed,
      },
      logger: createLogger('test', { write: () => undefined }),
      onStatus: () => undefined,
      onRemoved: () => undefined,
    });
    const polygon = [
      [0, 0],
      [0.5, 0],
      [0.5, 0.5],
    ];
    const masks = { privacyMasks: [{ id: 'mask', name: 'mask', polygon }] };
    const cameras = [
      { id: 'healthy', path: 'healthy', more: {} },
      { id: 'plain', path: 'h264', more: {} },
      { id: 'masked', path: 'h264', more: masks },
    ];
    for (const { id, path, more } of cameras) {
      const detection = { modelId: 'nanodet-g', targetFps: 5, minScore: 0.35, decode: 'always' };
      fleet.apply(parseCamera({ id, name: id, source: { url: simulator.url(path) }, detection, ...more }));
    }
    const status = (id: string) => fleet.statusOf(id);
    await waitFor(() => cameras.every(({ id }) => (status(id)?.damagedPictures?.decoded ?? 0) > 20), { timeoutMs: 15_000 });
    for (const { id } of cameras) expect(status(id)?.damagedPictures?.damaged).toBe(0);
    simulator.corrupt('h264', { share: 0.5 });
    await waitFor(() => ['plain', 'masked'].every((id) => status(id)?.problem?.code === 'INGEST_PICTURES_DAMAGED'), { timeoutMs: 20_000 });
    simulator.corrupt('h264', { share: 0 });
    for (const id of ['plain', 'masked']) {
      expect(status(id)?.state).toBe('online');
      expect(status(id)?.problem?.message).toMatch(/^\d+ of \d+ pictures of the last minute came damaged: check the network/);
    }
    expect(status('healthy')?.damagedPictures?.damaged).toBe(0);
    expect(status('healthy')?.problem).toBeUndefined();
    await fleet.close();
  }, 40_000);
});

describe('a camera that sends damaged video', () => {
  const damages = ['flipped bytes', 'truncated-nal', 'empty-nal', 'giant-nal', 'garbage'] as const;

  it.each(damages)(
    '%s: harms no other camera, keeps its ring bounded, and it works again afterwards',
    async (damage) => {
      const healthy = connect('healthy');
      const bad = ['h264', 'h265'].map((path) => ({ path, ...connect(path) }));
      await waitFor(() => [healthy, ...bad].every(({ ring }) => ring.length > 2), { timeoutMs: 15_000 });
      for (const { path } of bad) {
        if (damage === 'flipped bytes') simulator.corrupt(path, { share: 0.5 });
        else simulator.damage(path, damage);
      }
      const since = healthy.ring.nextSequence;
      await waitFor(() => healthy.ring.nextSequence > since + 10, { timeoutMs: 15_000 });
      for (const { session, ring } of bad) {
        expect(ring.bytes).toBeLessThanOrEqual(MAX_RING_BYTES);
        if (session.problem)
          expect(session.problem).toMatchObject({ code: expect.stringMatching(CODES), message: expect.stringContaining(':') });
      }
      for (const { path } of bad) {
        simulator.corrupt(path, { share: 0 });
        simulator.damage(path, null);
      }
      const next = bad.map(({ ring }) => ring.nextSequence);
      await waitFor(
        () => bad.every(({ ring, session }, index) => session.state === 'online' && ring.nextSequence > (next[index] ?? 0) + 5),
        {
          timeoutMs: 25_000,
        },
      );
      expect(healthy.session.reconnects).toBe(0);
      expect(healthy.marks).not.toContain('reconnect');
      await Promise.all(sessions.splice(0).map((session) => session.close()));
    },
    60_000,
  );
});
