import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buckets, type Reservation, type ReservedClip, type ReservedStill } from '@safecity/contracts';
import { type Bus, verifyInternalToken } from '@safecity/platform';
import { WebSocketServer } from 'ws';

export const JPEG = Buffer.from('/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQ==', 'base64');

export function aStill(moment: string, bytes: Buffer = JPEG): ReservedStill {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { moment, file: `${moment}.jpg`, wantedAtMs: 1000, capturedAtMs: 1040, widthPx: 1920, heightPx: 1080, sha256 };
}

/** A still with the crop of its subject. */
export function aCroppedStill(moment: string, bytes: Buffer, cropBytes: Buffer): ReservedStill {
  const sha256 = createHash('sha256').update(cropBytes).digest('hex');
  const crop = {
    file: `${moment}-crop.jpg`,
    box: [0.05, 0.05, 0.25, 0.25] as [number, number, number, number],
    widthPx: 384,
    heightPx: 216,
    sha256,
  };
  return { ...aStill(moment, bytes), crop };
}

/** A clip of two seconds. */
export function aClip(name: string, bytes: Buffer, size = { widthPx: 160, heightPx: 96 }): ReservedClip {
  const times = { wantedFromMs: 0, wantedToMs: 2000, fromMs: 1000, toMs: 3000, durationMs: 2000 };
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    name,
    file: `${name}.mp4`,
    moments: ['first'],
    ...times,
    ...size,
    codec: 'avc1.64001f',
    gaps: [],
    sizeBytes: bytes.length,
    sha256,
  };
}

/** A stand-in for an ingest worker's internal HTTP: one reservation, stills, live video. */
export interface FakeIngest {
  reservation: Reservation | null;
  pictures: Map<string, Buffer>;
  /** Sends a message to every live viewer. */
  live(message: Uint8Array): void;
  viewers(): number;
  /** Answers below `/cameras/<id>/recording`, once the token was found to be right. */
  recording(request: IncomingMessage, response: ServerResponse): void;
  requests: string[];
  close(): Promise<void>;
}

export async function startFakeIngest(bus: Bus, key: Buffer, cameraIds: string[]): Promise<FakeIngest> {
  const sockets = new WebSocketServer({ noServer: true });
  const allowed = (authorization: string | undefined, scope: string) =>
    verifyInternalToken(key, (authorization ?? '').replace('Bearer ', ''), scope);
  const fake: FakeIngest = {
    reservation: null,
    pictures: new Map(),
    recording: (_request, response) => void response.writeHead(404).end(),
    requests: [],
    live: (message) => {
      for (const client of sockets.clients) client.send(message);
    },
    viewers: () => sockets.clients.size,
    close: async () => {
      clearInterval(renewal);
      await bucket.delete('worker-1');
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((request, response) => {
    fake.requests.push(request.url ?? '');
    const [, kind, id = '', rest] = new URL(request.url ?? '', 'http://x').pathname.split('/');
    const answer = (status: number, body: Buffer | string, headers: Record<string, string> = {}) =>
      response.writeHead(status, headers).end(body);
    if (kind === 'cameras' && rest === 'recording') {
      if (!allowed(request.headers.authorization, `recording:${id}`)) return answer(403, '');
      return void fake.recording(request, response);
    }
    if (kind === 'cameras') {
      if (!allowed(request.headers.authorization, `still:${id}`)) return answer(403, '');
      return answer(200, JPEG, { 'x-captured-at-ms': '1234', 'content-type': 'image/jpeg' });
    }
    if (!allowed(request.headers.authorization, `reservation:${id}`)) return answer(403, '');
    if (fake.reservation?.reservationId !== id) return answer(404, '');
    if (rest === undefined) return answer(200, JSON.stringify(fake.reservation));
    const picture = fake.pictures.get(rest);
    return picture ? answer(200, picture) : answer(404, '');
  });
  server.on('upgrade', (request, socket, head) => {
    fake.requests.push(request.url ?? '');
    const id = (request.url ?? '').split('/')[2] ?? '';
    if (allowed(request.headers.authorization, `live:${id}`)) sockets.handleUpgrade(request, socket, head, () => undefined);
    else socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const bucket = await bus.kv(buckets.ingestWorkers, { ttlMs: 6000 });
  const announce = () => bucket.put('worker-1', JSON.stringify({ workerId: 'worker-1', address, cameraIds }));
  await announce();
  const renewal = setInterval(() => void announce().catch(() => undefined), 2000);
  return fake;
}
