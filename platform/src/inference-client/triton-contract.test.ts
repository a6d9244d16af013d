import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createLogger } from '../logging.js';
import { createInferenceClient } from './inference-client.js';

/*
 * Other servers of the protocol, spoken by hand byte for byte: no HTTP library stands between, so that what RFC 9112 and
 * the binary tensor data extension allow is tried, and not what one library happens to send.
 */

const FRAME = new Uint8Array(16 * 8 * 3).fill(7);
const REQUEST = { modelId: 'tiny', frame: FRAME, widthPx: 16, heightPx: 8 };
const BOXES = Buffer.from(Float32Array.of(1, 2, 3, 4, 0.5, 0).buffer);

/** JSON as NVIDIA Triton writes it, and the tensors behind it. */
function aBody(extra: object = {}, outputs: object[] = [], before = Buffer.alloc(0)): { json: Buffer; body: Buffer } {
  const boxes = { name: 'boxes', datatype: 'FP32', shape: [1, 1, 6], parameters: { binary_data_size: 24 } };
  const json = Buffer.from(JSON.stringify({ model_name: 'tiny', model_version: '1', ...extra, outputs: [...outputs, boxes] }));
  return { json, body: Buffer.concat([json, before, BOXES]) };
}

const chunk = (bytes: Buffer, extension = '') =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}${extension}\r\n`), bytes, Buffer.from('\r\n')]);

function plain(headers: string[], { json, body } = aBody()): Buffer {
  const head = ['HTTP/1.1 200 OK', ...headers, `Inference-Header-Content-Length: ${json.length}`, `Content-Length: ${body.length}`];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

/** A server that reads whole requests and writes the given bytes for each, in pieces of `pieceBytes`. */
async function aServer(answer: Buffer, { pieceBytes = 1e6, closes = false } = {}) {
  const seen = { connections: 0, requests: [] as Buffer[] };
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    seen.connections++;
    sockets.add(socket);
    let bytes: Buffer = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', async (piece) => {
      bytes = Buffer.concat([bytes, piece]);
      const head = bytes.toString('latin1', 0, bytes.indexOf('\r\n\r\n') + 4);
      const total = head.length + Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
      if (head.length === 3 || bytes.length < total) return;
      seen.requests.push(bytes);
      bytes = Buffer.alloc(0);
      for (let at = 0; at < answer.length; at += pieceBytes) {
        socket.write(answer.subarray(at, at + pieceBytes));
        await new Promise(setImmediate);
      }
      if (closes) socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const models = [{ modelId: 'tiny', sha256: 'ab', widthPx: 16, heightPx: 8, classes: ['person'], nmsIou: 0.5 }];
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const endpoint = { endpointId: 'triton', address, provider: 'cuda' as const, models, queueDepth: 0, atMs: 0 };
  const client = createInferenceClient({ endpoints: [endpoint], logger: createLogger('test', { write: () => undefined }) });
  onTestFinished(async () => {
    await client.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { seen, client };
}

it('sends what the binary tensor data extension asks for', async () => {
  const { seen, client } = await aServer(plain(['Content-Type: application/octet-stream']));
  await client.infer(REQUEST);
  const text = seen.requests[0]!.toString('latin1');
  const [head, ...rest] = text.split('\r\n\r\n') as [string, ...string[]];
  const body = Buffer.from(rest.join('\r\n\r\n'), 'latin1');
  const jsonBytes = Number(/^Inference-Header-Content-Length: (\d+)$/m.exec(head.replaceAll('\r', ''))?.[1]);
  expect(head.split('\r\n')[0]).toBe('POST /v2/models/tiny/infer HTTP/1.1');
  expect(head).toMatch(/^Host: \S+/m);
  expect(JSON.parse(body.toString('utf8', 0, jsonBytes))).toEqual({
    inputs: [{ name: 'images', shape: [1, 8, 16, 3], datatype: 'UINT8', parameters: { binary_data_size: 384 } }],
    outputs: [{ name: 'boxes', parameters: { binary_data: true } }],
  });
  expect(body.subarray(jsonBytes)).toEqual(Buffer.from(FRAME));
});

const { json, body } = aBody();
const chunkedHead = Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nInference-Header-Content-Length: ${json.length}\r\n\r\n`);
const mask = { name: 'mask', datatype: 'UINT8', shape: [3], parameters: { binary_data_size: 3, classification: 2 } };

it.each([
  { what: 'byte by byte', answer: plain([]), pieceBytes: 1 },
  {
    what: 'with header names in capitals and no space behind the colon',
    answer: Buffer.concat([
      Buffer.from(`HTTP/1.1 200 \r\nCONTENT-LENGTH:${body.length}\r\nINFERENCE-HEADER-CONTENT-LENGTH:${json.length}\r\n\r\n`),
      body,
    ]),
  },
  {
    what: 'in chunks that cut JSON and tensor, with an extension and a trailer',
    answer: Buffer.concat([
      chunkedHead,
      chunk(body.subarray(0, 10), ';part=1'),
      chunk(body.subarray(10, json.length + 5)),
      chunk(body.subarray(json.length + 5)),
      Buffer.from('0\r\nX-Time: 3\r\n\r\n'),
    ]),
    pieceBytes: 7,
  },
  { what: 'behind an interim answer', answer: Buffer.concat([Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'), plain([])]) },
  {
    what: 'with more fields and another output first',
    answer: plain(
      ['Content-Type: application/octet-stream', 'Server: other', 'X-Odd: a:b:c'],
      aBody({ id: '7', parameters: { sequence_id: 0, triton_final_response: true }, future: [{}] }, [mask], Buffer.of(9, 9, 9)),
    ),
  },
])('reads an answer $what, on one kept connection', async ({ answer, pieceBytes }) => {
  const { seen, client } = await aServer(answer, pieceBytes === undefined ? {} : { pieceBytes });
  for (let count = 0; count < 3; count++)
    expect(await client.infer(REQUEST)).toMatchObject({ boxes: Float32Array.of(1, 2, 3, 4, 0.5, 0), endpointId: 'triton', queueMs: 0 });
  expect(seen.connections).toBe(1);
});

it.each([
  { what: 'says close', answer: plain(['Connection: Close']) },
  { what: 'speaks HTTP/1.0', answer: Buffer.from(plain([]).toString('latin1').replace('HTTP/1.1', 'HTTP/1.0'), 'latin1') },
])('opens another connection when the server $what', async ({ answer }) => {
  const { seen, client } = await aServer(answer, { closes: true });
  for (let count = 0; count < 3; count++) expect((await client.infer(REQUEST)).boxes).toHaveLength(6);
  expect(seen.connections).toBe(3);
});
