import { cpus } from 'node:os';
import { benchPipeline, decodeCost, type PipelineBenchResult, peerMissing, runOpencvPeer, sessionRunCost } from '@safecity/bench';
import { SafecityError } from '@safecity/contracts';
import { fetchClip } from '@safecity/fixtures';
import { probeVideo } from '@safecity/ingest';
import { prepareModel } from '@safecity/models';
import { createLogger, type Logger } from '@safecity/platform';
import { temporaryDirectory } from '@safecity/platform/testing';
import type { Command } from 'commander';
import { openLog } from '../log-file.js';
import { Progress } from '../progress.js';
import { startServices } from '../services.js';
import { registerBenchAdaptive } from './bench-adaptive.js';
import { registerBenchRestarts } from './bench-restarts.js';
import { registerBenchRules } from './bench-rules.js';
import { registerBenchSoak } from './bench-soak.js';

interface BenchOptions {
  clip: string;
  model: string;
  fps: string;
  cameras: string;
  seconds: string;
  runs: string;
}

/** Figures of one run of `safecity bench pipeline`, CPU seconds per camera-second unless the name says otherwise. */
interface Report {
  machine: string;
  clip: string;
  model: string;
  fps: number;
  ours: PipelineBenchResult;
  /** Decoding and scaling, and `fps` bare runs of the model: nothing that decodes every picture can cost less. */
  bound: { decode: number; inference: number; total: number };
  peer: { name: string; total: number } | { name: string; missing: string };
}

export function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new SafecityError('CLI_USAGE', `--${name} ${text} must be a number above 0`);
}

async function startMeasured(modelId: string, logger: Logger) {
  const directory = temporaryDirectory('bench');
  const services = await startServices({
    roles: ['inference', 'ingest', 'rules'],
    dataDir: directory.path,
    host: '127.0.0.1',
    port: 0,
    modelIds: [modelId],
    natsUrl: undefined,
    databaseUrl: undefined,
    logger,
    log: openLog(`${directory.path}/log`),
  });
  return {
    natsUrl: services.natsUrl,
    pids: services.pids(),
    stop: async () => {
      await services.stop();
      directory.remove();
    },
  };
}

const PEER = "OpenCV VideoCapture + cv2.dnn + IoU tracker (Debian's python3-opencv)";

async function peerCost(clip: string, fps: number, modelId: string): Promise<Report['peer']> {
  const peersDir = process.env['SAFECITY_PEERS_DIR'];
  const modelsDir = process.env['SAFECITY_MODELS_DIR'];
  const missing = modelId === 'yolox-nano' ? peerMissing(peersDir, modelsDir) : 'the peer runs yolox-nano only: use --model yolox-nano';
  if (missing !== undefined) return { name: PEER, missing };
  const scratch = temporaryDirectory('peer');
  try {
    const result = await runOpencvPeer({
      peersDir: peersDir as string,
      modelsDir: modelsDir as string,
      clip,
      fps,
      scratchDir: scratch.path,
    });
    return { name: PEER, total: result.cpuSecondsPerCameraSecond };
  } finally {
    scratch.remove();
  }
}

function table(report: Report): string {
  const { ours, bound, peer } = report;
  const row = (name: string, value: number) => `  ${name.padEnd(44)} ${value.toFixed(4)}`;
  const ms = ({ p50, p95, count }: { p50: number; p95: number; count: number }) =>
    count === 0 ? 'none' : `p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms (${count})`;
  return [
    `${report.machine}`,
    `${report.clip}, ${report.model}, ${report.fps} fps wanted, ${ours.achievedFps.toFixed(2)} fps achieved per camera`,
    'CPU seconds per camera-second',
    ...Object.entries(ours.stages).map(([stage, value]) => row(stage, value)),
    row('all of ours', ours.total),
    row('bound: decode + scale', bound.decode),
    row('bound: bare session.run', bound.inference),
    row('bound', bound.total),
    `  ours / bound ${(ours.total / bound.total).toFixed(2)}`,
    'total' in peer
      ? `${row('peer', peer.total)}\n  peer / ours ${(peer.total / ours.total).toFixed(2)}  (${peer.name})`
      : `  peer not run: ${peer.missing}`,
    `capture to detection on the bus: ${ms(ours.captureToDetectionMs)}`,
    `capture to alert on the bus:     ${ms(ours.captureToAlertMs)}`,
    '',
  ].join('\n');
}

async function bench(options: BenchOptions): Promise<void> {
  const progress = new Progress();
  const fps = positive('fps', options.fps);
  const model = await prepareModel(options.model, { onProgress: (text) => progress.step(text) });
  const clip = await fetchClip(options.clip, { onProgress: ({ clipId, phase }) => progress.step(`${clipId}: ${phase}`) });
  const { durationMs } = await probeVideo(clip.path);
  const logger = createLogger('bench', { write: () => undefined });
  const ours = await benchPipeline({
    clip,
    modelId: model.modelId,
    fps,
    cameras: positive('cameras', options.cameras),
    seconds: positive('seconds', options.seconds),
    runs: positive('runs', options.runs),
    logger,
    start: () => startMeasured(model.modelId, logger),
    onProgress: (text) => progress.step(text),
  });
  const decode = await decodeCost(clip.path, model, fps, durationMs / 1000);
  const inference = fps * (await sessionRunCost(model.path, model));
  const report: Report = {
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}`,
    clip: options.clip,
    model: `${model.modelId} ${model.widthPx}x${model.heightPx}`,
    fps,
    ours,
    bound: { decode, inference, total: decode + inference },
    peer: await peerCost(clip.path, fps, options.model),
  };
  process.stderr.write(table(report));
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

export function registerBench(program: Command): void {
  const measurements = program.command('bench').description('measurements, each with a peer or a bound in the same run');
  registerBenchRules(measurements);
  registerBenchAdaptive(measurements, startMeasured);
  registerBenchRestarts(measurements, startMeasured);
  registerBenchSoak(measurements, startMeasured);
  measurements
    .command('pipeline')
    .description('CPU seconds per camera-second by stage, capture-to-alert latency, the OpenCV peer and the bare bound beside them')
    .option('--clip <id>', 'recording of the manifest', 'vtest')
    .option('--model <id>', 'model of the catalogue', 'nanodet-g')
    .option('--fps <n>', 'detections per camera and second', '5')
    .option('--cameras <n>', 'simulated cameras', '1')
    .option('--seconds <s>', 'length of one run', '15')
    .option('--runs <n>', 'runs; medians are printed', '3')
    .action(bench);
}
