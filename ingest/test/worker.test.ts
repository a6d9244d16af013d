import { randomBytes, randomUUID } from 'node:crypto';
import {
  type AlertSpan,
  type CameraConfig,
  CameraStatus,
  DetectionsFrame,
  deriveId,
  matches,
  parseCamera,
  RECORDING_DEFAULTS,
  type RecordingLock,
  type RecordingTimeline,
  type Reservation,
  subjects,
} from '@safecity/contracts';
import { type CameraSimulator, generateClip, startCameraSimulator } from '@safecity/fixtures';
import { type Bus, connectBus, createLogger, issueInternalToken, sealSecret } from '@safecity/platform';
import { startTestNats, temporaryDirectory, waitFor } from '@safecity/platform/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningWorker, startIngestWorker } from '../src/worker.js';

const directory = temporaryDirectory('worker');
const lines: string[] = [];
const logger = createLogger('test', { write: (line) => void lines.push(line) });
const key = randomBytes(32);
const model = { modelId: 'nanodet-g', widthPx: 160, heightPx: 96, classes: ['person', 'kite'], nmsIou: 0.5 };
/** A person in the left upper quarter, and a kite. */
const OUTPUT = Float32Array.from([0, 0, 80, 45, 0.9, 0, 10, 10, 20, 20, 0.8, 1]);

let nats: Awaited<ReturnType<typeof startTestNats>>;
let bus: Bus;
let simulator: CameraSimulator;
let worker: RunningWorker;
let inferenceUp = true;
const statuses = new Map<string, CameraStatus>();
/** `<revision>:<discontinuity>` of the frames of cam1. */
const breaks = new Set<string>();

beforeAll(async () => {
  nats = await startTestNats();
  bus = await connectBus({ url: nats.url, name: 'test', logger });
  const clip = await generateClip({ durationS: 2, fps: 10, gopS: 0.5, directory: directory.path });
  simulator = await startCameraSimulator({
    cameras: [
      { path: 'cam1', clip },
      { path: 'still', clip: await generateClip({ durationS: 10, fps: 10, gopS: 0.5, still: {}, directory: directory.path }) },
      { path: 'cam2', clip, credentials: { username: 'admin', password: 's3cret-word' } },
    ],
  });
  const statusMessages = bus.nc.subscribe(subjects.allCameraStatus);
  void (async () => {
    for await (const message of statusMessages) {
      const status = message.json<CameraStatus>();
      expect(matches(CameraStatus, status)).toBe(true);
      statuses.set(status.cameraId, status);
    }
  })();
  bus.nc.subscribe(subjects.detections('cam1'), {
    callback: (_error, message) => {
      const { configRevision, discontinuity } = message.json<DetectionsFrame>();
      breaks.add(`${configRevision}:${discontinuity}`);
    },
  });
  worker = await startIngestWorker({
    bus,
    inference: {
      model: (modelId) => (modelId === model.modelId && inferenceUp ? model : null),
      infer: async () => {
        if (!inferenceUp) throw new Error('away');
        return OUTPUT;
      },
    },
    key,
    dataDir: directory.path,
    workerId: 'ingest-1',
    transcodes: 1,
    logger,
  });
  await put(camera('cam1'));
  await put(
    camera('cam2', { source: { url: simulator.url('cam2'), transport: 'tcp', sealedCredentials: sealSecret(key, 'admin:s3cret-word') } }),
  );
});
afterAll(async () => {
  await worker?.close();
  await simulator?.close();
  await bus?.close();
  await nats?.stop();
  directory.remove();
});

function camera(id: string, changes: Partial<CameraConfig> = {}): CameraConfig {
  return parseCamera({ id, name: id, source: { url: simulator.url(id) }, ...changes });
}

async function put(config: CameraConfig): Promise<void> {
  await (await bus.kv('cameras')).put(config.id, JSON.stringify(config));
}

async function lastDetections(cameraId: string): Promise<DetectionsFrame> {
  const message = await bus.jsm.streams.getMessage('DETECTIONS', { last_by_subj: subjects.detections(cameraId) });
  return message.json<DetectionsFrame>();
}

function get(path: string, scope: string): Promise<Response> {
  return fetch(`${worker.address}${path}`, { headers: { authorization: `Bearer ${issueInternalToken(key, scope, 5000)}` } });
}

describe('an ingest worker', () => {
  it('publishes the detections of each camera with capture time and size of the picture', async () => {
    for (const id of ['cam1', 'cam2']) {
      const frame = await waitFor(() => lastDetections(id));
      expect(matches(DetectionsFrame, frame)).toBe(true);
      expect(frame).toMatchObject({ cameraId: id, widthPx: 320, heightPx: 180, modelId: 'nanodet-g' });
      expect(frame.detections).toEqual([{ class: 'person', score: 0.9, box: [0, 0, 0.5, 0.5] }]);
      expect(Math.abs(Date.now() - frame.capturedAtMs)).toBeLessThan(3000);
    }
    const first = await bus.jsm.streams.getMessage('DETECTIONS', { seq: 1 });
    expect(first.json<DetectionsFrame>()).toMatchObject({ discontinuity: 'start', recording: true });
  });

  it('sends what a controller tells and what the lamps show with the detections', async () => {
    const lamps = [{ state: 'red', region: [0.1, 0.1, 0.2, 0.2] }];
    const source = { kind: 'controller', controllerId: 'junction-1', group: 'north' };
    const signals = [{ id: 'main', name: 'main', source, check: { kind: 'picture', lamps } }];
    await put(camera('cam1', { revision: 1, signals: signals as never }));
    const sinceMs = Date.now() - 3000;
    const told = await waitFor(async () => {
      const groups = [{ group: 'north', state: 'red', sinceMs }];
      bus.publishJson(subjects.controller('junction-1'), { controllerId: 'junction-1', sentAtMs: Date.now(), groups });
      const frame = await lastDetections('cam1');
      return frame.signals?.find(({ source: from, state }) => from === 'controller' && state === 'red') ? frame : null;
    });
    expect(matches(DetectionsFrame, told)).toBe(true);
    expect(told.signals?.map(({ signalId, source: from }) => [signalId, from])).toEqual([
      ['main', 'picture'],
      ['main', 'controller'],
    ]);
    // On one machine the controller's clock is the server's: the offset is the way through NATS.
    expect(Math.abs((told.signals?.[1]?.sinceMs ?? 0) - sinceMs)).toBeLessThan(1000);
    expect(told.detections).toHaveLength(1);
    bus.publishJson(subjects.controller('junction-1'), { controllerId: 'junction-2', sentAtMs: Date.now(), groups: [] });
    const health = async () => (await (await fetch(`${worker.address}/health`)).json()) as { controllers: { invalid: number } };
    expect(await waitFor(async () => ((await health()).controllers.invalid === 1 ? true : null))).toBe(true);
  });

  it('records a camera that asks for it, and plays, locks and reports that', async () => {
    const recording = { ...RECORDING_DEFAULTS, mode: 'continuous' } as const;
    await put(camera('cam1', { revision: 2, recording }));
    const scope = 'recording:cam1';
    const fromMs = Date.now() - 60_000;
    const path = '/cameras/cam1/recording';
    const timeline = await waitFor(async () => {
      const found = (await (await get(`${path}/timeline?fromMs=${fromMs}&toMs=${Date.now() + 60_000}`, scope)).json()) as RecordingTimeline;
      const span = found.spans[0];
      return span && span.toMs - span.fromMs > 1500 ? found : null;
    });
    const range = timeline.spans[0] as { fromMs: number; toMs: number };
    const span = await get(`${path}/span?fromMs=${range.fromMs}&toMs=${range.toMs}`, scope);
    expect([span.status, span.headers.get('content-type')]).toEqual([200, 'video/mp4']);
    const played = await get(`${path}/play?fromMs=${range.fromMs + 700}`, scope);
    expect(Number(played.headers.get('x-from-ms'))).toBeLessThanOrEqual(range.fromMs + 700);
    expect(Number(played.headers.get('x-from-ms'))).toBeGreaterThanOrEqual(range.fromMs);
    expect(Buffer.from(await played.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp');
    expect((await get(`${path}/play?fromMs=${Date.now() + 60_000}`, scope)).status).toBe(404);
    expect((await get(`${path}/timeline?fromMs=2&toMs=1`, scope)).status).toBe(400);
    const authorization = `Bearer ${issueInternalToken(key, scope, 5000)}`;
    const send = (method: string, to: string, body?: object) =>
      fetch(`${worker.address}${path}/locks${to}`, {
        method,
        headers: { authorization, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    const wanted = { ...range, owner: 'an', reason: 'case 7' };
    const lock = (await (await send('POST', '', wanted)).json()) as RecordingLock;
    expect(await (await send('POST', '', wanted)).json()).toEqual(lock);
    expect((await send('POST', '', { ...wanted, reason: '' })).status).toBe(400);
    for (const _ of [1, 2]) expect((await send('DELETE', `/${lock.lockId}`)).status).toBe(204);
    const status = await waitFor(() => (statuses.get('cam1')?.recording ? statuses.get('cam1') : null));
    expect(status?.recording).toMatchObject({ state: 'recording' });
  });

  it('records on alert for an incident that a person opened, until it is over', async () => {
    const recording = { ...RECORDING_DEFAULTS, mode: 'on-alert', preRollS: 1, postRollS: 0 } as const;
    const source = { url: simulator.url('cam2'), transport: 'tcp', sealedCredentials: sealSecret(key, 'admin:s3cret-word') } as const;
    await put(camera('cam2', { revision: 2, recording, source }));
    const state = () => statuses.get('cam2')?.recording?.state;
    const startMs = Date.now();
    const span: AlertSpan = { alertId: randomUUID(), cameraId: 'cam2', phase: 'updated', startMs, updatedMs: startMs };
    await waitFor(() => state() === 'waiting');
    bus.nc.publish(subjects.incidentByHand('cam2'), '{');
    const told = async (changes: Partial<AlertSpan>, wanted: string) =>
      waitFor(() => {
        bus.publishJson(subjects.incidentByHand('cam2'), { ...span, ...changes });
        return state() === wanted;
      });
    await told({}, 'recording');
    await told({ phase: 'closed', endMs: Date.now() }, 'waiting');
    const path = `/cameras/cam2/recording/timeline?fromMs=${startMs - 60_000}&toMs=${Date.now()}`;
    const { spans } = (await (await get(path, 'recording:cam2')).json()) as RecordingTimeline;
    expect(spans).toHaveLength(1);
    expect(spans[0]?.toMs).toBeGreaterThan(startMs);
  });

  it('reports each camera, and itself', async () => {
    // A machine that was busy for a moment may have had a problem, and told of it a moment ago.
    const status = await waitFor(() => {
      const told = statuses.get('cam1');
      return told?.state === 'online' && told.achievedFps && !told.problem ? told : null;
    });
    expect(status).toMatchObject({ widthPx: 320, heightPx: 180, reconnects: expect.any(Number) });
    const announced = await waitFor(async () => {
      const entry = await (await bus.kv('ingest-workers', { ttlMs: 6000 })).get('ingest-1');
      return entry?.json<{ recorded: object[] }>().recorded.length === 2 ? entry : null;
    });
    expect(announced.json()).toEqual({
      ...{ workerId: 'ingest-1', address: worker.address, cameraIds: ['cam1', 'cam2'] },
      recorded: ['cam1', 'cam2'].map((cameraId) => ({ cameraId, fromMs: expect.any(Number), toMs: expect.any(Number) })),
    });
    expect(await (await fetch(`${worker.address}/health`)).json()).toMatchObject({
      workerId: 'ingest-1',
      cameras: [{ cameraId: 'cam1' }, { cameraId: 'cam2' }],
    });
  });

  it('sets wanted evidence aside, also of a moment still to come', async () => {
    const reservationId = deriveId('reservation', 'test');
    const nowMs = (await waitFor(() => statuses.get('cam1')?.newestPictureMs)) ?? 0;
    const moments = [
      { name: 'first', atMs: nowMs },
      { name: 'raised', atMs: nowMs + 700 },
      { name: 'long-ago', atMs: nowMs - 600_000 },
    ];
    await bus.publishDurable(
      subjects.evidenceWanted('cam1'),
      { action: 'reserve', reservationId, cameraId: 'cam1', moments },
      `${reservationId}:1`,
    );
    const scope = `reservation:${reservationId}`;
    const reservation = await waitFor(async () => {
      const answer = (await (await get(`/reservations/${reservationId}`, scope)).json()) as Reservation;
      return answer.pending?.length === 0 ? answer : null;
    });
    expect(reservation.stills.map(({ moment }) => moment)).toEqual(['first', 'raised']);
    for (const { wantedAtMs, capturedAtMs } of reservation.stills) expect(Math.abs(wantedAtMs - capturedAtMs)).toBeLessThanOrEqual(51);
    expect(reservation.failed.filter(({ moment }) => moment === 'long-ago')).toMatchObject([
      { moment: 'long-ago', reason: expect.stringContaining('no picture of') },
    ]);
    const file = Buffer.from(await (await get(`/reservations/${reservationId}/first.jpg`, scope)).arrayBuffer());
    expect(await sharp(file).metadata()).toMatchObject({ format: 'jpeg', width: 320, height: 180 });
  });

  it('takes changed rules without a new connection, and a changed model rate too', async () => {
    await put(
      camera('cam1', { revision: 5, name: 'renamed', detection: { modelId: 'nanodet-g', targetFps: 2, minScore: 0.4, decode: 'always' } }),
    );
    const frame = await waitFor(async () => {
      const last = await lastDetections('cam1');
      return last.configRevision === 5 ? last : null;
    });
    expect([undefined, 'loop-seam']).toContain(frame.discontinuity);
    expect(statuses.get('cam1')?.reconnects).toBe(0);
  });

  it('connects anew to a changed source only, and keeps the others as they are', async () => {
    await put(camera('cam1', { revision: 6, source: { url: simulator.url('cam1'), transport: 'udp' } }));
    // Pictures of the ring may be detected before the new connection stands.
    await waitFor(() => breaks.has('6:config'));
    expect(simulator.clients('cam1')).toBe(1);
    expect(statuses.get('cam2')?.reconnects).toBe(0);
  });

  it('shows an inference that is away, goes on showing pictures, and recovers by itself', async () => {
    inferenceUp = false;
    await waitFor(() => statuses.get('cam1')?.problem?.code === 'INGEST_INFERENCE_UNAVAILABLE');
    expect(statuses.get('cam1')?.state).toBe('online');
    expect((await get('/cameras/cam1/still', 'still:cam1')).status).toBe(200);
    inferenceUp = true;
    await waitFor(() => statuses.get('cam1')?.problem === undefined);
    expect([undefined, 'loop-seam']).toContain((await lastDetections('cam1')).discontinuity);
  });

  it('lets a quiet camera go idle, and heeds the attention of rules, not what is none', async () => {
    await put(camera('still'));
    const decoding = () => statuses.get('still')?.decoding;
    await waitFor(() => decoding() === 'idle', { timeoutMs: 15_000 });
    bus.publishJson(subjects.attention('still'), { cameraId: 'still', untilMs: 'soon' });
    bus.publishJson(subjects.attention('still'), { cameraId: 'nobody', untilMs: Date.now() + 60_000, reason: 'moving-track' });
    bus.nc.publish(subjects.attention('still'), '{');
    bus.publishJson(subjects.attention('still'), { cameraId: 'still', untilMs: Date.now() + 60_000, reason: 'moving-track' });
    await waitFor(() => decoding() === 'active');
    expect(statuses.get('still')).toMatchObject({ state: 'online', decoderStarts: 1 });
    // The first picture after a seam or a missed one was watched from itself on only.
    const wasWatched = ({ watchedSinceMs, capturedAtMs }: DetectionsFrame) => watchedSinceMs !== undefined && watchedSinceMs < capturedAtMs;
    await waitFor(async () => wasWatched(await lastDetections('still')), { what: 'a picture of a stretch that was watched' });
    await (await bus.kv('cameras')).delete('still');
  });

  it('leaves an invalid camera out and says why; the one before stays', async () => {
    await (await bus.kv('cameras')).put('cam2', JSON.stringify({ ...camera('cam2'), source: { url: 'http://nowhere' } }));
    await waitFor(() => lines.find((line) => line.includes('INGEST_CONFIG_INVALID')));
    expect(simulator.clients('cam2')).toBe(1);
  });

  it('shows a disabled camera, and lets a removed one go', async () => {
    await put(camera('cam1', { revision: 7, enabled: false }));
    await waitFor(() => statuses.get('cam1')?.state === 'disabled' && simulator.clients('cam1') === 0);
    await (await bus.kv('cameras')).delete('cam2');
    await waitFor(() => simulator.clients('cam2') === 0);
    expect((await get('/cameras/cam2/still', 'still:cam2')).status).toBe(404);
  });

  it('writes no credentials to its log', () => {
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join('')).not.toContain('s3cret-word');
  });
});
