import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type AlertMessage,
  type ArchiveRecord,
  buckets,
  type CameraConfig,
  type DetectionsFrame,
  type Suppression,
  type SuppressionTally,
  streams,
  subjects,
} from '@safecity/contracts';
import { type Bus, connectBus, createLogger } from '@safecity/platform';
import { startTestNats, waitFor } from '@safecity/platform/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { archiveStep, newArchiveState } from '../src/archive/camera-archive.js';
import { Area, newAreaState } from '../src/incidents/area.js';
import { createCameraPipeline } from '../src/pipeline/pipeline.js';
import { type RulesService, startRules } from '../src/shell/service.js';
import { aCamera, aDetection, boxAt, frames, play, T0 } from '../src/testing/scene.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const rules = [
  { id: 'stalled', name: 'Xe dừng', type: 'stalled-vehicle', zoneId: 'middle', dwellMs: 20_000 },
  { id: 'fence', name: 'Rào', type: 'intrusion', zoneId: 'middle' },
];

/** A truck that stands for good, a person who comes and goes, and below the zone cars that drive by. */
const scene = frames(60_000, 250, (atMs) => [
  aDetection({ class: 'truck', box: boxAt(0.6, 0.6, 0.2, 0.2) }),
  ...(atMs % 12_000 < 5000 ? [aDetection({ box: boxAt((atMs % 12_000) / 5000, 0.97) })] : []),
  ...(atMs % 20_000 < 9000 ? [aDetection({ class: 'person', box: boxAt(0.3, 0.7, 0.04, 0.1) })] : []),
]);

const lines: Record<string, unknown>[] = [];
const logger = createLogger('rules-test', { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });

let nats: Awaited<ReturnType<typeof startTestNats>>;
let bus: Bus;
let services: RulesService[] = [];
const children: ChildProcess[] = [];

beforeAll(async () => {
  nats = await startTestNats();
  bus = await connectBus({ url: nats.url, name: 'rules-test', logger });
});
afterAll(async () => {
  await bus?.close();
  await nats?.stop();
});
beforeEach(async () => {
  lines.length = 0;
  for (const stream of Object.values(streams)) await bus.jsm.streams.purge(stream.name);
  for (const bucket of [buckets.cameras, buckets.rulesCheckpoints, buckets.decisions, buckets.suppressions]) {
    const kv = await bus.kv(bucket);
    const keys: string[] = [];
    for await (const key of await kv.keys()) keys.push(key);
    for (const key of keys) await kv.purge(key);
  }
});
afterEach(async () => {
  for (const service of services) await service.close();
  services = [];
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function start(options: { clock?: () => number; checkpointMs?: number } = {}): Promise<RulesService> {
  const service = await startRules({ bus, logger, checkpointMs: 3_600_000, ...options });
  services.push(service);
  return service;
}

async function stop(service: RulesService): Promise<void> {
  services = services.filter((other) => other !== service);
  await service.close();
}

async function configure(camera: CameraConfig): Promise<void> {
  await (await bus.kv(buckets.cameras)).put(camera.id, JSON.stringify(camera));
}

/** Publishes as ingest does; returns the stream sequence of the last message. */
async function publish(list: readonly unknown[], cameraId = 'cam-1'): Promise<number> {
  for (const frame of list) await bus.publishDurable(subjects.detections(cameraId), frame, `message-${published++}`);
  return (await bus.jsm.streams.info(streams.detections.name)).state.last_seq;
}
/** Every message gets an id of its own: the server keeps ids across purges. */
let published = 0;

async function stored<T>(stream: string): Promise<T[]> {
  const { state } = await bus.jsm.streams.info(stream);
  const list: T[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq++)
    list.push((await bus.jsm.streams.getMessage(stream, { seq })).json<T>());
  return list;
}
const storedAlerts = () => stored<AlertMessage>(streams.alerts.name);
const storedArchive = () => stored<ArchiveRecord>(streams.tracks.name);

function forOtherCamera(list: readonly DetectionsFrame[], cameraId: string): DetectionsFrame[] {
  return list.map((frame) => ({ ...frame, cameraId }));
}

/** What an undisturbed run of the pure core says; each test has a camera of its own, so that ids differ between tests. */
function expected(camera: CameraConfig): AlertMessage[] {
  return play(createCameraPipeline(camera), forOtherCamera(scene, camera.id)).alerts;
}

/** What an undisturbed run writes to the archive. */
function expectedArchive(camera: CameraConfig): ArchiveRecord[] {
  const pipeline = createCameraPipeline(camera);
  const archive = newArchiveState();
  let state = pipeline.start();
  return forOtherCamera(scene, camera.id).flatMap((frame) => {
    const step = pipeline.step(state, frame);
    state = step.state;
    return archiveStep(archive, step, frame, camera);
  });
}

describe('rules on NATS', () => {
  it('turns detections into alerts, evidence requests and tracks, exactly as the pure core does', async () => {
    const camera = aCamera({ id: 'plain', rules });
    await configure(camera);
    const overlays: string[] = [];
    const subscription = bus.nc.subscribe(subjects.allTracks, { callback: (_error, message) => void overlays.push(message.subject) });
    const service = await start({ clock: () => T0 });
    expect(service.cameraIds()).toEqual(['plain']);
    const last = await publish(forOtherCamera(scene, 'plain'), 'plain');
    await waitFor(() => service.position() === last, { what: 'all detections' });
    await service.checkpoint();
    expect(await storedAlerts()).toEqual(expected(camera));
    expect((await stored<{ action: string }>(streams.evidence.name)).map(({ action }) => action)).toContain('reserve');
    await waitFor(() => overlays.length === scene.length, { what: 'tracks of every frame' });
    expect(overlays[0]).toBe(subjects.tracks('plain'));
    subscription.unsubscribe();
  });

  it('goes on after an orderly stop as if nothing had happened', async () => {
    const camera = aCamera({ id: 'orderly', rules });
    await configure(camera);
    const list = forOtherCamera(scene, 'orderly');
    const first = await start();
    const middle = await publish(list.slice(0, 130), 'orderly');
    await waitFor(() => first.position() === middle, { what: 'the first half' });
    await stop(first);
    const last = await publish(list.slice(130), 'orderly');
    const second = await start();
    await waitFor(() => second.position() === last, { what: 'the second half' });
    await second.checkpoint();
    expect(second.counts().frames).toBe(list.length - 130);
    expect(await storedAlerts()).toEqual(expected(camera));
  });

  it('replays from the last checkpoint after a crash and stores nothing twice', async () => {
    const camera = aCamera({ id: 'crash', rules });
    await configure(camera);
    const list = forOtherCamera(scene, 'crash');
    const first = await start();
    const checkpointed = await publish(list.slice(0, 60), 'crash');
    await waitFor(() => first.position() === checkpointed, { what: 'the part before the checkpoint' });
    await first.checkpoint();
    const beforeCrash = await publish(list.slice(60, 150), 'crash');
    await waitFor(() => first.position() === beforeCrash, { what: 'the part before the crash' });
    await waitFor(async () => (await storedAlerts()).length > 1, { what: 'alerts before the crash' });
    const second = await start();
    const last = await publish(list.slice(150), 'crash');
    await waitFor(() => second.position() === last, { what: 'the replay' });
    await second.checkpoint();
    expect(second.counts().frames).toBe(list.length - 60);
    expect(await storedAlerts()).toEqual(expected(camera));
    expect(await storedArchive()).toEqual(expectedArchive(camera));
    expect(expectedArchive(camera).filter((record) => 'track' in record).length).toBeGreaterThan(0);
  });

  it('does not let a bad message stop the good ones, and says so once a second', async () => {
    const camera = aCamera({ id: 'bad', rules });
    await configure(camera);
    let nowMs = 0;
    const service = await start({ clock: () => nowMs });
    const list = forOtherCamera(scene, 'bad');
    const halfBad = {
      ...(list[40] as DetectionsFrame),
      capturedAtMs: T0 + 9_900,
      detections: [{ class: 'kite', score: 2, box: [0] }, null, ...(list[40] as DetectionsFrame).detections],
    };
    await bus.js.publish(subjects.detections('bad'), new TextEncoder().encode('{not json'));
    await publish([{ cameraId: 'bad' }, 7, null, { ...list[0], cameraId: 'stranger' }], 'bad');
    await publish([...list.slice(0, 40), halfBad, ...list.slice(40)], 'bad');
    await waitFor(() => service.counts().frames === list.length + 1, { what: 'the good messages' });
    expect(service.counts().invalidMessages).toBe(5);
    const told = lines.filter(({ code }) => code === 'RULES_MESSAGE_INVALID');
    expect(told).toMatchObject([{ count: 1 }]);
    nowMs = 1000;
    const last = await publish([{}], 'bad');
    await waitFor(() => service.position() === last, { what: 'one more bad message' });
    expect(lines.filter(({ code }) => code === 'RULES_MESSAGE_INVALID')).toMatchObject([{ count: 1 }, { count: 5, total: 6 }]);
    await service.checkpoint();
    expect((await storedAlerts()).filter(({ phase }) => phase === 'opened')).toHaveLength(2);
  });

  it('takes changed, broken, disabled and deleted cameras in while it runs', async () => {
    const camera = aCamera({ id: 'changing', rules });
    await configure(camera);
    const kv = await bus.kv(buckets.cameras);
    const service = await start();
    const list = forOtherCamera(scene, 'changing');
    const first = await publish(list.slice(0, 100), 'changing');
    await waitFor(() => service.position() === first, { what: 'the first frames' });
    await kv.put('changing', '{"id":"changing"}');
    await waitFor(() => lines.some(({ code }) => code === 'RULES_CAMERA_INVALID'), { what: 'the refusal' });
    expect(service.cameraIds()).toEqual(['changing']);
    await kv.put('changing', JSON.stringify({ ...camera, enabled: false }));
    await waitFor(() => service.cameraIds().length === 0, { what: 'the camera to go' });
    await service.checkpoint();
    const alerts = await storedAlerts();
    const lastOf = new Map(alerts.map((alert) => [alert.alertId, alert.phase]));
    expect(lastOf.size).toBe(2);
    expect([...lastOf.values()]).toEqual(['closed', 'closed']);
    expect(await (await bus.kv(buckets.rulesCheckpoints)).get('changing').then((entry) => entry?.operation)).not.toBe('PUT');
    await kv.put('changing', JSON.stringify({ ...camera, revision: 3 }));
    await waitFor(() => service.cameraIds().length === 1, { what: 'the camera to come back' });
  });

  it('opens a new alert for what comes after an operator has resolved the first, also when told before a restart', async () => {
    const camera = aCamera({ id: 'decided', rules: [{ id: 'fence', name: 'Rào', type: 'intrusion', zoneId: 'middle' }] });
    await configure(camera);
    const person = (x: number, y: number) => [aDetection({ class: 'person', box: boxAt(x, y, 0.04, 0.1) })];
    const people = frames(30_000, 250, (atMs) => (atMs < 8000 ? person(0.3, 0.7) : atMs < 18_000 ? [] : person(0.7, 0.4)));
    const list = forOtherCamera(people, 'decided');
    const first = await start();
    const middle = await publish(list.slice(0, 60), 'decided');
    await waitFor(() => first.position() === middle, { what: 'the first person' });
    await stop(first);
    const alertId = (await storedAlerts())[0]?.alertId as string;
    const decision = { alertId, cameraId: 'decided', state: 'resolved', role: 'operator', atMs: T0 + 14_000 };
    const kv = await bus.kv(buckets.decisions, { ttlMs: 86_400_000 });
    await kv.put('broken', '{}');
    await kv.put(alertId, JSON.stringify(decision));
    const second = await start();
    const last = await publish(list.slice(60, 120), 'decided');
    await waitFor(() => second.position() === last, { what: 'the second person' });
    await second.checkpoint();
    expect(new Set((await storedAlerts()).map((alert) => alert.alertId)).size).toBe(2);
    expect(lines.some(({ code, alertId: key }) => code === 'RULES_MESSAGE_INVALID' && key === 'broken')).toBe(true);
  });

  it('hides what an operator has suppressed, counts it, and hides the same in a replay after a crash', async () => {
    await configure(aCamera({ id: 'hiding', rules: [{ id: 'fence', name: 'Rào', type: 'intrusion', zoneId: 'middle' }] }));
    const id = '6b8b1a8e-1111-4222-8333-444455556666';
    const polygon: [number, number][] = [[0, 0], [1, 0], [1, 1], [0, 1]]; // biome-ignore format: one line
    const suppression: Suppression = {
      id,
      cameraId: 'hiding',
      ruleId: 'fence',
      class: 'person',
      polygon,
      fromMs: T0 + 10_000,
      untilMs: T0 + 100_000,
    };
    const kv = await bus.kv(buckets.suppressions);
    await kv.put('broken', '{}');
    await kv.put(id, JSON.stringify(suppression));
    const first = await start();
    const visits = [[0, 8, 0.3], [15, 25, 0.7], [40, 50, 0.5]]; // biome-ignore format: one line
    const people = frames(60_000, 250, (atMs) =>
      visits.flatMap(([from = 0, to = 0, x = 0]) =>
        atMs >= from * 1000 && atMs < to * 1000 ? [aDetection({ class: 'person', box: boxAt(x, 0.7, 0.04, 0.1) })] : [],
      ),
    );
    const list = forOtherCamera(people, 'hiding');
    const middle = await publish(list.slice(0, 120), 'hiding');
    await waitFor(() => first.position() === middle, { what: 'the first half' });
    const second = await start();
    const last = await publish(list.slice(120), 'hiding');
    await waitFor(() => second.position() === last, { what: 'the replay' });
    await second.checkpoint();
    const alerts = await storedAlerts();
    expect(alerts.filter(({ phase }) => phase === 'opened').map(({ startMs }) => Math.floor((startMs - T0) / 1000))).toEqual([0]);
    expect(alerts.at(-1)?.findings.map(({ startMs }) => Math.floor((startMs - T0) / 1000))).toEqual([0]);
    const tallies = await bus.kv(buckets.suppressionTallies);
    const tally = (await tallies.get(id))?.json<SuppressionTally>();
    expect(tally).toMatchObject({ suppressionId: id, hidden: 2, findings: [{}, { atMs: tally?.lastAtMs }] });
    expect(lines.some(({ code, suppressionId: key }) => code === 'RULES_MESSAGE_INVALID' && key === 'broken')).toBe(true);
  });

  it('closes the alerts of a camera that was deleted while it was down', async () => {
    await configure(aCamera({ id: 'orphan', rules }));
    const first = await start();
    const last = await publish(forOtherCamera(scene.slice(0, 100), 'orphan'), 'orphan');
    await waitFor(() => first.position() === last, { what: 'the frames' });
    await stop(first);
    await (await bus.kv(buckets.cameras)).delete('orphan');
    const second = await start();
    await second.checkpoint();
    expect(new Map((await storedAlerts()).map((alert) => [alert.alertId, alert.phase])).values().next().value).toBe('closed');
    expect(second.cameraIds()).toEqual([]);
    // Its tracks that were open are not lost.
    expect((await storedArchive()).filter((record) => 'track' in record && record.track.class === 'truck')).toHaveLength(1);
  });

  it('begins anew with a checkpoint that it cannot read', async () => {
    const camera = aCamera({ id: 'damaged', rules });
    await configure(camera);
    await (await bus.kv(buckets.rulesCheckpoints)).put('damaged', '{"version":99}');
    const service = await start();
    expect(lines.filter(({ code }) => code === 'RULES_CHECKPOINT_INVALID')).toHaveLength(1);
    const last = await publish(forOtherCamera(scene, 'damaged'), 'damaged');
    await waitFor(() => service.position() === last, { what: 'the frames' });
    await service.checkpoint();
    expect(await storedAlerts()).toEqual(expected(camera));
  });
});

/** Two cameras that see the same crowd, the second one ten seconds later. */
function twoCameras(prefix: string) {
  const crowd = [{ id: 'crowd', name: 'Đông', type: 'crowd-occupancy', zoneId: 'middle', minCount: 1, holdMs: 1000 }];
  const cameras = ['north', 'south'].map((id) => aCamera({ id: `${prefix}-${id}`, area: prefix, unitId: 'ward-a', rules: crowd }));
  const scenes = cameras.map((camera, index) =>
    frames(60_000, 500, (atMs) =>
      atMs >= index * 10_000 && atMs < 40_000 ? [aDetection({ class: 'person', box: boxAt(0.5, 0.6, 0.1, 0.3) })] : [],
    ).map((frame) => ({ ...frame, cameraId: camera.id })),
  );
  const list = (scenes[0] ?? []).flatMap((frame, index) => [frame, scenes[1]?.[index] as DetectionsFrame]);
  return { cameras, list };
}

/** What an undisturbed run of the pure core says of two cameras in one area, in the order of the stream. */
function expectedTogether({ cameras, list }: ReturnType<typeof twoCameras>): AlertMessage[] {
  const area = new Area(newAreaState());
  const pipelines = new Map(cameras.map((camera) => [camera.id, createCameraPipeline(camera)]));
  const states = new Map([...pipelines].map(([id, pipeline]) => [id, pipeline.start()]));
  return list.flatMap((frame) => {
    const step = pipelines.get(frame.cameraId)?.step(states.get(frame.cameraId) as never, frame);
    return structuredClone(area.take(step?.alerts ?? [], frame.capturedAtMs));
  });
}

describe('cameras of one area', () => {
  it('merge what they see into one incident, also over a crash between two checkpoints', async () => {
    const { cameras, list } = twoCameras('together');
    for (const camera of cameras) await configure(camera);
    const send = async (frames: DetectionsFrame[]) => {
      let last = 0;
      for (const frame of frames) last = await publish([frame], frame.cameraId);
      return last;
    };
    const first = await start();
    const before = await send(list.slice(0, 30));
    await waitFor(() => first.position() === before, { what: 'the part before the checkpoint' });
    await first.checkpoint();
    const middle = await send(list.slice(30, 90));
    await waitFor(() => first.position() === middle, { what: 'the part before the crash' });
    await waitFor(async () => (await storedAlerts()).some(({ attached }) => attached !== undefined), { what: 'the merge' });
    const second = await start();
    const last = await send(list.slice(90));
    await waitFor(() => second.position() === last, { what: 'the replay' });
    await second.checkpoint();
    const alerts = await storedAlerts();
    expect(alerts).toEqual(expectedTogether({ cameras, list }));
    const home = alerts.find(({ cameraId }) => cameraId === 'together-north');
    expect(alerts.filter(({ mergedInto }) => mergedInto === home?.alertId).map(({ cameraId }) => cameraId)).toContain('together-south');
    expect(alerts.at(-1)).toMatchObject({ alertId: home?.alertId, phase: 'closed' });
  });

  it('close what they have open when they leave it', async () => {
    const { cameras, list } = twoCameras('leaving');
    for (const camera of cameras) await configure(camera);
    const service = await start();
    let last = 0;
    for (const frame of list.slice(0, 60)) last = await publish([frame], frame.cameraId);
    await waitFor(() => service.position() === last, { what: 'the frames' });
    await configure({ ...(cameras[1] as CameraConfig), area: 'elsewhere', revision: 2 });
    await waitFor(async () => {
      await service.checkpoint();
      return (await storedAlerts()).some(({ cameraId, phase }) => cameraId === 'leaving-south' && phase === 'closed');
    });
    await configure({ ...(cameras[0] as CameraConfig), area: 'elsewhere', revision: 2 });
    const kv = await bus.kv(buckets.rulesCheckpoints);
    expect((await kv.get('area.ward-a.leaving'))?.operation).toBe('PUT');
    await waitFor(async () => {
      await service.checkpoint();
      return (await kv.get('area.ward-a.leaving'))?.operation !== 'PUT';
    });
    expect([...new Map((await storedAlerts()).map((alert) => [alert.alertId, alert.phase])).values()]).toEqual(['closed', 'closed']);
  });
});

describe.skipIf(!existsSync(MAIN))('the rules process', () => {
  async function launch(): Promise<ChildProcess> {
    const child = fork(MAIN, {
      env: { ...process.env, NATS_URL: nats.url, SAFECITY_LOG_LEVEL: 'silent' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    children.push(child);
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) => reject(new Error(`exited with ${code}`)));
    });
    return child;
  }
  const gone = (child: ChildProcess) => new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));

  it('is killed with -9 and started again: the same ids, nothing twice, nothing missing', async () => {
    const camera = aCamera({ id: 'killed', rules });
    await configure(camera);
    const list = forOtherCamera(scene, 'killed');
    const first = await launch();
    await publish(list.slice(0, 110), 'killed');
    await waitFor(async () => (await storedAlerts()).length > 1, { what: 'alerts before the kill' });
    first.kill('SIGKILL');
    await gone(first);
    await publish(list.slice(110), 'killed');
    const second = await launch();
    await waitFor(async () => (await storedAlerts()).length >= expected(camera).length, { what: 'all alerts' });
    expect(await storedAlerts()).toEqual(expected(camera));
    await waitFor(async () => (await storedArchive()).length >= expectedArchive(camera).length, { what: 'the whole archive' });
    expect(await storedArchive()).toEqual(expectedArchive(camera));
    second.kill('SIGTERM');
    expect(await gone(second)).toBe(0);
  });
});
