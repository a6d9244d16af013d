import { createServer, type Server, type Socket } from 'node:net';
import { type CameraSimulator, generateClip, startCameraSimulator } from '@safecity/fixtures';
import { temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readRecordingMark } from '../src/recording-mark.js';
import { GopRing } from '../src/ring/gop-ring.js';
import { BackOff } from '../src/session/back-off.js';
import { StreamSession, type StreamSessionOptions } from '../src/session/stream-session.js';

const directory = temporaryDirectory('sessions');
let simulator: CameraSimulator;
const sessions: StreamSession[] = [];

beforeAll(async () => {
  const common = { durationS: 2, fps: 25, gopS: 0.4, directory: directory.path };
  const clip = await generateClip(common);
  simulator = await startCameraSimulator({
    senderReportIntervalMs: 500,
    cameras: [
      { path: 'tcp', clip, clockOffsetMs: 7000 },
      { path: 'udp', clip: await generateClip({ ...common, unevenRate: true }), clockOffsetMs: -90_000 },
      { path: 'hevc', clip: await generateClip({ ...common, codec: 'h265' }) },
      { path: 'b-frames', clip: await generateClip({ ...common, bFrames: 2 }) },
      { path: 'neighbour', clip },
      { path: 'stalls', clip },
      { path: 'jumps', clip },
      { path: 'slow', clip: await generateClip({ durationS: 4, fps: 1, gopS: 1, directory: directory.path }) },
      { path: 'locked', clip, credentials: { username: 'admin', password: 'pass/w@rd' } },
    ],
  });
});
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close()));
});
afterAll(async () => {
  await simulator?.close();
  directory.remove();
});

/** A session and what it put into its ring: error of the capture time of each picture against the simulator's truth. */
function connect(url: string, changes: Partial<StreamSessionOptions> = {}) {
  const ring = new GopRing();
  const errorsMs: number[] = [];
  const discontinuities: string[] = [];
  ring.onAppend(() => {
    const fragment = ring.newest;
    if (!fragment) return;
    if (fragment.discontinuity) discontinuities.push(fragment.discontinuity);
    fragment.media.samples.forEach((sample, index) => {
      const mark = readRecordingMark(fragment.media, sample, fragment.init);
      if (mark) errorsMs.push((fragment.captureTimesMs[index] ?? 0) - mark.captureUs / 1000);
    });
  });
  const session = new StreamSession({
    source: { url, transport: 'tcp' },
    openCredentials: () => null,
    ring,
    backOff: new BackOff({ firstMs: 50, mostMs: 200 }),
    ...changes,
  });
  sessions.push(session);
  return { session, ring, errorsMs, discontinuities };
}

function p95(values: number[]): number {
  const sorted = values.map(Math.abs).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN;
}

describe('capture time against the truth of the simulator', () => {
  const cameras = [
    { path: 'tcp', transport: 'tcp' as const, clockOffsetMs: 7000 },
    { path: 'udp', transport: 'udp' as const, clockOffsetMs: -90_000 },
    { path: 'hevc', transport: 'tcp' as const, clockOffsetMs: 0 },
    { path: 'b-frames', transport: 'udp' as const, clockOffsetMs: 0 },
  ];

  it('is within 80 ms (p95) over TCP and UDP, H.264, H.265 and B-frames, through a reconnect and the seam of the recording', async () => {
    const running = cameras.map((camera) => ({
      ...camera,
      ...connect(simulator.url(camera.path), { source: { url: simulator.url(camera.path), transport: camera.transport } }),
    }));
    await waitFor(() => running.every(({ errorsMs }) => errorsMs.length > 20));
    for (const { path } of cameras) simulator.drop(path);
    await waitFor(() => running.every(({ errorsMs, discontinuities }) => errorsMs.length > 70 && discontinuities.includes('loop-seam')), {
      timeoutMs: 15_000,
    });
    for (const { path, errorsMs, discontinuities, session, ring, clockOffsetMs } of running) {
      expect(p95(errorsMs), `${path}: p95 of ${errorsMs.length} pictures`).toBeLessThanOrEqual(80);
      expect(discontinuities[0]).toBe('start');
      expect(discontinuities.filter((reason) => reason === 'reconnect')).toHaveLength(1);
      expect(discontinuities).not.toContain('clock-jump');
      expect(session.reconnects).toBe(1);
      expect(Math.abs((session.cameraClockOffsetMs ?? Number.NaN) - clockOffsetMs)).toBeLessThan(80);
      expect(ring.newest?.epoch).toBe(2);
    }
  });

  it('stays within it where masks are painted and the video is encoded anew; with B-frames it is late by what they wait', async () => {
    const cases = [
      { path: 'tcp', lateMs: 0 },
      { path: 'hevc', lateMs: 0 },
      // Two pictures in the camera and two in the decoder, which the new video does not tell of.
      { path: 'b-frames', lateMs: 160 },
    ];
    const masks: [number, number][][] = [
      [
        [0.1, 0.1],
        [0.6, 0.2],
        [0.3, 0.8],
      ],
    ];
    const running = cases.map((row) => ({ ...row, ...connect(simulator.url(row.path), { masks }) }));
    const done = ({ errorsMs, discontinuities }: (typeof running)[number]) =>
      errorsMs.length > 120 && discontinuities.includes('loop-seam');
    await waitFor(() => running.every(done), { timeoutMs: 15_000 });
    for (const { path, lateMs, errorsMs, session } of running) {
      expect(p95(errorsMs.map((errorMs) => errorMs - lateMs)), `${path}: p95 of ${errorsMs.length} pictures`).toBeLessThanOrEqual(80);
      expect(session.init?.codec).toMatch(/^avc1\./);
      // The camera's own clock does not come through an encoder.
      expect(session.cameraClockOffsetMs).toBeNull();
    }
  });

  it('is placed anew, and marked, when the timestamps of the camera jump ahead and back', async () => {
    const { errorsMs, discontinuities } = connect(simulator.url('jumps'));
    await waitFor(() => errorsMs.length > 30);
    simulator.jumpTimestamps('jumps', 5000);
    await waitFor(() => discontinuities.includes('clock-jump'));
    await waitFor(() => errorsMs.length > 70);
    simulator.jumpTimestamps('jumps', -5000);
    await waitFor(() => discontinuities.filter((reason) => reason === 'clock-jump').length >= 2, { timeoutMs: 15_000 });
    const since = errorsMs.length;
    await waitFor(() => errorsMs.length > since + 25);
    expect(p95(errorsMs.slice(since))).toBeLessThanOrEqual(80);
    expect(p95(errorsMs)).toBeLessThanOrEqual(80);
  });

  it('goes on without a new connection where timestamps (2^32) and sequence numbers (2^16) wrap', async () => {
    const fastClip = await generateClip({ durationS: 2, fps: 200, gopS: 0.5, directory: directory.path });
    const clip = await generateClip({ durationS: 2, fps: 25, gopS: 0.4, directory: directory.path });
    // First timestamp 300 000 ticks (3.3 s) before the wrap, first sequence number 5 before its.
    const random = () => 1 - 300_000 / 2 ** 32;
    const wrapping = await startCameraSimulator({
      random,
      cameras: [
        { path: 'wraps', clip },
        { path: 'wraps-fast', clip: fastClip },
      ],
    });
    try {
      const running = ['wraps', 'wraps-fast'].map((path) => connect(wrapping.url(path)));
      const sixSeconds = ({ ring }: { ring: GopRing }) => (ring.newest?.lastCaptureMs ?? 0) - (ring.oldest?.firstCaptureMs ?? 0) >= 6000;
      await waitFor(() => running.every(sixSeconds), { timeoutMs: 25_000 });
      for (const { errorsMs, discontinuities, session } of running) {
        expect(p95(errorsMs)).toBeLessThanOrEqual(80);
        expect(discontinuities).not.toContain('clock-jump');
        expect(session.reconnects).toBe(0);
      }
      await Promise.all(running.map(({ session }) => session.close()));
    } finally {
      await wrapping.close();
    }
  });
});

describe('a camera in trouble', () => {
  it('that goes silent is noticed, told, and connected anew; its neighbour notices nothing', async () => {
    const neighbour = connect(simulator.url('neighbour'));
    const { session, ring, discontinuities } = connect(simulator.url('stalls'), { stallMs: 600, firstPictureMs: 1500 });
    await waitFor(() => session.state === 'online' && neighbour.session.state === 'online');
    simulator.stall('stalls');
    await waitFor(() => session.problem?.code === 'INGEST_CAMERA_STALLED');
    expect(session.state).toBe('offline');
    simulator.resume('stalls');
    await waitFor(() => session.state === 'online', { timeoutMs: 15_000 });
    expect(session.problem).toBeNull();
    expect(discontinuities.at(-1)).toMatch(/reconnect|loop-seam/);
    expect(ring.newest?.epoch).toBeGreaterThan(1);
    expect(neighbour.session.reconnects).toBe(0);
    expect(neighbour.ring.newest?.epoch).toBe(1);
  });

  it('that sends a picture now and then is not connected anew for ever', async () => {
    const { session, ring, errorsMs } = connect(simulator.url('slow'), { stallMs: 400, firstPictureMs: 500 });
    await waitFor(() => ring.length >= 5, { timeoutMs: 25_000 });
    expect(session.state).toBe('online');
    expect(session.reconnects).toBeLessThanOrEqual(2);
    expect(p95(errorsMs)).toBeLessThanOrEqual(80);
  });

  it('whose password is right is opened, also with characters that URLs reserve', async () => {
    const { session, ring } = connect(simulator.url('locked'), { openCredentials: () => 'admin:pass/w@rd' });
    await waitFor(() => session.state === 'online');
    expect(ring.newest?.init.codec).toMatch(/^avc1\./);
  });

  it('gets its sealed credentials named when they cannot be opened', async () => {
    const fails = () => {
      throw new Error('key');
    };
    const { session } = connect(simulator.url('locked'), { openCredentials: fails });
    await waitFor(() => session.problem);
    expect(session.problem?.code).toBe('INGEST_CREDENTIALS_UNREADABLE');
  });
});

describe('a wrong URL', () => {
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });

  async function listening(answer: (socket: Socket) => void): Promise<number> {
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      answer(socket);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as { port: number }).port;
  }

  const cases: { name: string; code: string; url: () => string | Promise<string>; credentials?: string }[] = [
    { name: 'a wrong password', code: 'INGEST_CAMERA_UNAUTHORIZED', url: () => simulator.url('locked'), credentials: 'admin:wrong-secret' },
    { name: 'no password', code: 'INGEST_CAMERA_UNAUTHORIZED', url: () => simulator.url('locked') },
    { name: 'a wrong path', code: 'INGEST_CAMERA_NOT_FOUND', url: () => simulator.url('tcp').replace(/tcp$/, 'no-such') },
    { name: 'an unreachable network', code: 'INGEST_CAMERA_UNREACHABLE', url: () => 'rtsp://255.255.255.255/a' },
    { name: 'an unknown host', code: 'INGEST_CAMERA_HOST_UNKNOWN', url: () => 'rtsp://no-such-host.invalid/a' },
    {
      name: 'a port where nothing listens',
      code: 'INGEST_CAMERA_REFUSED',
      url: async () => {
        const server = createServer();
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        const { port } = server.address() as { port: number };
        await new Promise((resolve) => server.close(resolve));
        return `rtsp://127.0.0.1:${port}/a`;
      },
    },
    {
      name: 'a web server',
      code: 'INGEST_CAMERA_NOT_RTSP',
      url: async () =>
        `rtsp://127.0.0.1:${await listening((socket) => socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'))}/a`,
    },
    {
      name: 'a server that never answers',
      code: 'INGEST_CAMERA_STALLED',
      url: async () => `rtsp://127.0.0.1:${await listening(() => undefined)}/a`,
    },
  ];

  it('is told apart by its code, with the mend, without credentials', async () => {
    const attempts = await Promise.all(
      cases.map(async ({ url, credentials, ...row }) => ({
        ...row,
        session: connect(await url(), { openCredentials: () => credentials ?? null, firstPictureMs: 4800 }).session,
      })),
    );
    await waitFor(() => attempts.every(({ session }) => session.problem), { timeoutMs: 15_000 });
    expect(attempts.map(({ name, session }) => `${name}: ${session.problem?.code}`)).toEqual(
      cases.map(({ name, code }) => `${name}: ${code}`),
    );
    for (const { session } of attempts) {
      expect(session.state).toBe('offline');
      expect(session.problem?.message).toMatch(/: (enter|correct|check|connecting|choose)/);
      expect(session.problem?.message).not.toContain('secret');
    }
  });
});
