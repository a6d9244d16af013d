import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { buckets, type InferenceEndpoint } from '@safecity/contracts';
import { type Bus, connectBus, createInferenceClient, createLogger } from '@safecity/platform';
import { startTestNats, waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { aDirectory, aFrame, childrenOf, isAlive, SIZE, waitUntilGone } from './running-node.js';
import { writeTinyModel } from './tiny-model.js';

const MAIN = createRequire(import.meta.url).resolve('@safecity/inference/main');
const logger = createLogger('test', { write: () => undefined });
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

interface Main {
  child: ChildProcess;
  ready: Promise<{ ready: boolean; endpoints: InferenceEndpoint[] }>;
  exited: Promise<number | string>;
  log: () => string;
}

function startMain(env: Record<string, string>): Main {
  let log = '';
  const child = fork(MAIN, [], {
    env: { SAFECITY_SOCKET_DIR: aDirectory(), PATH: process.env['PATH'] ?? '', NATS_URL: nats.url, SAFECITY_SESSIONS: '2', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  });
  child.stderr!.on('data', (piece) => {
    log += piece;
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = new Promise<number | string>((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown')));
  const ready = new Promise<Awaited<Main['ready']>>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Awaited<Main['ready']>));
    void exited.then((how) => reject(new Error(`ended with ${how}: ${log}`)));
  });
  ready.catch(() => undefined);
  return { child, ready, exited, log: () => log };
}

it('announces its sessions, serves, and takes everything back at SIGINT', async () => {
  const main = startMain({ SAFECITY_MODELS: writeTinyModel(aDirectory()) });
  const { ready, endpoints } = await main.ready;
  expect(ready).toBe(true);
  expect(endpoints).toHaveLength(2);
  const client = createInferenceClient({ bus, logger });
  onTestFinished(() => client.close());
  expect(await client.waitForModel('tiny', 5000)).toMatchObject({ ...SIZE, classes: ['person', 'car'], nmsIou: 0.6 });
  await waitFor(async () => {
    const used = await Promise.all([1, 2, 3, 4].map((first) => client.infer({ modelId: 'tiny', frame: aFrame(first), ...SIZE })));
    return new Set(used.map(({ endpointId }) => endpointId)).size === 2;
  });
  const sessions = childrenOf(main.child.pid!);
  expect(sessions).toHaveLength(2);
  main.child.kill('SIGINT');
  expect(await main.exited).toBe(0);
  expect(sessions.filter(isAlive)).toEqual([]);
  const kv = await bus.kv(buckets.inferenceNodes, { ttlMs: 6000 });
  const left: string[] = [];
  for await (const key of await kv.keys()) left.push(key);
  expect(left).toEqual([]);
  await waitFor(() => client.model('tiny') === undefined, { what: 'the client to forget the model' });
});

it('leaves no session process behind when it is killed', async () => {
  const main = startMain({ SAFECITY_MODELS: writeTinyModel(aDirectory()) });
  await main.ready;
  const sessions = childrenOf(main.child.pid!);
  expect(sessions).toHaveLength(2);
  main.child.kill('SIGKILL');
  await waitUntilGone(sessions);
  expect(await main.exited).toBe('SIGKILL');
});

it('ends when its parent is gone', async () => {
  const main = startMain({ SAFECITY_MODELS: writeTinyModel(aDirectory()) });
  await main.ready;
  main.child.disconnect();
  expect(await main.exited).toBe(0);
});

it.each([
  { name: 'no model is given', env: () => ({}), code: 'INFERENCE_CONFIG_INVALID' },
  { name: 'no model can be served', env: () => ({ SAFECITY_MODELS: '/nonexistent/x.onnx' }), code: 'INFERENCE_NO_MODELS' },
  {
    name: 'NATS does not answer',
    env: () => ({ SAFECITY_MODELS: '/nonexistent/x.onnx', NATS_URL: 'nats://127.0.0.1:9' }),
    code: 'PLATFORM_NATS_UNREACHABLE',
  },
])('says why and exits 1 when $name', async ({ env, code }) => {
  const main = startMain(env());
  expect(await main.exited).toBe(1);
  expect(main.log()).toContain(`"code":"${code}"`);
});
