import { request } from 'node:http';
import { type InferenceNode, startInferenceNode } from '@safecity/inference';
import { createLogger } from '@safecity/platform';
import { temporaryDirectory } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aFrame } from './running-node.js';
import { writeTinyModel } from './tiny-model.js';

const directory = temporaryDirectory('protocol');
let node: InferenceNode;
let socketPath: string;

beforeAll(async () => {
  const modelPaths = [writeTinyModel(directory.path)];
  node = startInferenceNode({ modelPaths, sessions: 1, logger: createLogger('test', { write: () => undefined }) });
  await node.ready;
  socketPath = node.endpoints()[0]!.address.replace('unix:', '');
});

afterAll(async () => {
  await node.close();
  directory.remove();
});

interface Reply {
  status: number;
  headers: Record<string, unknown>;
  body: Buffer;
  json: { error?: string; [key: string]: unknown };
}

/** A request by node:http, which stands for any client of the protocol. */
function call(
  method: string,
  path: string,
  body: Uint8Array = new Uint8Array(),
  headers: Record<string, string | number> = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path, headers: { 'content-length': body.length, ...headers } }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => {
        const whole = Buffer.concat(pieces);
        const jsonLength = Number(response.headers['inference-header-content-length'] ?? whole.length);
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: whole,
          json: JSON.parse(whole.toString('utf8', 0, jsonLength)),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const INPUT = { name: 'images', shape: [1, 8, 16, 3], datatype: 'UINT8', parameters: { binary_data_size: 384 } };
const BINARY = { outputs: [{ name: 'boxes', parameters: { binary_data: true } }] };

function infer(json: object | string, tensor: Uint8Array = aFrame(9), headers: Record<string, string | number> = {}): Promise<Reply> {
  const head = Buffer.from(typeof json === 'string' ? json : JSON.stringify(json));
  return call('POST', '/v2/models/tiny/infer', Buffer.concat([head, tensor]), {
    'inference-header-content-length': head.length,
    ...headers,
  });
}

function boxesOf({ body, headers }: Reply): number[] {
  const tensor = Uint8Array.from(body.subarray(Number(headers['inference-header-content-length'])));
  return [...new Float32Array(tensor.buffer)];
}

describe('asking', () => {
  it.each([
    { path: '/v2', expected: { name: 'safecity-inference', extensions: ['binary_tensor_data', 'system_shared_memory'] } },
    { path: '/v2/health/live', expected: { live: true } },
    { path: '/v2/health/ready', expected: { ready: true } },
    { path: '/v2/models/tiny/ready', expected: { name: 'tiny', ready: true } },
    { path: '/v2/models/tiny/versions/1/ready', expected: { name: 'tiny', ready: true } },
    {
      path: '/v2/models/tiny',
      expected: {
        name: 'tiny',
        platform: 'onnxruntime_onnx',
        inputs: [{ name: 'images', datatype: 'UINT8', shape: [-1, 8, 16, 3] }],
        outputs: [{ name: 'boxes', datatype: 'FP32', shape: [-1, 4, 6] }],
      },
    },
  ])('$path', async ({ path, expected }) => {
    const { status, json } = await call('GET', path);
    expect(status).toBe(200);
    expect(json).toMatchObject(expected);
  });

  it.each([
    { method: 'GET', path: '/v2/models/other', status: 404, error: "Request for unknown model: 'other' is not found" },
    { method: 'GET', path: '/v2/models/tiny/versions/2', status: 404, error: "Request for unknown model: 'tiny' version 2 is not found" },
    { method: 'POST', path: '/v2/models/other/infer', status: 404, error: "Request for unknown model: 'other' is not found" },
    { method: 'GET', path: '/v2/models/tiny/infer', status: 405, error: 'use POST here' },
    { method: 'POST', path: '/v2/models/tiny', status: 405, error: 'use GET here' },
    { method: 'GET', path: '/v1/models', status: 404, error: 'no such path: /v1/models' },
    { method: 'GET', path: '/v2/models/%ff', status: 404, error: "Request for unknown model: '%ff' is not found" },
  ])('$method $path is refused with $status', async ({ method, path, status, error }) => {
    const reply = await call(method, path);
    expect({ status: reply.status, json: reply.json }).toEqual({ status, json: { error } });
  });
});

describe('inference', () => {
  it('gives boxes in binary with their times', async () => {
    const reply = await infer({ id: 'f1', inputs: [INPUT], ...BINARY }, aFrame(9, 3));
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({
      id: 'f1',
      model_name: 'tiny',
      outputs: [{ name: 'boxes', datatype: 'FP32', shape: [1, 4, 6], parameters: { binary_data_size: 96 } }],
    });
    expect(boxesOf(reply)).toEqual([9, ...Array.from({ length: 23 }, () => 3)]);
    expect((reply.json['parameters'] as Record<string, number>)['run_us']).toBeGreaterThan(0);
  });

  it('runs several pictures in one request and keeps their order', async () => {
    const input = { ...INPUT, shape: [3, 8, 16, 3], parameters: { binary_data_size: 3 * 384 } };
    const reply = await infer({ inputs: [input], ...BINARY }, Buffer.concat([aFrame(1), aFrame(2), aFrame(3)]));
    expect([0, 24, 48].map((at) => boxesOf(reply)[at])).toEqual([1, 2, 3]);
  });

  it('takes and gives numbers in JSON', async () => {
    const body = Buffer.from(
      JSON.stringify({ inputs: [{ name: 'images', shape: [1, 8, 16, 3], datatype: 'UINT8', data: [...aFrame(5, 2)] }] }),
    );
    const { status, json } = await call('POST', '/v2/models/tiny/infer', body);
    expect(status).toBe(200);
    expect(json).toMatchObject({ outputs: [{ name: 'boxes', data: [5, ...Array.from({ length: 23 }, () => 2)] }] });
  });

  it.each([
    {
      name: 'a wrong shape',
      send: () => infer({ inputs: [{ ...INPUT, shape: [1, 16, 8, 3] }] }),
      error: /has shape \[1,16,8,3\]; model tiny takes \[-1,8,16,3\]/,
    },
    {
      name: 'a wrong datatype',
      send: () => infer({ inputs: [{ ...INPUT, datatype: 'FP32' }] }),
      error: /datatype FP32; model tiny takes UINT8/,
    },
    {
      name: 'a wrong size',
      send: () => infer({ inputs: [INPUT] }, new Uint8Array(380)),
      error: /380 bytes follow the JSON, binary_data_size is 384/,
    },
    { name: 'no JSON', send: () => infer('hello'), error: /does not begin with a JSON object/ },
    {
      name: 'a header length beyond the body',
      send: () => infer({ inputs: [INPUT] }, aFrame(1), { 'inference-header-content-length': 9999 }),
      error: /9999 is more than Content-Length/,
    },
    {
      name: 'a header length that is none',
      send: () => infer({ inputs: [INPUT] }, aFrame(1), { 'inference-header-content-length': 'x' }),
      error: /is not a length: "x"/,
    },
    {
      name: 'a header length inside the JSON',
      send: () => infer({ inputs: [INPUT] }, aFrame(1), { 'inference-header-content-length': 20 }),
      error: /does not begin with a JSON object/,
    },
    {
      name: 'a compressed body',
      send: () => infer({ inputs: [INPUT] }, aFrame(1), { 'content-encoding': 'gzip' }),
      error: /content-encoding gzip is not supported/,
    },
  ])('refuses $name and goes on', async ({ send, error }) => {
    const reply = await send();
    expect(reply.status).toBe(400);
    expect(reply.json.error).toMatch(error);
    expect((await infer({ inputs: [INPUT], ...BINARY })).status).toBe(200);
  });

  it('refuses a body larger than any request of the model', async () => {
    expect((await infer({ inputs: [INPUT] }, new Uint8Array(9 * 384))).status).toBe(413);
  });
});
