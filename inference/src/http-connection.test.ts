import { Agent, request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { waitFor } from '@safecity/platform/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type HttpHandler, serveHttp } from './http-connection.js';
import { SessionError } from './session-error.js';

/** Answers with length and sum of the body, in two sinks; refuses `/refused` before its body. */
function echoing(options: { gate?: Promise<void>; onAbandoned?: () => void } = {}): HttpHandler {
  return (head) => {
    if (head.path === '/refused') throw new SessionError('X', 'not here', { httpStatus: 503 });
    const first = new Uint8Array(Math.min(7, head.contentLength));
    const second = new Uint8Array(head.contentLength - first.length);
    return {
      sinks: [first, second],
      complete: async () => {
        await options.gate;
        if (head.path === '/broken') throw new Error('broken');
        const sum = [...first, ...second].reduce((total, byte) => total + byte, 0);
        return { status: 200, headers: { 'X-Length': head.contentLength }, body: Buffer.from(`${head.path} ${sum}`) };
      },
      abandoned: () => options.onAbandoned?.(),
    };
  };
}

async function listening(handler: HttpHandler) {
  const server = createServer({ pauseOnConnect: true });
  const connections = serveHttp(server, handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    connections.finish();
  });
  return { port: (server.address() as AddressInfo).port, connections };
}

/** A request by node:http, which stands for any client. */
function send(
  port: number,
  path: string,
  body?: Uint8Array,
  agent?: Agent,
): Promise<{ status: number; text: string; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const headers = body ? { 'content-length': body.length } : {};
    const outgoing = request(
      { host: '127.0.0.1', port, path, method: body ? 'POST' : 'GET', headers, ...(agent ? { agent } : {}) },
      (response) => {
        let text = '';
        response.on('data', (piece) => {
          text += piece;
        });
        response.on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** What a server answers to raw bytes until it closes or `enough` is seen. */
function raw(port: number, pieces: (string | Uint8Array)[], enough: (text: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
      if (enough(text)) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    const next = (index: number) => {
      if (index < pieces.length) socket.write(pieces[index]!, () => setImmediate(() => next(index + 1)));
    };
    next(0);
  });
}

const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);

describe('HttpConnection', () => {
  it.each([0, 1, 7, 8, 16 * 1024, 1_000_000])('takes a body of %i bytes', async (length) => {
    const { port } = await listening(echoing());
    const body = new Uint8Array(length).map((_, index) => index % 251);
    const { status, text, headers } = await send(port, '/a', body);
    expect({ status, text, length: headers['x-length'] }).toEqual({
      status: 200,
      text: `/a ${body.reduce((sum, byte) => sum + byte, 0)}`,
      length: String(length),
    });
  });

  it('keeps the connection over answers, refusals before the body, and failures', async () => {
    const { port } = await listening(echoing());
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const body = new Uint8Array(300_000).fill(1);
    const seen: unknown[] = [];
    for (const path of ['/a', '/refused', '/b', '/broken', '/c']) seen.push((await send(port, path, body, agent)).status);
    expect(seen).toEqual([200, 503, 200, 500, 200]);
    expect(Object.keys(agent.freeSockets)).toHaveLength(1);
  });

  it('says why it refuses', async () => {
    const { port } = await listening(echoing());
    expect(JSON.parse((await send(port, '/refused', new Uint8Array(5))).text)).toEqual({ error: 'not here' });
  });

  it('answers pipelined requests in their order, however they are cut', async () => {
    const { port } = await listening(echoing());
    const text =
      'POST /a HTTP/1.1\r\nContent-Length: 9\r\n\r\n123456789GET /b HTTP/1.1\r\n\r\nPOST /c HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n12';
    for (const size of [text.length, 1, 30, 45]) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, index) => text.slice(index * size, (index + 1) * size));
      const answer = await raw(port, pieces, () => false);
      expect([...answer.matchAll(/\/(\w) (\d+)/g)].map(([all]) => all)).toEqual(['/a 477', '/b 0', '/c 99']);
    }
  });

  it('tells a waiting client to go on', async () => {
    const { port } = await listening(echoing());
    const answer = await raw(
      port,
      ['POST /a HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n', '12'],
      () => false,
    );
    expect(statuses(answer)).toEqual(['100', '200']);
  });

  it.each([
    { name: 'malformed heads', text: 'NONSENSE\r\n\r\n', status: '400' },
    { name: 'endless heads', text: `GET / HTTP/1.1\r\nX: ${'y'.repeat(20_000)}`, status: '431' },
    { name: 'chunked bodies', text: 'POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', status: '501' },
  ])('answers $name and closes', async ({ text, status }) => {
    const { port } = await listening(echoing());
    expect(statuses(await raw(port, [text, 'GET / HTTP/1.1\r\n\r\n'], () => false))).toEqual([status]);
  });

  it('notices that the client left while its answer was being made', async () => {
    let abandoned = 0;
    const handler = echoing({
      gate: new Promise(() => undefined),
      onAbandoned: () => {
        abandoned += 1;
      },
    });
    const { port } = await listening(handler);
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\n123');
    setImmediate(() => socket.destroy());
    await waitFor(() => abandoned === 1);
  });

  it('closes idle connections at once when it finishes, others after their answer', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { port, connections } = await listening(echoing({ gate }));
    const idle = connect(port, '127.0.0.1');
    const idleClosed = new Promise((resolve) => idle.on('close', resolve));
    const pending = send(port, '/a', new Uint8Array(3));
    await new Promise((resolve) => setImmediate(resolve));
    await waitFor(() => !idle.connecting);
    await send(port, '/refused');
    connections.finish();
    await idleClosed;
    open();
    expect((await pending).headers['connection']).toBe('close');
  });
});
