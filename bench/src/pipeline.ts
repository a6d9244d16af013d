import { AlertMessage, buckets, type CameraConfig, DetectionsFrame, matches, parseCamera, streams } from '@safecity/contracts';
import { type ClipFile, forkCameraSimulator } from '@safecity/fixtures';
import { type Bus, connectBus, type Logger } from '@safecity/platform';
import { costPerCameraSecond, cpuByStage } from './process-cpu.js';
import { median, percentile } from './statistics.js';

/** The service under measurement: bus, inference, ingest and rules, each in a process of its own. */
export interface MeasuredService {
  natsUrl: string;
  /** Role → process id. */
  pids: Record<string, number>;
  stop(): Promise<void>;
}

export interface PipelineBenchOptions {
  clip: ClipFile;
  modelId: string;
  fps: number;
  cameras: number;
  /** Measured time after everything runs, s. */
  seconds: number;
  runs: number;
  logger: Logger;
  start: () => Promise<MeasuredService>;
  onProgress: (text: string) => void;
}

export interface PipelineBenchResult {
  /** CPU seconds per camera-second by stage, medians of the runs; the simulator is not counted. */
  stages: Record<string, number>;
  total: number;
  /** Frames through detection per camera and second. */
  achievedFps: number;
  /** From the capture of a picture to its detections on the bus, ms. */
  captureToDetectionMs: { p50: number; p95: number; count: number };
  /** From the capture of the picture at which a rule was met to its alert on the bus, ms. */
  captureToAlertMs: { p50: number; p95: number; count: number };
}

/** A camera whose rule is met again and again: every walker or vehicle anywhere raises an alert of its own. */
function benchCamera(index: number, url: string, options: PipelineBenchOptions): CameraConfig {
  return parseCamera({
    id: `bench-${index}`,
    name: `bench ${index}`,
    simulated: true,
    source: { url },
    detection: { modelId: options.modelId, targetFps: options.fps, minScore: 0.35, decode: 'always' },
    zones: [
      {
        id: 'all',
        name: 'all',
        polygon: [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 1],
        ],
      },
    ],
    rules: [
      {
        id: 'anything',
        name: 'anything',
        type: 'intrusion',
        zoneId: 'all',
        dwellMs: 0,
        minTrackAgeMs: 0,
        repeatMs: 0,
        classes: ['person', 'road-vehicle'],
      },
    ],
  });
}

/** Listens to detections and alerts and keeps how late each was. */
class LatencyProbe {
  detections: number[] = [];
  alerts: number[] = [];
  readonly #findings = new Set<string>();
  readonly #subscriptions: { unsubscribe(): void }[];

  constructor(bus: Bus) {
    const listen = (subject: string, take: (value: unknown) => void) =>
      bus.nc.subscribe(subject, { callback: (_error, message) => take(JSON.parse(new TextDecoder().decode(message.data))) });
    this.#subscriptions = [
      listen(streams.detections.subjects[0], (value) => {
        if (matches(DetectionsFrame, value)) this.detections.push(Date.now() - value.capturedAtMs);
      }),
      listen(streams.alerts.subjects[0], (value) => {
        if (!matches(AlertMessage, value)) return;
        // An alert grows by one message with each finding that joins it, so every finding is timed once.
        for (const { id, raisedAtMs } of value.findings) if (!this.#findings.has(id)) this.alerts.push(Date.now() - raisedAtMs);
        for (const { id } of value.findings) this.#findings.add(id);
      }),
    ];
  }

  clear(): void {
    this.detections = [];
    this.alerts = [];
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

async function untilSteady(probe: LatencyProbe, frames: number): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (probe.detections.length < frames) {
    if (Date.now() > deadline) throw new Error('no detections within 60 s: look at the log of ingest');
    await pause(200);
  }
}

/** Runs the live service on simulated cameras and measures what it spends and how late it is. */
export async function benchPipeline(options: PipelineBenchOptions): Promise<PipelineBenchResult> {
  const paths = Array.from({ length: options.cameras }, (_, index) => `bench-${index}`);
  const simulator = await forkCameraSimulator({ cameras: paths.map((path) => ({ path, clip: options.clip })) });
  const service = await options.start();
  const bus = await connectBus({ url: service.natsUrl, name: 'bench', logger: options.logger });
  const probe = new LatencyProbe(bus);
  try {
    const kv = await bus.kv(buckets.cameras);
    for (const [index, path] of paths.entries()) await kv.put(path, JSON.stringify(benchCamera(index, simulator.url(path), options)));
    await untilSteady(probe, options.cameras * options.fps * 2);
    const runs: Record<string, number>[] = [];
    const rates: number[] = [];
    const detections: number[] = [];
    const alerts: number[] = [];
    for (let run = 0; run < options.runs; run++) {
      probe.clear();
      const before = cpuByStage(service.pids);
      const startMs = performance.now();
      await pause(options.seconds * 1000);
      const cameraSeconds = ((performance.now() - startMs) / 1000) * options.cameras;
      runs.push(costPerCameraSecond(before, cpuByStage(service.pids), cameraSeconds));
      rates.push(probe.detections.length / cameraSeconds);
      detections.push(...probe.detections);
      alerts.push(...probe.alerts);
      options.onProgress(`run ${run + 1} of ${options.runs}`);
    }
    const names = [...new Set(runs.flatMap((run) => Object.keys(run)))];
    const stages = Object.fromEntries(names.map((name) => [name, median(runs.map((run) => run[name] ?? 0))]));
    return {
      stages,
      total: median(runs.map((run) => Object.values(run).reduce((sum, value) => sum + value, 0))),
      achievedFps: median(rates),
      captureToDetectionMs: summary(detections),
      captureToAlertMs: summary(alerts),
    };
  } finally {
    probe.close();
    await bus.close();
    await service.stop();
    await simulator.close();
  }
}

function summary(values: number[]): { p50: number; p95: number; count: number } {
  return { p50: percentile(values, 50), p95: percentile(values, 95), count: values.length };
}
