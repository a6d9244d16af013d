import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { InferenceEndpoint } from '@safecity/contracts';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { createLogger } from '../logging.js';
import { temporaryDirectory, waitFor } from '../testing/index.js';
import { createInferenceClient, type InferenceClient, type InferenceClientOptions } from './inference-client.js';

const logger = createLogger('test', { write: () => undefined });
const FRAME = new Uint8Array(16 * 8 * 3).fill(7);
const REQUEST = { modelId: 'tiny', frame: FRAME, widthPx: 16, heightPx: 8 };

/** Answers as NVIDIA Triton does, by node:http, which stands for any other implementation of HTTP. */
function answerBoxes(response: ServerResponse, first: number, chunked = false): void {
  const values = new Float32Array(12);
  values[0] = first;
  const tensor = Buffer.from(values.buffer);
  const output = { name: 'boxes', datatype: 'FP32', shape: [1, 2, 6], parameters: { binary_data_size: tensor.length } };
  const json = Buffer.from(JSON.stringify({ model_name: 'tiny', model_version: '1', outputs: [output] }));
  response.setHeader('Inference-Header-Content-Length', json.length);
  if (!chunked) response.setHeader('Content-Length', json.length + tensor.length);
  response.write(json);
  response.end(tensor);
}

const CROPS = { name: 'crops', datatype: 'UINT8' as const, shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
const LENGTHS = { name: 'lengths', datatype: 'INT64' as const, shape: [2], data: BigInt64Array.of(7n, -8n) };
const TENSORS = { modelId: 'reader', inputs: [CROPS, LENGTHS] };

/** Gives what came, in the other order and in the datatypes sent. */
function answerTensors(response: ServerResponse, body: Buffer): void {
  const tensors = body.subarray(-22);
  const outputs = [
    { name: 'lengths', datatype: 'INT64', shape: [2], parameters: { binary_data_size: 16 } },
    { name: 'crops', datatype: 'UINT8', shape: [2, 3], parameters: { binary_data_size: 6 } },
  ];
  const json = Buffer.from(JSON.stringify({ model_name: 'reader', outputs, parameters: { queue_us: 500, run_us: 1500 } }));
  response.setHeader('inference-header-content-length', json.length);
  response.end(Buffer.concat([json, tensors.subarray(6), tensors.subarray(0, 6)]));
}

type Behaviour = (body: Buffer, response: ServerResponse, request: IncomingMessage) => void;

class FakeServer {
  requests = 0;
  connections = 0;
  behaviour: Behaviour = (body, response) => answerBoxes(response, body.at(-1)!);
  ready = true;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        if (request.url === '/v2/health/ready') {
          response.writeHead(this.ready ? 200 : 400, { 'content-length': 0 }).end();
          return;
        }
        if (request.url?.startsWith('/v2/systemsharedmemory')) {
          response.writeHead(404).end('{"error":"no such extension"}');
          return;
        }
        this.requests += 1;
        this.behaviour(Buffer.concat(pieces), response, request);
      });
    });
    this.#server.on('connection', () => {
      this.connections += 1;
    });
  }

  async listen(socketPath?: string): Promise<string> {
    await new Promise<void>((resolve) =>
      socketPath ? this.#server.listen(socketPath, resolve) : this.#server.listen(0, '127.0.0.1', resolve),
    );
    onTestFinished(() => this.close());
    return socketPath ? `unix:${socketPath}` : `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  dropConnections(): void {
    this.#server.closeAllConnections();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function anEndpoint(endpointId: string, address: string): InferenceEndpoint {
  const models = [{ modelId: 'tiny', sha256: 'ab', widthPx: 16, heightPx: 8, classes: ['person', 'car'], nmsIou: 0.55 }];
  const reader = { modelId: 'reader', sha256: 'cd', inputs: [], outputs: [] };
  return { endpointId, address, provider: 'cpu', models, tensorModels: [reader], queueDepth: 0, atMs: 0 };
}

let opened: InferenceClient | undefined;
afterEach(() => opened?.close());

function aClient(addresses: string[], options: Partial<InferenceClientOptions> = {}): InferenceClient {
  const endpoints = addresses.map((address, index) => anEndpoint(`e${index}`, address));
  opened = createInferenceClient({ endpoints, logger, timeoutMs: 300, probeMs: 30, ...options });
  return opened;
}

/** Two servers; the first behaves as given, the second properly. The client turns to the first one first. */
async function twoServers(behaviour: Behaviour): Promise<{ first: FakeServer; second: FakeServer; client: InferenceClient }> {
  const first = new FakeServer();
  const second = new FakeServer();
  first.behaviour = behaviour;
  return { first, second, client: aClient([await first.listen(), await second.listen()]) };
}

describe('infer', () => {
  it.each([{ kind: 'TCP' }, { kind: 'unix socket' }])('runs a frame over $kind', async ({ kind }) => {
    const directory = temporaryDirectory('client');
    onTestFinished(directory.remove);
    const address = await new FakeServer().listen(kind === 'TCP' ? undefined : join(directory.path, 's.sock'));
    const result = await aClient([address]).infer(REQUEST);
    expect(result.boxes[0]).toBe(7);
    expect(result.boxes).toHaveLength(12);
    expect(result).toMatchObject({ endpointId: 'e0', queueMs: 0 });
    expect(result.runMs).toBeGreaterThan(0);
  });

  it('keeps connections and matches answers to frames when many are under way', async () => {
    const server = new FakeServer();
    server.behaviour = (body, response) => setImmediate(() => answerBoxes(response, body.at(-1)!, body.at(-1)! % 2 === 0));
    const client = aClient([await server.listen()], { timeoutMs: 5000 });
    for (let round = 0; round < 5; round++) {
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, index) => client.infer({ ...REQUEST, frame: FRAME.map(() => index) })),
      );
      expect(results.map(({ boxes }) => boxes[0])).toEqual(Array.from({ length: 20 }, (_, index) => index));
    }
    expect(server.connections).toBeLessThanOrEqual(20);
  });

  it.each([
    { name: 'breaks the connection', behaviour: ((_body, response) => response.destroy()) as Behaviour },
    { name: 'knows the model no more', behaviour: ((_body, response) => response.writeHead(404).end('{"error":"x"}')) as Behaviour },
    { name: 'answers nonsense', behaviour: ((_body, response) => response.writeHead(200).end('hello')) as Behaviour },
    { name: 'does not answer in time', behaviour: (() => undefined) as Behaviour },
  ])('tries another endpoint when one $name, and leaves that one alone', async ({ behaviour }) => {
    const { first, second, client } = await twoServers(behaviour);
    first.ready = false;
    expect((await client.infer(REQUEST)).endpointId).toBe('e1');
    await Promise.all([client.infer(REQUEST), client.infer(REQUEST)]);
    expect([first.requests, second.requests]).toEqual([1, 3]);
  });

  it('tries another endpoint when a queue is full, but does not drop the full one', async () => {
    const { first, client } = await twoServers((_body, response) => response.writeHead(503).end('{"error":"queue is full"}'));
    expect((await client.infer(REQUEST)).endpointId).toBe('e1');
    await Promise.all([client.infer(REQUEST), client.infer(REQUEST)]);
    expect(first.requests).toBe(2);
  });

  it('leaves a model that fails in a row alone on its endpoint, says why, and runs other models there', async () => {
    const server = new FakeServer();
    server.behaviour = (body, response) => {
      if (body.includes('boxes')) response.writeHead(500).end('{"error":"the graph throws"}');
      else answerTensors(response, body);
    };
    const client = aClient([await server.listen()]);
    const text = 'inference endpoint answered 500: the graph throws';
    for (let count = 0; count < 3; count++)
      await expect(client.infer(REQUEST)).rejects.toMatchObject({ code: 'PLATFORM_INFERENCE_MODEL_FAILED', message: text });
    await expect(client.infer(REQUEST)).rejects.toMatchObject({
      code: 'PLATFORM_INFERENCE_MODEL_FAILED',
      message: `model "tiny" pauses after failures in a row wherever it is served; the last: ${text}`,
    });
    expect(server.requests).toBe(3);
    expect((await client.inferTensors(TENSORS)).endpointId).toBe('e0');
  });

  it('uses a configured endpoint again once it says it is ready', async () => {
    const { first, client } = await twoServers((_body, response) => response.destroy());
    first.ready = false;
    await client.infer(REQUEST);
    first.behaviour = (_body, response) => answerBoxes(response, 1);
    first.ready = true;
    const two = () => Promise.all([client.infer(REQUEST), client.infer(REQUEST)]);
    await waitFor(async () => (await two()).some(({ endpointId }) => endpointId === 'e0'), { what: 'the first endpoint' });
  });

  it.each([
    { name: 'a refused request', status: 400, code: 'PLATFORM_INFERENCE_REFUSED', tries: 1 },
    { name: 'full queues everywhere', status: 503, code: 'PLATFORM_INFERENCE_OVERLOADED', tries: 2 },
    { name: 'failures everywhere', status: 500, code: 'PLATFORM_INFERENCE_MODEL_FAILED', tries: 2 },
  ])('reports $name after $tries tries', async ({ status, code, tries }) => {
    const { first, second, client } = await twoServers((_body, response) => response.writeHead(status).end('{"error":"because"}'));
    second.behaviour = first.behaviour;
    await expect(client.infer(REQUEST)).rejects.toMatchObject({ code, message: `inference endpoint answered ${status}: because` });
    expect(first.requests + second.requests).toBe(tries);
  });

  it('replaces a kept connection that the server had closed without counting it as a failure', async () => {
    const server = new FakeServer();
    const client = aClient([await server.listen()]);
    await client.infer(REQUEST);
    server.behaviour = (body, response, request) => {
      if (server.requests === 2) request.socket.destroy();
      else answerBoxes(response, body.at(-1)!);
    };
    expect((await client.infer(REQUEST)).boxes[0]).toBe(7);
    server.dropConnections();
    expect((await client.infer(REQUEST)).boxes[0]).toBe(7);
  });

  it('reports a time-out of the only endpoint, and still tries it next time', async () => {
    const server = new FakeServer();
    server.behaviour = () => undefined;
    server.ready = false;
    const client = aClient([await server.listen()], { timeoutMs: 50 });
    await expect(client.infer(REQUEST)).rejects.toMatchObject({ code: 'PLATFORM_INFERENCE_TIMEOUT' });
    server.behaviour = (_body, response) => answerBoxes(response, 1);
    expect((await client.infer(REQUEST)).boxes[0]).toBe(1);
  });

  it('cancels at once, breaks the connection, and leaves the endpoint in use', async () => {
    const server = new FakeServer();
    const closed: boolean[] = [];
    server.behaviour = (_body, response) => response.on('close', () => closed.push(true));
    const client = aClient([await server.listen()], { timeoutMs: 5000 });
    const cancel = new AbortController();
    const pending = client.infer({ ...REQUEST, signal: cancel.signal });
    await waitFor(() => server.requests === 1);
    cancel.abort();
    await expect(pending).rejects.toMatchObject({ code: 'PLATFORM_INFERENCE_CANCELLED' });
    await waitFor(() => closed.length === 1, { what: 'the connection to close' });
    await expect(client.infer({ ...REQUEST, signal: cancel.signal })).rejects.toMatchObject({ code: 'PLATFORM_INFERENCE_CANCELLED' });
    server.behaviour = (_body, response) => answerBoxes(response, 1);
    expect((await client.infer(REQUEST)).boxes[0]).toBe(1);
  });

  it.each([
    { name: 'a frame of the wrong length', request: { ...REQUEST, frame: new Uint8Array(5) }, code: 'PLATFORM_INFERENCE_FRAME_SIZE' },
    { name: 'a size nobody serves', request: { ...REQUEST, widthPx: 8, heightPx: 16 }, code: 'PLATFORM_INFERENCE_SIZE_MISMATCH' },
    { name: 'a model nobody serves', request: { ...REQUEST, modelId: 'other' }, code: 'PLATFORM_INFERENCE_NO_ENDPOINT' },
  ])('refuses $name', async ({ request, code }) => {
    await expect(aClient(['http://127.0.0.1:9']).infer(request)).rejects.toMatchObject({ code });
  });
});

describe('inferTensors', () => {
  it('sends every input and gives every output with its elements', async () => {
    const server = new FakeServer();
    const heads: unknown[] = [];
    server.behaviour = (body, response, request) => {
      const end = Number(request.headers['inference-header-content-length']);
      heads.push(JSON.parse(body.toString('utf8', 0, end)));
      answerTensors(response, body);
    };
    const result = await aClient([await server.listen()]).inferTensors(TENSORS);
    expect(result).toEqual({ outputs: [LENGTHS, CROPS], endpointId: 'e0', queueMs: 0.5, runMs: 1.5 });
    expect(heads).toEqual([
      {
        parameters: { binary_data_output: true },
        inputs: [
          { name: 'crops', shape: [2, 3], datatype: 'UINT8', parameters: { binary_data_size: 6 } },
          { name: 'lengths', shape: [2], datatype: 'INT64', parameters: { binary_data_size: 16 } },
        ],
      },
    ]);
  });

  it('runs elsewhere when the first endpoint breaks off', async () => {
    const { second, client } = await twoServers((_body, response) => response.destroy());
    second.behaviour = (body, response) => answerTensors(response, body);
    expect((await client.inferTensors(TENSORS)).endpointId).toBe('e1');
  });

  it.each([
    {
      name: 'a tensor of too few bytes',
      request: { ...TENSORS, inputs: [{ ...CROPS, shape: [3, 3] }] },
      code: 'PLATFORM_INFERENCE_TENSOR_SIZE',
    },
    { name: 'a detector', request: { ...TENSORS, modelId: 'tiny' }, code: 'PLATFORM_INFERENCE_SIZE_MISMATCH' },
    { name: 'a model nobody serves', request: { ...TENSORS, modelId: 'other' }, code: 'PLATFORM_INFERENCE_NO_ENDPOINT' },
  ])('refuses $name', async ({ request, code }) => {
    await expect(aClient(['http://127.0.0.1:9']).inferTensors(request)).rejects.toMatchObject({ code });
  });

  it.each([
    { name: 'an output without bytes', output: { name: 'text', datatype: 'INT64', shape: [2] } },
    { name: 'a size that does not fit', output: { name: 'text', datatype: 'INT64', shape: [2], parameters: { binary_data_size: 8 } } },
    { name: 'an unknown datatype', output: { name: 'text', datatype: 'BYTES', shape: [2], parameters: { binary_data_size: 16 } } },
    { name: 'no outputs', output: undefined },
  ])('refuses an answer with $name', async ({ output }) => {
    const server = new FakeServer();
    server.behaviour = (_body, response) => {
      const json = Buffer.from(JSON.stringify(output ? { outputs: [output] } : {}));
      response.setHeader('inference-header-content-length', json.length);
      response.end(Buffer.concat([json, Buffer.alloc(16)]));
    };
    await expect(aClient([await server.listen()]).inferTensors(TENSORS)).rejects.toMatchObject({
      code: 'PLATFORM_INFERENCE_BAD_ANSWER',
    });
  });
});

describe('the client', () => {
  it('gives facts of known models', () => {
    const client = aClient(['http://127.0.0.1:9']);
    expect(client.model('tiny')).toMatchObject({
      widthPx: 16,
      heightPx: 8,
      classes: ['person', 'car'],
      nmsIou: 0.55,
    });
    expect(client.model('other')).toBeUndefined();
  });

  it('stops waiting for a model after the given time', async () => {
    await expect(aClient([]).waitForModel('tiny', 20)).rejects.toMatchObject({ code: 'PLATFORM_INFERENCE_NO_ENDPOINT' });
  });

  it('ends what is under way when it is closed, and takes nothing more', async () => {
    const server = new FakeServer();
    server.behaviour = () => undefined;
    const client = aClient([await server.listen()], { timeoutMs: 5000 });
    const pending = client.infer(REQUEST);
    const waiting = client.waitForModel('other', 60_000);
    await waitFor(() => server.requests === 1);
    const isClosed = { code: 'PLATFORM_INFERENCE_CLOSED' };
    await Promise.all([client.close(), expect(pending).rejects.toMatchObject(isClosed), expect(waiting).rejects.toMatchObject(isClosed)]);
    await expect(client.infer(REQUEST)).rejects.toMatchObject({ code: 'PLATFORM_INFERENCE_CLOSED' });
  });

  it.each(['ftp://x', 'http://', 'unix:relative', '/tmp/x'])('refuses the address %s', (address) => {
    expect(() => aClient([address])).toThrow(expect.objectContaining({ code: 'PLATFORM_INFERENCE_ADDRESS_INVALID' }));
  });
});
