import { streams, subjects } from '@safecity/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectBus } from './bus.js';
import { createLogger } from './logging.js';
import { connectNats } from './nats-connection.js';
import { startTestNats } from './testing/index.js';

let nats: Awaited<ReturnType<typeof startTestNats>>;

beforeAll(async () => {
  nats = await startTestNats();
});
afterAll(() => nats.stop());

it('gives a stream of an earlier version its new subjects, and touches nothing stored', async () => {
  const before = await connectNats(nats.url, { name: 'before' });
  const jsm = await before.jetstreamManager();
  await jsm.streams.add({ name: 'DETECTIONS', subjects: ['detections.frame.v1.>'] });
  await before.jetstream().publish(subjects.detections('cam1'), '{}');

  const bus = await connectBus({ url: nats.url, name: 'test', logger: createLogger('test') });
  await bus.publishDurable(subjects.health('cam1'), { cameraId: 'cam1' }, 'cam1:health:1');
  const { config, state } = await jsm.streams.info('DETECTIONS');
  expect(config.subjects).toEqual(streams.detections.subjects);
  expect(state.messages).toBe(2);
  await bus.close();
  await before.close();
});
