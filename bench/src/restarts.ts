import { setTimeout as pause } from 'node:timers/promises';
import { buckets, DetectionsFrame, matches, parseCamera, streams } from '@safecity/contracts';
import { type ClipFile, forkCameraSimulator } from '@safecity/fixtures';
import { connectBus, type Logger } from '@safecity/platform';
import type { MeasuredService } from './pipeline.js';
import { percentile } from './statistics.js';

export interface RestartsOptions {
  clip: ClipFile;
  modelId: string;
  /** Restarts of each camera. */
  restarts: number;
  logger: Logger;
  start: () => Promise<MeasuredService>;
  onProgress: (text: string) => void;
}

/** From the moment the camera answers again to the first detection of a picture taken after it, ms. */
export interface RestartsResult {
  transport: 'tcp' | 'udp';
  p50: number;
  p95: number;
  worst: number;
  /** Restarts after which no detection came within a minute. */
  missing: number;
  allMs: number[];
}

const TRANSPORTS = ['tcp', 'udp'] as const;
const LIMIT_MS = 60_000;
/** How long a camera is away: from a hiccup to a boot. */
const AWAY_MS = [200, 1000, 3000, 6000, 12_000];

/** Restarts a camera over TCP and one over UDP again and again, both at once. */
export async function benchRestarts(options: RestartsOptions): Promise<RestartsResult[]> {
  const simulator = await forkCameraSimulator({ cameras: TRANSPORTS.map((path) => ({ path, clip: options.clip })) });
  const service = await options.start();
  const bus = await connectBus({ url: service.natsUrl, name: 'bench', logger: options.logger });
  const newest = new Map<string, number>();
  bus.nc.subscribe(streams.detections.subjects[0], {
    callback: (_error, message) => {
      const frame: unknown = JSON.parse(new TextDecoder().decode(message.data));
      if (matches(DetectionsFrame, frame)) newest.set(frame.cameraId, frame.capturedAtMs);
    },
  });
  const detected = async (path: string, sinceMs: number, limitMs: number): Promise<number | null> => {
    while ((newest.get(path) ?? 0) < sinceMs) {
      if (Date.now() > sinceMs + limitMs) return null;
      await pause(5);
    }
    return Date.now() - sinceMs;
  };
  const measure = async (transport: (typeof TRANSPORTS)[number]): Promise<RestartsResult> => {
    const allMs: number[] = [];
    let missing = 0;
    await detected(transport, Date.now(), LIMIT_MS);
    for (let index = 0; index < options.restarts; index++) {
      const awayMs = AWAY_MS[index % AWAY_MS.length] as number;
      await simulator.restart(transport, awayMs);
      const answersAtMs = Date.now() + awayMs;
      const tookMs = await detected(transport, answersAtMs, LIMIT_MS);
      if (tookMs === null) missing++;
      else allMs.push(Math.round(tookMs));
      options.onProgress(
        `${transport}: restart ${index + 1} of ${options.restarts}, ${tookMs === null ? 'nothing' : `${Math.round(tookMs)} ms`}`,
      );
      await pause(500);
    }
    return { transport, p50: percentile(allMs, 50), p95: percentile(allMs, 95), worst: Math.max(...allMs), missing, allMs };
  };
  try {
    const kv = await bus.kv(buckets.cameras);
    for (const transport of TRANSPORTS) {
      const source = { url: simulator.url(transport), transport };
      const camera = parseCamera({ id: transport, name: transport, simulated: true, source, detection: { modelId: options.modelId } });
      await kv.put(transport, JSON.stringify(camera));
    }
    return await Promise.all(TRANSPORTS.map(measure));
  } finally {
    await bus.close();
    await service.stop();
    await simulator.close();
  }
}
