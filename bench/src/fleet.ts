import { buckets, parseCamera } from '@safecity/contracts';
import { type ClipFile, forkCameraSimulator } from '@safecity/fixtures';
import { connectBus, type Logger } from '@safecity/platform';
import { LatencyProbe, type Lateness, lateness } from './latency-probe.js';
import { pause, until } from './pause.js';
import type { MeasuredService } from './pipeline.js';
import { costPerCameraSecond, cpuByStage } from './process-cpu.js';

export interface FleetBenchOptions {
  modelId: string;
  fps: number;
  /** Each camera's recording, by camera id. */
  quiet: Record<string, ClipFile>;
  busy: Record<string, ClipFile>;
  /** Measured time after every camera is served and the quiet ones have settled, s. */
  seconds: number;
  logger: Logger;
  start: () => Promise<MeasuredService>;
}

export interface FleetBenchResult {
  /** Cameras with detections within the measured time, of all. */
  served: number;
  cameras: number;
  /** Capture to detection on the bus. */
  busy: Lateness;
  quiet: Lateness;
  /** Detections per camera and second. */
  busyFps: number;
  quietFps: number;
  /** CPU seconds a second of the whole service, by stage; the simulator is not counted. */
  stages: Record<string, number>;
  total: number;
}

/** A camera is decoded in full for its first seconds by design. */
const SETTLE_MS = 12_000;

/** Many quiet cameras and a few busy ones on one service: is each served, and how late are the busy ones? */
export async function benchFleet(options: FleetBenchOptions): Promise<FleetBenchResult> {
  const clips = { ...options.quiet, ...options.busy };
  const ids = Object.keys(clips);
  const simulator = await forkCameraSimulator({ cameras: Object.entries(clips).map(([path, clip]) => ({ path, clip })) });
  const service = await options.start();
  const bus = await connectBus({ url: service.natsUrl, name: 'bench', logger: options.logger });
  const probe = new LatencyProbe(bus);
  try {
    const kv = await bus.kv(buckets.cameras);
    for (const id of ids) {
      const detection = { modelId: options.modelId, targetFps: options.fps, minScore: 0.35, decode: 'adaptive' };
      await kv.put(id, JSON.stringify(parseCamera({ id, name: id, simulated: true, source: { url: simulator.url(id) }, detection })));
    }
    await until(() => ids.every((id) => probe.detections.has(id)), 'detections of every camera', 120_000);
    await pause(SETTLE_MS);
    probe.clear();
    const before = cpuByStage(service.pids);
    const startMs = performance.now();
    await pause(options.seconds * 1000);
    const seconds = (performance.now() - startMs) / 1000;
    const stages = costPerCameraSecond(before, cpuByStage(service.pids), seconds);
    const of = (group: Record<string, ClipFile>) => Object.keys(group).flatMap((id) => probe.detections.get(id) ?? []);
    const fps = (group: Record<string, ClipFile>) => of(group).length / seconds / Math.max(1, Object.keys(group).length);
    return {
      served: probe.detections.size,
      cameras: ids.length,
      busy: lateness(of(options.busy)),
      quiet: lateness(of(options.quiet)),
      busyFps: fps(options.busy),
      quietFps: fps(options.quiet),
      stages,
      total: Object.values(stages).reduce((sum, value) => sum + value, 0),
    };
  } finally {
    probe.close();
    await bus.close();
    await service.stop();
    await simulator.close();
  }
}
