import { createServer, type Socket } from 'node:net';
import { type CameraSimulator, generateClip, startCameraSimulator } from '@safecity/fixtures';
import { CameraNetworks } from '@safecity/platform';
import { temporaryDirectory } from '@safecity/platform/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeStream, type StreamProbeOptions } from '../src/probe/probe-stream.js';

const directory = temporaryDirectory('probes');
const PASSWORD = 'pass/w@rd';
let simulator: CameraSimulator;
beforeAll(async () => {
  const common = { durationS: 4, directory: directory.path };
  const clip = await generateClip({ ...common, fps: 25, gopS: 1 });
  simulator = await startCameraSimulator({
    cameras: [
      { path: 'open', clip },
      { path: 'hevc', clip: await generateClip({ ...common, fps: 10, gopS: 2, codec: 'h265' }) },
      { path: 'locked', clip, credentials: { username: 'admin', password: PASSWORD } },
    ],
  });
});
afterAll(async () => {
  await simulator?.close();
  directory.remove();
});

const probe = (url: string, options: Partial<StreamProbeOptions> = {}, transport: 'tcp' | 'udp' = 'tcp') =>
  probeStream({ url, transport }, { credentials: null, networks: undefined, timeLimitMs: 15_000, ...options });

/** A server on loopback that does as told with each request, and its address. */
async function server(onRequest: (socket: Socket, method: string, cseq: string) => void) {
  const sockets = new Set<Socket>();
  let requests = 0;
  const listening = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.on('data', (data) => {
      requests++;
      onRequest(socket, data.toString().split(' ')[0] ?? '', /CSeq: (\d+)/i.exec(data.toString())?.[1] ?? '0');
    });
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as { port: number };
  return {
    host: `127.0.0.1:${port}`,
    requests: () => requests,
    close: () => {
      for (const socket of sockets) socket.destroy();
      listening.close();
    },
  };
}

describe('a stream that is tried', () => {
  it.each([
    { path: 'open', family: 'h264', fps: 25, gopMs: 1000 },
    { path: 'hevc', family: 'h265', fps: 10, gopMs: 2000 },
  ])('$path: tells codec, size, rate, keyframes and shows its picture', async ({ path, family, fps, gopMs }) => {
    const found = await probe(simulator.url(path));
    if (!found.ok) throw new Error(found.problem.message);
    expect(found).toMatchObject({ family, gopMs });
    expect(found.fps).toBeCloseTo(fps, 0);
    const picture = await sharp(Buffer.from(found.jpegBase64, 'base64')).metadata();
    expect(picture.format).toBe('jpeg');
    expect((picture.width ?? 0) / (picture.height ?? 1)).toBeCloseTo(found.widthPx / found.heightPx, 1);
  });

  it('opens with its password, and a wrong one is told without being repeated', async () => {
    expect((await probe(simulator.url('locked'), { credentials: `admin:${PASSWORD}` })).ok).toBe(true);
    const refused = await probe(simulator.url('locked'), { credentials: 'admin:wrong-secret' });
    expect(refused).toMatchObject({ ok: false, problem: { code: 'INGEST_CAMERA_UNAUTHORIZED' } });
    expect(JSON.stringify(refused)).not.toMatch(/wrong-secret|admin/);
  });

  it('is told by code when it cannot be had', async () => {
    const nobody = await server((socket) => socket.destroy());
    nobody.close();
    const silent = await server(() => undefined);
    const web = await server((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const networks = CameraNetworks.parse('10.0.0.0/8', async () => ['127.0.0.1']);
    const unknown = CameraNetworks.parse('', () => Promise.reject(new Error('no such name')));
    const codes = await Promise.all([
      probe(`${simulator.url('open')}-not-there`),
      probe(`rtsp://${nobody.host}/x`),
      probe(`rtsp://${silent.host}/x`, { timeLimitMs: 4500 }),
      probe(`rtsp://${web.host}/x`),
      probe(simulator.url('open'), { networks }),
      probe('rtsp://a-name-that-leads-home.example/x', { networks }),
      probe('rtsp://no-name.example/x', { networks: unknown }),
    ]);
    for (const { close } of [silent, web]) close();
    expect(codes.map((result) => (result.ok ? 'ok' : result.problem.code))).toEqual([
      'INGEST_CAMERA_NOT_FOUND',
      'INGEST_CAMERA_REFUSED',
      'INGEST_CAMERA_TEST_TIMEOUT',
      'INGEST_CAMERA_NOT_RTSP',
      'INGEST_CAMERA_ADDRESS_REFUSED',
      'INGEST_CAMERA_ADDRESS_REFUSED',
      'INGEST_CAMERA_HOST_UNKNOWN',
    ]);
  });

  it('does not follow where it is sent on to', async () => {
    const target = await server(() => undefined);
    const sends = await server((socket, method, cseq) =>
      socket.write(
        method === 'DESCRIBE'
          ? `RTSP/1.0 302 Moved\r\nCSeq: ${cseq}\r\nLocation: rtsp://${target.host}/inside\r\n\r\n`
          : `RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\nPublic: DESCRIBE\r\n\r\n`,
      ),
    );
    const result = await probe(`rtsp://${sends.host}/x`, { credentials: 'admin:secret' });
    for (const { close } of [target, sends]) close();
    expect(result).toMatchObject({
      ok: false,
      problem: { code: 'INGEST_CAMERA_REDIRECTED', message: expect.stringContaining(target.host) },
    });
    // ffmpeg may have said hello there before it was ended; it never asks for anything.
    expect(target.requests()).toBeLessThanOrEqual(1);
  });
});
