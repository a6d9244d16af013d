import { buckets, type CameraConfig, parseCamera } from '@safecity/contracts';
import { type ClipFile, forkCameraSimulator } from '@safecity/fixtures';
import { type Bus, connectBus, type Logger } from '@safecity/platform';
import { BareSession, decodeCost } from './bound.js';
import { LatencyProbe, type Lateness, lateness } from './latency-probe.js';
import { pause, until } from './pause.js';
import type { PeerResult } from './peer-opencv.js';
import { costPerCameraSecond, cpuByStage } from './process-cpu.js';
import { median } from './statistics.js';

/** The service under measurement: bus, inference, ingest and rules, each in a process of its own. */
export interface MeasuredService {
  natsUrl: string;
  /** Key of its internal tokens. */
  keyFile: string;
  /** Role → process id. */
  pids: Record<string, number>;
  stop(): Promise<void>;
}

export interface PipelineBenchOptions {
  clip: ClipFile;
  model: { modelId: string; path: string; widthPx: number; heightPx: number };
  fps: number;
  cameras: number;
  /** Cameras have a privacy mask: their video is encoded anew. */
  masked: boolean;
  /** Measured time of ours in one run, and most of the recording that bound and peer take in one, s. */
  seconds: number;
  runs: number;
  logger: Logger;
  start: () => Promise<MeasuredService>;
  /** Runs the peer over the first seconds of the recording; undefined when it cannot run here. */
  peer: ((seconds: number) => Promise<PeerResult>) | undefined;
  onProgress: (text: string) => void;
}

/** CPU seconds per camera-second of one run: ours, then the bound, then the peer, at the rate that ours achieved. */
export interface PipelineRun {
  /** By stage; the simulator is not counted. */
  stages: Record<string, number>;
  ours: number;
  /** Frames through detection per camera and second; under load fewer than wanted. Bound and peer are charged for as many. */
  achievedFps: number;
  /** Decoding and scaling, and bare runs of the model one after the other on warm caches. */
  bound: { decode: number; inference: number; total: number };
  /** The same with the runs spread over time as the cameras' pictures come, which finds colder caches. */
  pacedBound: number;
  peer: number | null;
}

export interface PipelineBenchResult {
  runs: PipelineRun[];
  /** Medians of the runs. */
  stages: Record<string, number>;
  ours: number;
  bound: number;
  pacedBound: number;
  peer: number | null;
  achievedFps: number;
  /** Medians of the runs' own ratios. */
  oursOverBound: number;
  oursOverPacedBound: number;
  peerOverOurs: number | null;
  captureToDetectionMs: Lateness;
  /** Measured after the runs, with a rule that every walker and vehicle meets. */
  captureToAlertMs: Lateness;
}

/** A quarter of the picture. */
const MASK = [
  [0.5, 0],
  [1, 0],
  [1, 0.5],
  [0.5, 0.5],
];
const NEVER_MS = 86_400_000;
const SETTLE_FRAMES_S = 2;
/** A service runs for months: its first half minute, in which its code is compiled, is not measured. */
const WARM_UP_S = 30;

/**
 * While cost is measured, a rule is judged on each picture and never met: evidence of alerts that nobody would raise by the
 * second is no part of a camera's cost.
 */
function benchCamera(id: string, url: string, options: PipelineBenchOptions, dwellMs: number): CameraConfig {
  const corners = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ];
  const rule = { id: 'anything', name: 'anything', type: 'intrusion', zoneId: 'all', minTrackAgeMs: 0, repeatMs: 0 };
  return parseCamera({
    id,
    name: id,
    simulated: true,
    source: { url },
    detection: { modelId: options.model.modelId, targetFps: options.fps, minScore: 0.35, decode: 'always' },
    zones: [{ id: 'all', name: 'all', polygon: corners }],
    ...(options.masked ? { privacyMasks: [{ id: 'mask', name: 'mask', polygon: MASK }] } : {}),
    rules: [{ ...rule, dwellMs, classes: ['person', 'road-vehicle'] }],
  });
}

interface Bench {
  options: PipelineBenchOptions;
  service: MeasuredService;
  probe: LatencyProbe;
  session: BareSession;
  /** Puts the cameras into service; a walker or vehicle that stays for `dwellMs` raises an alert. */
  putCameras(dwellMs: number): Promise<void>;
  removeCameras(): Promise<void>;
}

async function settled({ options, probe }: Bench): Promise<void> {
  probe.clear();
  await until(() => probe.frames >= options.cameras * options.fps * SETTLE_FRAMES_S, 'detections');
}

async function measureOurs(bench: Bench, latencies: number[]): Promise<Pick<PipelineRun, 'stages' | 'ours' | 'achievedFps'>> {
  const { options, probe, service } = bench;
  await bench.putCameras(NEVER_MS);
  await settled(bench);
  probe.clear();
  const before = cpuByStage(service.pids);
  const startMs = performance.now();
  await pause(options.seconds * 1000);
  const cameraSeconds = ((performance.now() - startMs) / 1000) * options.cameras;
  const stages = costPerCameraSecond(before, cpuByStage(service.pids), cameraSeconds);
  const achievedFps = probe.frames / cameraSeconds;
  for (const list of probe.detections.values()) latencies.push(...list);
  await bench.removeCameras();
  return { stages, ours: Object.values(stages).reduce((sum, value) => sum + value, 0), achievedFps };
}

async function measureRun(bench: Bench, latencies: number[]): Promise<PipelineRun> {
  const { clip, model, fps, cameras, seconds, peer } = bench.options;
  const ours = await measureOurs(bench, latencies);
  const rate = ours.achievedFps;
  const decode = await decodeCost(clip.path, model, fps, seconds);
  const inference = rate * (await bench.session.runCost());
  const pacedBound = decode + rate * (await bench.session.runCost({ everyMs: 1000 / (rate * cameras) }));
  const other = peer ? await peer(seconds) : undefined;
  const atFullRate = (cost: PeerResult) => cost.cpuSecondsPerCameraSecond - cost.perFrame * (cost.fps - rate);
  return { ...ours, bound: { decode, inference, total: decode + inference }, pacedBound, peer: other ? atFullRate(other) : null };
}

async function measureAlerts(bench: Bench): Promise<Lateness> {
  await bench.putCameras(0);
  await settled(bench);
  bench.probe.clear();
  await pause(bench.options.seconds * 1000);
  return lateness(bench.probe.alerts);
}

function summary(runs: PipelineRun[], latencies: number[], captureToAlertMs: Lateness): PipelineBenchResult {
  const names = [...new Set(runs.flatMap(({ stages }) => Object.keys(stages)))];
  const of = (value: (run: PipelineRun) => number) => median(runs.map(value));
  const hasPeer = runs.every(({ peer }) => peer !== null);
  return {
    runs,
    stages: Object.fromEntries(names.map((name) => [name, of(({ stages }) => stages[name] ?? 0)])),
    ours: of(({ ours }) => ours),
    bound: of(({ bound }) => bound.total),
    pacedBound: of(({ pacedBound }) => pacedBound),
    peer: hasPeer ? of(({ peer }) => peer as number) : null,
    achievedFps: of(({ achievedFps }) => achievedFps),
    oursOverBound: of(({ ours, bound }) => ours / bound.total),
    oursOverPacedBound: of(({ ours, pacedBound }) => ours / pacedBound),
    peerOverOurs: hasPeer ? of(({ peer, ours }) => (peer as number) / ours) : null,
    captureToDetectionMs: lateness(latencies),
    captureToAlertMs,
  };
}

/** Runs the live service on simulated cameras and, turn by turn with it, the bound and the peer on the same recording. */
export async function benchPipeline(options: PipelineBenchOptions): Promise<PipelineBenchResult> {
  const paths = Array.from({ length: options.cameras }, (_, index) => `bench-${index}`);
  const simulator = await forkCameraSimulator({ cameras: paths.map((path) => ({ path, clip: options.clip })) });
  const service = await options.start();
  const bus: Bus = await connectBus({ url: service.natsUrl, name: 'bench', logger: options.logger });
  const probe = new LatencyProbe(bus);
  const session = await BareSession.open(options.model);
  try {
    const kv = await bus.kv(buckets.cameras);
    const putCameras = async (dwellMs: number) => {
      for (const path of paths) await kv.put(path, JSON.stringify(benchCamera(path, simulator.url(path), options, dwellMs)));
    };
    const removeCameras = async () => {
      for (const path of paths) await kv.delete(path);
      await pause(1000);
    };
    const bench: Bench = { options, service, probe, session, putCameras, removeCameras };
    await putCameras(NEVER_MS);
    await settled(bench);
    await pause(WARM_UP_S * 1000);
    const runs: PipelineRun[] = [];
    const latencies: number[] = [];
    while (runs.length < options.runs) {
      runs.push(await measureRun(bench, latencies));
      const { ours, bound, peer } = runs.at(-1) as PipelineRun;
      const ratios = `ours / bound ${(ours / bound.total).toFixed(2)}${peer === null ? '' : `, peer / ours ${(peer / ours).toFixed(2)}`}`;
      options.onProgress(`run ${runs.length} of ${options.runs}: ${ratios}`);
    }
    return summary(runs, latencies, await measureAlerts(bench));
  } finally {
    probe.close();
    await session.close();
    await bus.close();
    await service.stop();
    await simulator.close();
  }
}
