import { randomBytes } from 'node:crypto';
import { decodeLiveMessage, type LiveHeader, SafecityError } from '@safecity/contracts';
import { CameraNetworks, createLogger, issueInternalToken } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { ClipCutter } from '../clips/clip-cutter.js';
import { PieceTranscoder } from '../playback/piece-transcoder.js';
import { ProbeDesk } from '../probe/probe-desk.js';
import { GopRing } from '../ring/gop-ring.js';
import { aFragment, anInit } from '../testing/builders.js';
import { TranscodeDesk } from '../transcode/transcode-desk.js';
import { TranscodeSlots } from '../transcode/transcode-slots.js';
import { createInternalHttp } from './internal-http.js';

const key = randomBytes(32);
const logger = createLogger('test', { write: () => undefined });
let ring: GopRing;
let http: FastifyInstance;
let address: string;
const sockets: WebSocket[] = [];

beforeEach(async () => {
  ring = new GopRing();
  http = await createInternalHttp({
    key,
    camera: (id) => (id === 'cam1' ? { ring, simulated: true } : null),
    still: async (_id, _ring, { atMs, widthPx }) => {
      if (atMs === 1) throw new SafecityError('INGEST_STILL_UNAVAILABLE', 'no picture of that time is kept', { httpStatus: 404 });
      return { jpeg: Buffer.from(`${atMs} ${widthPx}`), capturedAtMs: 1234, widthPx: 1, heightPx: 1 };
    },
    reservation: async (id) => (id === 'r-1' ? { reservationId: id, cameraId: 'cam1', stills: [], pending: [], failed: [] } : null),
    reservedFile: async (id, file) => (id === 'r-1' && file === 'first.jpg' ? Buffer.from('jpeg') : null),
    recorder: { timeline: (_id, fromMs, toMs) => ({ fromMs, toMs, spans: [], gaps: [], locks: [] }), archiveOf: () => null },
    isMasked: () => false,
    clips: new ClipCutter(),
    transcodes: new TranscodeDesk({ slots: new TranscodeSlots(0), key, address: () => address, logger }),
    pieces: new PieceTranscoder({ slots: new TranscodeSlots(0), logger }),
    probes: new ProbeDesk({ key, networks: CameraNetworks.parse('') }),
    health: () => ({ workerId: 'ingest-1' }),
  });
  address = await http.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await http.close();
});

function bearer(scope: string, ttlMs = 5000, withKey = key): Record<string, string> {
  return { authorization: `Bearer ${issueInternalToken(withKey, scope, ttlMs)}` };
}

describe('trying cameras', () => {
  const post = (url: string, payload: object, headers = {}) => http.inject({ method: 'POST', url, payload, headers });

  it.each(['/probes/stream', '/probes/onvif', '/probes/search'])('%s wants a token of its own', async (url) => {
    expect((await post(url, {})).statusCode).toBe(401);
    expect((await post(url, {}, bearer('still:cam1'))).statusCode).toBe(401);
  });

  it('reaches no private address that no network of the list has', async () => {
    const stream = await post('/probes/stream', { url: 'rtsp://127.0.0.1:1/x', transport: 'tcp' }, bearer('probe'));
    expect(stream.json()).toMatchObject({ ok: false, problem: { code: 'INGEST_CAMERA_ADDRESS_REFUSED' } });
    const device = await post('/probes/onvif', { address: 'http://127.0.0.1:1' }, bearer('probe'));
    expect(device.json()).toMatchObject({ ok: false, problem: { code: 'INGEST_CAMERA_ADDRESS_REFUSED' } });
    const file = await post('/probes/stream', { url: 'file:///etc/passwd', transport: 'tcp' }, bearer('probe'));
    expect(file.statusCode).toBe(400);
    const sealed = await post('/probes/stream', { url: 'rtsp://192.0.2.1/x', transport: 'tcp', sealedCredentials: 'x' }, bearer('probe'));
    expect(sealed.json()).toMatchObject({ code: 'INGEST_CREDENTIALS_UNREADABLE' });
  });
});

function get(url: string, headers: Record<string, string> = {}) {
  return http.inject({ url, headers });
}

describe('tokens', () => {
  const routes = [
    { url: '/cameras/cam1/still', scope: 'still:cam1' },
    { url: '/cameras/cam1/recording/timeline?fromMs=1&toMs=2', scope: 'recording:cam1' },
    { url: '/reservations/r-1', scope: 'reservation:r-1' },
    { url: '/reservations/r-1/first.jpg', scope: 'reservation:r-1' },
  ];

  it.each(routes)('$url needs one of its own scope', async ({ url, scope }) => {
    expect((await get(url, bearer(scope))).statusCode).toBe(200);
    const refused = [
      {},
      { authorization: 'Bearer x' },
      { authorization: 'Basic x' },
      bearer('still:cam2'),
      bearer('live:cam1'),
      bearer(scope, -1),
      bearer(scope, 5000, randomBytes(32)),
    ];
    for (const headers of refused) {
      const answer = await get(url, headers as Record<string, string>);
      expect([answer.statusCode, answer.json().code]).toEqual([401, 'INGEST_TOKEN_INVALID']);
    }
  });

  it('live video needs one, before the socket is upgraded', async () => {
    const socket = new WebSocket(`${address.replace('http', 'ws')}/cameras/cam1/live`, { headers: bearer('still:cam1') });
    const status = await new Promise((resolve) => {
      socket.on('unexpected-response', (_request, answer) => resolve(answer.statusCode));
      socket.on('open', () => resolve('open'));
      socket.on('error', () => undefined);
    });
    expect(status).toBe(401);
  });

  it('health needs none', async () => {
    expect((await get('/health')).json()).toEqual({ workerId: 'ingest-1' });
  });
});

describe('answers', () => {
  it('a still with its capture time', async () => {
    const answer = await get('/cameras/cam1/still?atMs=5000&width=320', bearer('still:cam1'));
    expect(answer.headers).toMatchObject({ 'content-type': 'image/jpeg', 'x-captured-at-ms': '1234', 'cache-control': 'no-store' });
    expect(answer.body).toBe('5000 320');
  });

  const wrong = [
    { url: '/cameras/cam1/still?atMs=yesterday', scope: 'still:cam1', status: 400, code: 'CONTRACTS_INVALID' },
    { url: '/cameras/cam1/still?width=1', scope: 'still:cam1', status: 400, code: 'CONTRACTS_INVALID' },
    { url: '/cameras/cam1/still?atMs=1', scope: 'still:cam1', status: 404, code: 'INGEST_STILL_UNAVAILABLE' },
    { url: '/cameras/cam2/still', scope: 'still:cam2', status: 404, code: 'INGEST_CAMERA_UNKNOWN' },
    { url: '/cameras/a.b/still', scope: 'still:a.b', status: 400, code: 'CONTRACTS_ID_INVALID' },
    { url: '/cameras/cam1/still?box=0,0,1', scope: 'still:cam1', status: 400, code: 'CONTRACTS_INVALID' },
    { url: '/cameras/cam1/still?box=0,0,1.1,1', scope: 'still:cam1', status: 400, code: 'CONTRACTS_INVALID' },
    { url: '/cameras/cam1/still?box=0.5,0,0.5,1', scope: 'still:cam1', status: 400, code: 'CONTRACTS_INVALID' },
    { url: '/cameras/cam1/still?box=0,,1,1', scope: 'still:cam1', status: 400, code: 'CONTRACTS_INVALID' },
    { url: '/cameras/cam1/still?box=0,0,1,1&margin=-1', scope: 'still:cam1', status: 400, code: 'CONTRACTS_INVALID' },
    { url: '/reservations/r-2', scope: 'reservation:r-2', status: 404, code: 'INGEST_RESERVATION_UNKNOWN' },
    { url: '/reservations/r-1/index.json', scope: 'reservation:r-1', status: 404, code: 'INGEST_RESERVATION_UNKNOWN' },
  ];
  it.each(wrong)('$url: $status $code', async ({ url, scope, status, code }) => {
    const answer = await get(url, bearer(scope));
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  });
});

describe('live video', () => {
  function watch(): { headers: LiveHeader[]; socket: WebSocket } {
    const headers: LiveHeader[] = [];
    const socket = new WebSocket(`${address.replace('http', 'ws')}/cameras/cam1/live`, { headers: bearer('live:cam1') });
    sockets.push(socket);
    socket.on('message', (message: Buffer) => headers.push(decodeLiveMessage(message).header));
    return { headers, socket };
  }
  const fragmentsOf = (headers: LiveHeader[]) => headers.filter((header) => header.type === 'fragment');

  it('begins with the init segment and the last keyframe, and follows', async () => {
    for (let i = 0; i < 8; i++) ring.append(aFragment({ startMs: i * 200, key: i % 5 === 0 }));
    const { headers } = watch();
    await waitFor(() => headers.length === 4);
    ring.append(aFragment({ startMs: 1600, discontinuity: 'clock-jump' }));
    await waitFor(() => headers.length === 5);
    expect(headers[0]).toEqual({ type: 'init', codec: 'avc1.64001f', widthPx: 640, heightPx: 360, simulated: true });
    expect(fragmentsOf(headers)).toEqual(
      [1000, 1200, 1400, 1600].map((ms) => ({
        type: 'fragment',
        captureMs: ms,
        ptsMs: ms,
        durationMs: 200,
        key: ms === 1000,
        discontinuity: ms === 1600,
      })),
    );
  });

  it('sends a new init segment when the stream begins anew', async () => {
    ring.append(aFragment({ key: true }));
    const { headers } = watch();
    await waitFor(() => headers.length === 2);
    ring.append(
      aFragment({ startMs: 200, key: true, epoch: 2, init: anInit({ widthPx: 1280, heightPx: 720 }), discontinuity: 'reconnect' }),
    );
    await waitFor(() => headers.length === 4);
    expect(headers.slice(2)).toMatchObject([
      { type: 'init', widthPx: 1280 },
      { type: 'fragment', discontinuity: true },
    ]);
  });

  it('lets a slow viewer skip to the newest keyframe', async () => {
    const { headers, socket } = watch();
    await waitFor(() => socket.readyState === WebSocket.OPEN);
    ring.append(aFragment({ key: true, bytes: 8 * 1024 * 1024 }));
    await waitFor(() => headers.length === 2);
    socket.pause();
    for (let i = 1; i < 60; i++) {
      ring.append(aFragment({ startMs: i * 200, key: i % 5 === 0, bytes: 512 * 1024 }));
      await new Promise(setImmediate);
    }
    socket.resume();
    await waitFor(() => fragmentsOf(headers).at(-1)?.captureMs === 59 * 200);
    const fragments = fragmentsOf(headers);
    expect(fragments.length).toBeLessThan(60);
    const resumed = fragments.find(({ discontinuity }) => discontinuity);
    expect(resumed?.key).toBe(true);
  });

  it('ends when the camera is removed', async () => {
    const { socket } = watch();
    await waitFor(() => socket.readyState === WebSocket.OPEN);
    ring.close();
    await waitFor(() => socket.readyState === WebSocket.CLOSED);
    expect(socket.readyState).toBe(WebSocket.CLOSED);
  });
});
