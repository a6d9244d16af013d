import { buckets, type InferenceEndpoint } from '@safecity/contracts';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { type Bus, connectBus } from '../bus.js';
import { createLogger } from '../logging.js';
import { startTestNats, waitFor } from '../testing/index.js';
import { createInferenceClient } from './inference-client.js';

const warnings: string[] = [];
const logger = createLogger('test', { write: (line) => warnings.push(line) });
let nats: Awaited<ReturnType<typeof startTestNats>>;
let bus: Bus;

beforeAll(async () => {
  nats = await startTestNats();
  bus = await connectBus({ url: nats.url, name: 'test', logger });
});

afterAll(async () => {
  await bus.close();
  await nats.stop();
});

function anEndpoint(endpointId: string, address: string): InferenceEndpoint {
  const models = [{ modelId: endpointId, sha256: 'ab', widthPx: 16, heightPx: 8, classes: ['car'], nmsIou: 0.6 }];
  return { endpointId, address, provider: 'cpu', models, queueDepth: 0, atMs: 0 };
}

it('learns of endpoints that come, go, or were there before', async () => {
  const kv = await bus.kv(buckets.inferenceNodes, { ttlMs: 6000 });
  await kv.put('early', JSON.stringify(anEndpoint('early', 'http://127.0.0.1:9')));
  const client = createInferenceClient({ bus, logger });
  onTestFinished(() => client.close());
  expect((await client.waitForModel('early', 5000)).widthPx).toBe(16);
  const waiting = client.waitForModel('late', 5000);
  await kv.put('late', JSON.stringify(anEndpoint('late', 'http://127.0.0.1:9')));
  expect((await waiting).modelId).toBe('late');
  await kv.delete('early');
  await waitFor(() => client.model('early') === undefined, { what: 'the endpoint to be forgotten' });
});

it('ignores announcements that are not valid or lie on another host, and goes on', async () => {
  const kv = await bus.kv(buckets.inferenceNodes, { ttlMs: 6000 });
  const client = createInferenceClient({ bus, logger });
  onTestFinished(() => client.close());
  await kv.put('bad', 'not json');
  await kv.put('odd', JSON.stringify({ ...anEndpoint('odd', 'http://127.0.0.1:9'), models: 'none' }));
  await kv.put('elsewhere', JSON.stringify(anEndpoint('elsewhere', 'unix:/nonexistent/safecity/x.sock')));
  await kv.put('unreadable', JSON.stringify(anEndpoint('unreadable', 'gopher://x')));
  await kv.put('good', JSON.stringify(anEndpoint('good', 'http://127.0.0.1:9')));
  await client.waitForModel('good', 5000);
  expect(['bad', 'odd', 'elsewhere', 'unreadable'].filter((modelId) => client.model(modelId))).toEqual([]);
  expect(warnings.filter((line) => line.includes('not valid')).length).toBeGreaterThanOrEqual(3);
});
