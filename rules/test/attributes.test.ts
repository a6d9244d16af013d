import { type AlertMessage, buckets, streams, subjects, type TrackAttributes, type TracksFrame } from '@safecity/contracts';
import { type Bus, connectBus, createLogger } from '@safecity/platform';
import { startTestNats, waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startRules } from '../src/shell/service.js';
import { aCamera, aDetection, boxAt, frames, T0 } from '../src/testing/scene.js';

const logger = createLogger('rules-attributes-test', { write: () => undefined });
let nats: Awaited<ReturnType<typeof startTestNats>>;
let bus: Bus;
const overlays: TracksFrame[] = [];

beforeAll(async () => {
  nats = await startTestNats();
  bus = await connectBus({ url: nats.url, name: 'rules-attributes-test', logger });
  bus.nc.subscribe(subjects.allTracks, { callback: (_error, message) => void overlays.push(message.json()) });
});
afterAll(async () => {
  await bus?.close();
  await nats?.stop();
});

it('what a model tells of a track comes in the stream of detections and raises an alert; what breaks its schema is left out', async () => {
  const rule = { id: 'helmet', name: 'Mũ', type: 'no-helmet', minLooks: 2 };
  const camera = aCamera({ id: 'gate', rules: [rule] });
  await (await bus.kv(buckets.cameras)).put(camera.id, JSON.stringify(camera));
  const service = await startRules({ bus, logger, checkpointMs: 3_600_000, clock: () => T0 });
  const box = boxAt(0.5, 0.7, 0.2, 0.3);
  for (const frame of frames(2000, 250, () => [aDetection({ class: 'motorcycle', box })]))
    await bus.publishDurable(subjects.detections('gate'), { ...frame, cameraId: 'gate' }, `gate:${frame.capturedAtMs}`);
  const trackId = await waitFor(() => overlays.findLast(({ tracks }) => tracks.length > 0)?.tracks[0]?.id ?? null);
  const tell = (atMs: number, score: number) => {
    const attributes: TrackAttributes['attributes'] = [{ name: 'helmet', person: 0, value: 'no', score }];
    const message = { cameraId: 'gate', trackId, capturedAtMs: T0 + atMs, box, attributes };
    return bus.publishDurable(subjects.trackAttributes('gate'), message, `gate:${trackId}:${atMs}:attributes`);
  };
  await tell(1000, 0.9);
  await tell(1200, 7);
  await tell(1400, 0.9);
  const alert = await waitFor(async () => {
    const { state } = await bus.jsm.streams.info(streams.alerts.name);
    if (state.messages === 0) return null;
    return (await bus.jsm.streams.getMessage(streams.alerts.name, { seq: state.first_seq })).json<AlertMessage>();
  });
  expect(alert).toMatchObject({ type: 'no-helmet', cameraId: 'gate', phase: 'opened', startMs: T0 + 1000 });
  expect(service.counts().invalidMessages).toBe(1);
  await service.close();
});
