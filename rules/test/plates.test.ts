import {
  type AlertMessage,
  buckets,
  type DetectionsFrame,
  type PlateOfVehicle,
  type PlatesWanted,
  streams,
  subjects,
  type TracksFrame,
  type Watchlist,
} from '@safecity/contracts';
import { type Bus, connectBus, createLogger } from '@safecity/platform';
import { startTestNats, waitFor } from '@safecity/platform/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type RulesService, startRules } from '../src/shell/service.js';
import { plateRead } from '../src/testing/plates.js';
import { aCamera, aDetection, boxAt, frames, T0 } from '../src/testing/scene.js';

const logger = createLogger('rules-plates-test', { write: () => undefined });
const list: Watchlist = {
  id: 'stolen',
  name: 'Xe trộm',
  unitIds: ['ward'],
  entries: [{ id: 'e1', plate: '51F31118', reason: 'trộm cắp' }],
};

let nats: Awaited<ReturnType<typeof startTestNats>>;
let bus: Bus;
let services: RulesService[] = [];
const wanted: PlatesWanted[] = [];
const overlays: TracksFrame[] = [];

beforeAll(async () => {
  nats = await startTestNats();
  bus = await connectBus({ url: nats.url, name: 'rules-plates-test', logger });
  bus.nc.subscribe(subjects.allPlatesWanted, { callback: (_error, message) => void wanted.push(message.json()) });
  bus.nc.subscribe(subjects.allTracks, { callback: (_error, message) => void overlays.push(message.json()) });
  await (await bus.kv(buckets.watchlists)).put(list.id, JSON.stringify(list));
  await (await bus.kv(buckets.watchlists)).put('broken', '{"id":"broken"}');
});
afterAll(async () => {
  await bus?.close();
  await nats?.stop();
});
afterEach(async () => {
  for (const service of services) await service.close();
  services = [];
});

async function start(clock = () => T0): Promise<RulesService> {
  const service = await startRules({ bus, logger, checkpointMs: 3_600_000, clock });
  services.push(service);
  return service;
}

async function stored<T>(stream: string): Promise<T[]> {
  const { state } = await bus.jsm.streams.info(stream);
  const values: T[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq++)
    values.push((await bus.jsm.streams.getMessage(stream, { seq })).json<T>());
  return values;
}

function scene(cameraId: string, untilMs: number, fromMs = 0): DetectionsFrame[] {
  const cutFrom = { widthPx: 1000, heightPx: 1000, sinceKeyframeMs: 0 };
  const car = aDetection({ box: boxAt(0.5, 0.7, 0.4, 0.4) });
  return frames(untilMs, 250, () => [car], fromMs).map((frame) => ({ ...frame, cameraId, cutFrom }));
}

async function publish(cameraId: string, list: readonly DetectionsFrame[]): Promise<void> {
  for (const frame of list) await bus.publishDurable(subjects.detections(cameraId), frame, `${cameraId}:${frame.capturedAtMs}`);
}

it('asks for plates, puts what is read onto the track, raises the watchlist, and a crash repeats none of it', async () => {
  const camera = aCamera({
    id: 'gate',
    unitId: 'ward',
    plates: {},
    rules: [{ id: 'watch', name: 'Xe truy tìm', type: 'plate-watchlist' }],
  });
  await (await bus.kv(buckets.cameras)).put(camera.id, JSON.stringify(camera));
  await start();
  await publish('gate', scene('gate', 2000));
  const [first] = await waitFor(() => (wanted.length > 0 ? wanted : null));
  const trackId = first?.vehicles[0]?.trackId as string;
  const read = plateRead(trackId, 1000, ['51F', '311.18'], { cameraId: 'gate' });
  await bus.publishDurable(subjects.platesRead('gate'), read, `gate:${trackId}:${read.capturedAtMs}`);
  await waitFor(async () => (await stored(streams.alerts.name)).length === 1);
  await publish('gate', scene('gate', 3000, 2250));
  await waitFor(() => overlays.at(-1)?.capturedAtMs === T0 + 3000);
  expect(overlays.at(-1)?.tracks[0]?.plate?.text).toBe('51F31118');

  const alerts = await stored<AlertMessage>(streams.alerts.name);
  const plates = await stored<PlateOfVehicle>(streams.plates.name);
  expect(alerts).toEqual([expect.objectContaining({ type: 'plate-watchlist', phase: 'opened' })]);
  expect(plates).toEqual([expect.objectContaining({ cameraId: 'gate', trackId, plate: expect.objectContaining({ text: '51F31118' }) })]);

  // No checkpoint was written: another instance finds everything again, long after, and asks ingest for nothing.
  const asked = wanted.length;
  const second = await start(() => T0 + 3_600_000);
  const last = (await bus.jsm.streams.info(streams.detections.name)).state.last_seq;
  await waitFor(() => second.position() === last);
  await second.checkpoint();
  expect(await stored(streams.alerts.name)).toEqual(alerts);
  expect(await stored(streams.plates.name)).toEqual(plates);
  expect(wanted).toHaveLength(asked);
});

it('a reading and a list that break their schema are counted and left out', async () => {
  const service = await start();
  await bus.publishDurable(subjects.platesRead('gate'), { cameraId: 'gate', readings: 'none' }, 'broken-reading');
  const last = (await bus.jsm.streams.info(streams.detections.name)).state.last_seq;
  await waitFor(() => service.position() === last);
  expect(service.counts().invalidMessages).toBe(2);
});
