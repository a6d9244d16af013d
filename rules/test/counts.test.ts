import { buckets, type Counts, streams, subjects } from '@safecity/contracts';
import { type Bus, connectBus, createLogger } from '@safecity/platform';
import { startTestNats, waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startRules } from '../src/shell/service.js';
import { aCamera, aDetection, boxAt, frames, T0 } from '../src/testing/scene.js';

const logger = createLogger('rules-counts-test', { write: () => undefined });
let nats: Awaited<ReturnType<typeof startTestNats>>;
let bus: Bus;

beforeAll(async () => {
  nats = await startTestNats();
  bus = await connectBus({ url: nats.url, name: 'rules-counts-test', logger });
});
afterAll(async () => {
  await bus?.close();
  await nats?.stop();
});

/** Everything in the stream of counts, in order. */
async function stored(): Promise<Counts[]> {
  const { state } = await bus.jsm.streams.info(streams.counts.name);
  const list: Counts[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq++)
    list.push((await bus.jsm.streams.getMessage(streams.counts.name, { seq })).json<Counts>());
  return list;
}

it('counts of intervals wait in their stream, and a replay after a crash adds none', async () => {
  const rule = { id: 'line', name: 'Line', type: 'occupancy', zoneId: 'middle', intervalMs: 1000 };
  const camera = aCamera({ id: 'gate', rules: [rule] });
  await (await bus.kv(buckets.cameras)).put(camera.id, JSON.stringify(camera));
  const list = frames(3200, 200, () => [aDetection({ box: boxAt(0.5, 0.5) })]);
  for (const frame of list)
    await bus.publishDurable(subjects.detections('gate'), { ...frame, cameraId: 'gate' }, `gate:${frame.capturedAtMs}`);
  // The first one writes no checkpoint, so the second reads everything again, as after a crash.
  const options = { bus, logger, checkpointMs: 3_600_000, clock: () => T0 };
  const first = await startRules(options);
  const ended = async () => (await stored()).filter(({ fromMs }) => fromMs < T0 + 3000).length >= 3;
  await waitFor(ended, { what: 'the intervals' });
  const second = await startRules(options);
  await waitFor(() => second.counts().frames === list.length, { what: 'the replay' });
  for (const service of [first, second]) await service.close();
  const counts = await stored();
  expect(new Set(counts.map(({ fromMs }) => fromMs)).size).toBe(counts.length);
  expect(counts[1]).toMatchObject({ cameraId: 'gate', ruleId: 'line', type: 'occupancy', watchedMs: 1000 });
});
