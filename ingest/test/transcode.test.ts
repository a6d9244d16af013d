import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { decodeLiveMessage, type LiveHeader } from '@safecity/contracts';
import { type CameraSimulator, generateClip, startCameraSimulator } from '@safecity/fixtures';
import { createLogger, issueInternalToken } from '@safecity/platform';
import { temporaryDirectory, waitFor } from '@safecity/platform/testing';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { ClipCutter } from '../src/clips/clip-cutter.js';
import { createInternalHttp } from '../src/http/internal-http.js';
import { PieceTranscoder } from '../src/playback/piece-transcoder.js';
import { ProbeDesk } from '../src/probe/probe-desk.js';
import { GopRing } from '../src/ring/gop-ring.js';
import type { RingFragment } from '../src/ring/ring-fragment.js';
import { StreamSession } from '../src/session/stream-session.js';
import { fragmentedFile, ringOf } from '../src/testing/fragmented-file.js';
import { TranscodeDesk } from '../src/transcode/transcode-desk.js';
import { TranscodeSlots } from '../src/transcode/transcode-slots.js';

const directory = temporaryDirectory('transcodes');
const key = randomBytes(32);
const START = 1_700_000_000_000;
const lines: string[] = [];
const logger = createLogger('test', { write: (line) => void lines.push(line) });
const rings = new Map<string, GopRing>();
const sessions: StreamSession[] = [];
const sockets: WebSocket[] = [];
let simulator: CameraSimulator;
let desk: TranscodeDesk;
let http: FastifyInstance;
let address: string;

type Shown = { header: Extract<LiveHeader, { type: 'fragment' }>; packets: Uint8Array };

/** Each picture is one shade of grey that tells its number: luma 20 + 4 n; one group of pictures. */
async function shades(): Promise<GopRing> {
  const path = join(directory.path, 'shades.mp4');
  const source = "color=black:size=320x180:rate=10:duration=4,geq=lum='20+4*N':cb=128:cr=128";
  const codec = ['-c:v', 'libx265', '-x265-params', 'log-level=error:qp=10:keyint=100', '-tag:v', 'hvc1', '-pix_fmt', 'yuv420p'];
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...codec, path]);
  return ringOf(await fragmentedFile(path), START);
}

beforeAll(async () => {
  const clip = await generateClip({ widthPx: 1280, heightPx: 720, durationS: 2, gopS: 1, codec: 'h265', directory: directory.path });
  const cameras = ['cam1', 'cam2', 'cam3'];
  simulator = await startCameraSimulator({ cameras: cameras.map((path) => ({ path, clip })) });
  for (const path of cameras) {
    const ring = new GopRing();
    rings.set(path, ring);
    const source = { url: simulator.url(path), transport: 'tcp' as const };
    sessions.push(new StreamSession({ source, openCredentials: () => null, ring }));
  }
  rings.set('shades', await shades());
  desk = new TranscodeDesk({ slots: new TranscodeSlots(2), key, address: () => address, stuckAfterMs: 2000, logger });
  http = await createInternalHttp({
    key,
    camera: (id) => {
      const ring = rings.get(id);
      return ring ? { ring, simulated: false } : null;
    },
    still: () => Promise.reject(new Error('not asked for')),
    reservation: async () => null,
    reservedFile: async () => null,
    isMasked: () => false,
    recorder: { timeline: (_id, fromMs, toMs) => ({ fromMs, toMs, spans: [], gaps: [], locks: [] }), archiveOf: () => null },
    clips: new ClipCutter(),
    transcodes: desk,
    pieces: new PieceTranscoder({ slots: new TranscodeSlots(0), logger }),
    probes: new ProbeDesk({ key, networks: undefined }),
    health: () => desk.figures,
  });
  address = await http.listen({ host: '127.0.0.1', port: 0 });
  await waitFor(() => cameras.every((path) => rings.get(path)?.lastKeyframe()), { timeoutMs: 15_000 });
}, 60_000);
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await waitFor(() => desk.pids.length === 0);
});
afterAll(async () => {
  await desk?.close();
  await http?.close();
  await Promise.all(sessions.map((session) => session.close()));
  await simulator?.close();
  directory.remove();
});

function watch(cameraId: string, query = '?as=mpeg1') {
  const headers: LiveHeader[] = [];
  const shown: Shown[] = [];
  const authorization = `Bearer ${issueInternalToken(key, `live:${cameraId}`, 5000)}`;
  const socket = new WebSocket(`${address.replace('http', 'ws')}/cameras/${cameraId}/live${query}`, { headers: { authorization } });
  sockets.push(socket);
  const state = { headers, shown, socket, closed: null as { code: number; reason: string } | null };
  socket.on('error', () => undefined);
  socket.on('close', (code, reason) => {
    state.closed = { code, reason: reason.toString() };
  });
  socket.on('message', (message: Buffer) => {
    const { header, payload } = decodeLiveMessage(message);
    headers.push(header);
    if (header.type === 'fragment') shown.push({ header, packets: payload });
  });
  return state;
}

const streamOf = (shown: Shown[]) => Buffer.concat(shown.map(({ packets }) => packets));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a transcoded camera', () => {
  it('is MPEG-1 in a transport stream, bounded in size and rate, live', async () => {
    const viewer = watch('cam1');
    await waitFor(() => viewer.shown.length >= 30, { timeoutMs: 20_000 });
    expect(viewer.headers[0]).toMatchObject({
      type: 'init',
      codec: 'mpeg1video',
      transcodedFrom: expect.stringMatching(/^hvc1/),
      widthPx: 640,
      heightPx: 360,
      simulated: true,
    });
    const entries = 'stream=codec_name,width,height:format=format_name';
    const probed = spawnSync('ffprobe', ['-v', 'error', '-show_entries', entries, '-of', 'json', '-'], { input: streamOf(viewer.shown) });
    expect(JSON.parse(probed.stdout.toString())).toMatchObject({
      streams: [{ codec_name: 'mpeg1video', width: 640, height: 360 }],
      format: { format_name: 'mpegts' },
    });
    const times = viewer.shown.map(({ header }) => header.captureMs);
    expect(viewer.shown[0]?.header).toMatchObject({ key: true, discontinuity: true });
    expect(times.every((ms, index) => index === 0 || ms > (times[index - 1] as number))).toBe(true);
    // 25 a second come in, every second one goes out.
    const perSecond = ((times.length - 1) * 1000) / ((times.at(-1) as number) - (times[0] as number));
    expect(perSecond).toBeGreaterThan(11);
    expect(perSecond).toBeLessThanOrEqual(15);
    expect(Math.abs(Date.now() - (times.at(-1) as number))).toBeLessThan(10_000);
  });

  it('tells exactly when each picture was captured', async () => {
    const viewer = watch('shades');
    await waitFor(() => viewer.shown.length >= 30, { timeoutMs: 20_000 });
    const decode = ['-i', '-', '-vf', 'crop=2:2,extractplanes=y', '-fps_mode', 'passthrough', '-f', 'rawvideo', '-'];
    const luma = spawnSync('ffmpeg', ['-v', 'error', ...decode], { input: streamOf(viewer.shown) }).stdout;
    const startMs = rings.get('shades')?.oldest?.firstCaptureMs ?? 0;
    const numbers = viewer.shown.map(({ header }) => (header.captureMs - startMs) / 100);
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(luma.length / 4).toBeGreaterThanOrEqual(30);
    for (let index = 0; index < luma.length / 4; index++)
      expect((luma.readUInt8(index * 4) - 20) / 4, `picture ${index}`).toBeCloseTo(index, 0);
  });

  it('shares one process among its viewers, and the last one ends it', async () => {
    const first = watch('cam1');
    await waitFor(() => first.shown.length > 0, { timeoutMs: 20_000 });
    const pids = desk.pids;
    const second = watch('cam1');
    await waitFor(() => second.shown.length > 5);
    expect(pids).toHaveLength(1);
    expect(desk.pids).toEqual(pids);
    expect(desk.figures).toMatchObject({ running: 1, viewers: 2 });
    expect(second.shown[0]?.header.key).toBe(true);
    first.socket.close();
    const before = second.shown.length;
    await waitFor(() => second.shown.length > before + 5);
    expect(desk.pids).toEqual(pids);
    second.socket.close();
    await waitFor(() => !isAlive(pids[0] as number));
    expect(desk.figures).toMatchObject({ running: 0, viewers: 0 });
  });

  it('is refused beyond the bound, with a code, until another ends', async () => {
    const viewers = [watch('cam1'), watch('cam2')];
    await waitFor(() => viewers.every(({ shown }) => shown.length > 0), { timeoutMs: 20_000 });
    const third = watch('cam3');
    await waitFor(() => third.closed);
    expect(third.headers).toEqual([
      { type: 'refused', code: 'INGEST_TRANSCODE_EXHAUSTED', message: 'this worker transcodes at most 2 videos at a time' },
    ]);
    expect(third.closed).toEqual({ code: 1013, reason: 'INGEST_TRANSCODE_EXHAUSTED' });
    viewers[0]?.socket.close();
    await waitFor(() => desk.figures.running === 1);
    const again = watch('cam3');
    await waitFor(() => again.shown.length > 0, { timeoutMs: 20_000 });
    expect(desk.pids).toHaveLength(2);
  });

  it('goes on in a new process when its process dies', async () => {
    const viewer = watch('cam1');
    await waitFor(() => viewer.shown.length > 5, { timeoutMs: 20_000 });
    const [pid] = desk.pids;
    process.kill(pid as number, 'SIGKILL');
    await waitFor(() => viewer.headers.filter(({ type }) => type === 'init').length === 2);
    const before = viewer.shown.length;
    await waitFor(() => viewer.shown.length > before + 5, { timeoutMs: 20_000 });
    expect(viewer.shown[before]?.header).toMatchObject({ key: true, discontinuity: true });
    expect(desk.pids).not.toContain(pid);
  });

  it('goes on when the camera connects anew', async () => {
    const viewer = watch('cam2');
    await waitFor(() => viewer.shown.length > 5, { timeoutMs: 20_000 });
    const last = viewer.shown.at(-1)?.header.captureMs as number;
    simulator.drop('cam2');
    await waitFor(() => viewer.headers.filter(({ type }) => type === 'init').length === 2, { timeoutMs: 20_000 });
    const before = viewer.shown.length;
    await waitFor(() => viewer.shown.length > before + 5, { timeoutMs: 20_000 });
    expect(viewer.shown.at(-1)?.header.captureMs).toBeGreaterThan(last);
  });

  it('ends with its camera', async () => {
    const ring = await shades();
    rings.set('removed', ring);
    const viewer = watch('removed');
    await waitFor(() => viewer.shown.length > 0, { timeoutMs: 20_000 });
    const [pid] = desk.pids;
    ring.close();
    await waitFor(() => viewer.closed && !isAlive(pid as number));
    expect(desk.pids).toEqual([]);
  });

  it('is refused when what the camera sends cannot be decoded, and nothing of it gets to our log but a code', async () => {
    const ring = await shades();
    const good = ring.oldest as RingFragment;
    const damaged = { ...good, media: { ...good.media, data: Buffer.alloc(1000) } };
    rings.set('damaged', ring);
    const viewer = watch('damaged');
    await waitFor(() => {
      for (let i = 0; i < 10; i++) ring.append(damaged);
      return viewer.closed;
    });
    expect(viewer.headers.at(-1)).toMatchObject({ type: 'refused', code: 'INGEST_TRANSCODE_FAILED' });
    expect(lines.join('')).toContain('INGEST_TRANSCODE_FAILED');
  });
});

describe('its input', () => {
  it.each([
    { name: 'without a token', token: '' },
    { name: 'with a token of live view', token: issueInternalToken(key, 'live:cam1', 5000) },
    { name: 'with an expired token', token: issueInternalToken(key, 'transcode:cam1', -1) },
  ])('is not given out $name', async ({ token }) => {
    const answer = await fetch(`${address}/cameras/cam1/transcode-input?token=${token}`);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([401, 'INGEST_TOKEN_INVALID']);
  });

  it('is there only while the camera is transcoded, and once', async () => {
    const url = () => `${address}/cameras/cam1/transcode-input?token=${issueInternalToken(key, 'transcode:cam1', 5000)}`;
    expect((await fetch(url())).status).toBe(404);
    const viewer = watch('cam1');
    await waitFor(() => viewer.shown.length > 0, { timeoutMs: 20_000 });
    expect((await fetch(url())).status).toBe(404);
  });

  it('and its tokens are never logged', () => {
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join('')).not.toMatch(/token=\d/);
  });
});

describe('a form that does not exist', () => {
  it('is refused before the socket is upgraded', async () => {
    const viewer = watch('cam1', '?as=theora');
    const status = await new Promise((resolve) =>
      viewer.socket.on('unexpected-response', (_request, answer) => resolve(answer.statusCode)),
    );
    expect(status).toBe(400);
  });
});
