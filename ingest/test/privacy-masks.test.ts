import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CameraConfig,
  decodeLiveMessage,
  deriveId,
  parseCamera,
  RECORDING_DEFAULTS,
  type Reservation,
  subjects,
} from '@safecity/contracts';
import { type CameraSimulator, generateClip, startCameraSimulator } from '@safecity/fixtures';
import { type Bus, connectBus, createLogger, issueInternalToken } from '@safecity/platform';
import { startTestNats, temporaryDirectory, waitFor } from '@safecity/platform/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { decodeFile } from '../src/decode/decode-file.js';
import { type RunningWorker, startIngestWorker } from '../src/worker.js';

const directory = temporaryDirectory('masks');
const logger = createLogger('test', { write: () => undefined });
const key = randomBytes(32);
const WIDTH = 320;
const HEIGHT = 180;
/** A triangle: its bounding box is not what may be painted. */
const MASK = {
  id: 'window',
  name: 'cửa sổ',
  polygon: [
    [0.1, 0.1],
    [0.6, 0.1],
    [0.1, 0.9],
  ] as [number, number][],
};
/** Compression smears the border, outwards and inwards, but knows nothing of what lay under the mask. */
const BORDER_PX = 6;

let nats: Awaited<ReturnType<typeof startTestNats>>;
let bus: Bus;
let simulator: CameraSimulator;
let worker: RunningWorker;

beforeAll(async () => {
  nats = await startTestNats();
  bus = await connectBus({ url: nats.url, name: 'test', logger });
  const common = { durationS: 2, fps: 10, gopS: 0.5, directory: directory.path };
  simulator = await startCameraSimulator({
    cameras: [
      { path: 'main', clip: await generateClip({ ...common, widthPx: WIDTH, heightPx: HEIGHT }) },
      { path: 'sub', clip: await generateClip({ ...common, widthPx: 160, heightPx: 90, codec: 'h265' }) },
    ],
  });
  const inference = { model: () => null, infer: async () => new Float32Array() };
  worker = await startIngestWorker({ bus, inference, key, dataDir: directory.path, workerId: 'ingest-1', logger, transcodes: 1 });
});
afterAll(async () => {
  await worker?.close();
  await simulator?.close();
  await bus?.close();
  await nats?.stop();
  directory.remove();
});

function camera(changes: Partial<CameraConfig>): CameraConfig {
  return parseCamera({ id: 'cam', name: 'cam', source: { url: simulator.url('main'), detectUrl: simulator.url('sub') }, ...changes });
}

async function put(config: CameraConfig): Promise<void> {
  await (await bus.kv('cameras')).put(config.id, JSON.stringify(config));
}

function get(path: string, scope: string): Promise<Response> {
  return fetch(`${worker.address}${path}`, { headers: { authorization: `Bearer ${issueInternalToken(key, scope, 5000)}` } });
}

async function bytesOf(path: string, scope: string): Promise<Buffer> {
  const answer = await get(path, scope);
  expect(answer.status, path).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
}

/** How far inside the triangle a pixel lies, px; negative outside. */
function depthPx(x: number, y: number): number {
  const [left, right, top, bottom] = [0.1 * WIDTH, 0.6 * WIDTH, 0.1 * HEIGHT, 0.9 * HEIGHT];
  const slope = (bottom - top) / (right - left);
  const hypotenuse = (bottom - (x - left) * slope - y) / Math.hypot(1, slope);
  return Math.min(x - left, y - top, hypotenuse);
}

/** The brightest pixel inside the mask and the mean outside it, 0..255, of packed RGB. */
function brightness(rgb: Buffer): { inside: number; outside: number } {
  let inside = 0;
  let sum = 0;
  let count = 0;
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const at = (y * WIDTH + x) * 3;
      const most = Math.max(rgb[at] ?? 0, rgb[at + 1] ?? 0, rgb[at + 2] ?? 0);
      const depth = depthPx(x + 0.5, y + 0.5);
      if (depth > BORDER_PX) inside = Math.max(inside, most);
      else if (depth < -BORDER_PX) {
        sum += most;
        count++;
      }
    }
  }
  return { inside, outside: sum / count };
}

async function ofJpeg(jpeg: Buffer) {
  return brightness(await sharp(jpeg).removeAlpha().raw().toBuffer());
}

/** Every picture of an MP4. */
async function ofVideo(mp4: Buffer) {
  const path = join(mkdtempSync(join(directory.path, 'video-')), 'video.mp4');
  writeFileSync(path, mp4);
  const found: ReturnType<typeof brightness>[] = [];
  for await (const { frame } of decodeFile({ path, widthPx: WIDTH, heightPx: HEIGHT, targetFps: 1000 })) found.push(brightness(frame));
  return found;
}

function expectMasked(pictures: { inside: number; outside: number }[]): void {
  expect(pictures.length).toBeGreaterThan(0);
  for (const { inside, outside } of pictures) {
    expect(inside).toBeLessThan(48);
    expect(outside).toBeGreaterThan(80);
  }
}

/** Init segment and the first fragments that a viewer gets. */
async function liveVideo(fragments: number): Promise<Buffer> {
  const authorization = `Bearer ${issueInternalToken(key, 'live:cam', 5000)}`;
  const socket = new WebSocket(`${worker.address.replace('http', 'ws')}/cameras/cam/live`, { headers: { authorization } });
  const parts: Buffer[] = [];
  socket.on('message', (message: Buffer) => parts.push(Buffer.from(decodeLiveMessage(message).payload)));
  await waitFor(() => parts.length > fragments, { timeoutMs: 10_000 });
  socket.close();
  return Buffer.concat(parts);
}

const newestStill = () => bytesOf('/cameras/cam/still', 'still:cam');
const online = () => waitFor(async () => (await get('/cameras/cam/still', 'still:cam')).status === 200, { timeoutMs: 10_000 });

describe('a camera with privacy masks', () => {
  it('shows what lies in them nowhere: live, still, evidence, clip, recording; not even what came before they were set', async () => {
    await put(camera({ revision: 1 }));
    await online();
    expect((await ofJpeg(await newestStill())).inside).toBeGreaterThan(80);
    const beforeMs = Date.now();
    const recording = { ...RECORDING_DEFAULTS, preRollS: 1, postRollS: 1, mode: 'continuous' } as const;
    await put(camera({ revision: 2, privacyMasks: [MASK], recording }));
    await waitFor(async () => (await get(`/cameras/cam/still?atMs=${beforeMs - 500}`, 'still:cam')).status === 404);
    await online();
    expectMasked([await ofJpeg(await newestStill())]);
    expectMasked(await ofVideo(await liveVideo(4)));
    const reservationId = deriveId('reservation', 'masks');
    const wanted = { action: 'reserve', reservationId, cameraId: 'cam', moments: [{ name: 'first', atMs: Date.now() }] };
    await bus.publishDurable(subjects.evidenceWanted('cam'), wanted, `${reservationId}:1`);
    const scope = `reservation:${reservationId}`;
    const reservation = await waitFor(
      async () => {
        const answer = (await (await get(`/reservations/${reservationId}`, scope)).json()) as Reservation;
        return answer.clips?.length ? answer : null;
      },
      { timeoutMs: 10_000 },
    );
    expect(reservation.failed).toEqual([]);
    expect(reservation.clips).toMatchObject([{ masked: true, codec: expect.stringMatching(/^avc1\./) }]);
    expectMasked([await ofJpeg(await bytesOf(`/reservations/${reservationId}/first.jpg`, scope))]);
    expectMasked(await ofVideo(await bytesOf(`/reservations/${reservationId}/clip-first.mp4`, scope)));
    const range = `fromMs=${beforeMs}&toMs=${Date.now()}`;
    expectMasked(await ofVideo(await bytesOf(`/cameras/cam/recording/span?${range}`, 'recording:cam')));
  }, 40_000);

  it('stays masked when it changes the size of its picture while it is connected', async () => {
    const larger = await generateClip({ durationS: 2, fps: 10, gopS: 0.5, directory: directory.path, widthPx: 480, heightPx: 270 });
    const fromMs = Date.now();
    await simulator.switchClip('main', larger);
    const path = `/cameras/cam/recording/span?fromMs=${fromMs}&toMs=${fromMs + 2000}`;
    const video = await waitFor(
      async () => {
        if (Date.now() < fromMs + 3000) return null;
        const answer = await get(path, 'recording:cam');
        return answer.status === 200 ? Buffer.from(await answer.arrayBuffer()) : null;
      },
      { timeoutMs: 10_000 },
    );
    const pictures = await ofVideo(video);
    expect(pictures.length).toBeGreaterThan(15);
    expectMasked(pictures);
  }, 20_000);
});
