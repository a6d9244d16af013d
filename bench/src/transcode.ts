import { buckets, decodeLiveMessage, type IngestWorker, parseCamera } from '@safecity/contracts';
import { type ClipFile, forkCameraSimulator } from '@safecity/fixtures';
import { type Bus, connectBus, issueInternalToken, type Logger, loadOrCreateKey } from '@safecity/platform';
import WebSocket from 'ws';
import { type Lateness, lateness } from './latency-probe.js';
import { pause, until } from './pause.js';
import type { MeasuredService } from './pipeline.js';
import { costPerCameraSecond, cpuByStage } from './process-cpu.js';

export interface TranscodeBenchOptions {
  clip: ClipFile;
  /** Cameras watched at a time, one viewer each. */
  cameras: number;
  /** Measured time after every viewer has got pictures and some have passed, s. */
  seconds: number;
  logger: Logger;
  /** Starts ingest alone: no model, so nothing else is decoded. */
  start: () => Promise<MeasuredService>;
}

export interface TranscodeBenchResult {
  /** CPU seconds per camera-second of the transcoding processes, and of ingest itself. */
  transcode: number;
  ingest: number;
  picturesPerSecond: number;
  kilobitsPerSecond: number;
  /** Capture to arrival at the viewer. */
  lateness: Lateness;
  /** From asking to the first picture, each viewer, ms. */
  firstPictureMs: number[];
}

const SETTLE_MS = 5000;
const TOKEN_MS = 60_000;

/** One viewer: how late its pictures were, ms, and their bytes. */
interface Watched {
  socket: WebSocket;
  latenessMs: number[];
  bytes: number;
  firstPictureMs: number | null;
}

function watch(address: string, cameraId: string, key: Buffer): Watched {
  const headers = { authorization: `Bearer ${issueInternalToken(key, `live:${cameraId}`, TOKEN_MS)}` };
  const socket = new WebSocket(`${address.replace('http', 'ws')}/cameras/${cameraId}/live?as=mpeg1`, { headers });
  const watched: Watched = { socket, latenessMs: [], bytes: 0, firstPictureMs: null };
  const askedMs = performance.now();
  socket.on('message', (message: Buffer) => {
    const { header } = decodeLiveMessage(message);
    if (header.type !== 'fragment') return;
    watched.firstPictureMs ??= performance.now() - askedMs;
    watched.latenessMs.push(Date.now() - header.captureMs);
    watched.bytes += message.length;
  });
  return watched;
}

/** Adds the cameras and waits until ingest is connected to each; the address of its internal HTTP. */
async function connectCameras(bus: Bus, urls: Record<string, string>): Promise<string> {
  const kv = await bus.kv(buckets.cameras);
  for (const [id, url] of Object.entries(urls))
    await kv.put(id, JSON.stringify(parseCamera({ id, name: id, simulated: true, source: { url } })));
  const workers = await bus.kv(buckets.ingestWorkers, { ttlMs: 6000 });
  const worker = await workers.get('ingest-1');
  if (!worker) throw new Error('ingest has not announced itself: look at its log');
  const { address } = worker.json<IngestWorker>();
  for (let online = 0; online < Object.keys(urls).length; await pause(200)) {
    const { cameras } = (await (await fetch(`${address}/health`)).json()) as { cameras: { state: string }[] };
    online = cameras.filter(({ state }) => state === 'online').length;
  }
  return address;
}

/** What a transcode for browsers costs, and how late its pictures are. */
export async function benchTranscode(options: TranscodeBenchOptions): Promise<TranscodeBenchResult> {
  const ids = Array.from({ length: options.cameras }, (_, index) => `transcoded-${index}`);
  const simulator = await forkCameraSimulator({ cameras: ids.map((path) => ({ path, clip: options.clip })) });
  const service = await options.start();
  const bus = await connectBus({ url: service.natsUrl, name: 'bench', logger: options.logger });
  try {
    const address = await connectCameras(bus, Object.fromEntries(ids.map((id) => [id, simulator.url(id)])));
    const key = loadOrCreateKey(service.keyFile);
    const watched = ids.map((id) => watch(address, id, key));
    await until(() => watched.every(({ firstPictureMs }) => firstPictureMs !== null), 'a picture of every camera');
    await pause(SETTLE_MS);
    for (const each of watched) Object.assign(each, { latenessMs: [], bytes: 0 });
    const before = cpuByStage(service.pids);
    const startMs = performance.now();
    await pause(options.seconds * 1000);
    const cameraSeconds = ((performance.now() - startMs) / 1000) * ids.length;
    const { decode = 0, ingest = 0 } = costPerCameraSecond(before, cpuByStage(service.pids), cameraSeconds);
    for (const { socket } of watched) socket.terminate();
    return { transcode: decode, ingest, ...figuresOf(watched, cameraSeconds) };
  } finally {
    await bus.close();
    await service.stop();
    await simulator.close();
  }
}

function figuresOf(watched: Watched[], cameraSeconds: number): Omit<TranscodeBenchResult, 'transcode' | 'ingest'> {
  const all = watched.flatMap(({ latenessMs }) => latenessMs);
  const bytes = watched.reduce((sum, each) => sum + each.bytes, 0);
  return {
    picturesPerSecond: all.length / cameraSeconds,
    kilobitsPerSecond: (bytes * 8) / 1000 / cameraSeconds,
    lateness: lateness(all),
    firstPictureMs: watched.map(({ firstPictureMs }) => firstPictureMs ?? Number.NaN),
  };
}
