import { cpus } from 'node:os';
import { benchPipeline, type Lateness, type PeerResult, type PipelineBenchResult, peerMissing, runOpencvPeer } from '@safecity/bench';
import { type ClipFile, fetchClip, generateClip } from '@safecity/fixtures';
import { prepareModel } from '@safecity/models';
import { createLogger, type Logger } from '@safecity/platform';
import { temporaryDirectory } from '@safecity/platform/testing';
import type { Command } from 'commander';
import { openLog } from '../log-file.js';
import { Progress } from '../progress.js';
import { startServices } from '../services.js';
import { registerBenchAdaptive } from './bench-adaptive.js';
import { registerBenchAlerts } from './bench-alerts.js';
import { registerBenchFuzz } from './bench-fuzz.js';
import { registerBenchInference } from './bench-inference.js';
import { registerBenchIngest } from './bench-ingest.js';
import { registerBenchPlates } from './bench-plates.js';
import { registerBenchPlayback } from './bench-playback.js';
import { registerBenchRestarts } from './bench-restarts.js';
import { registerBenchRules } from './bench-rules.js';
import { registerBenchSearch } from './bench-search.js';
import { registerBenchSoak } from './bench-soak.js';
import { registerBenchTranscode } from './bench-transcode.js';
import { positive } from './positive.js';

interface BenchOptions {
  clip: string;
  model: string;
  fps: string;
  cameras: string;
  masked?: boolean;
  seconds: string;
  runs: string;
}

/** What `safecity bench pipeline` prints, CPU seconds per camera-second unless the name says otherwise. */
interface Report {
  machine: string;
  clip: string;
  model: string;
  fps: number;
  cameras: number;
  result: PipelineBenchResult;
  peer: { name: string; missing?: string };
}

async function startMeasured(modelId: string | null, logger: Logger) {
  const directory = temporaryDirectory('bench');
  const services = await startServices({
    roles: modelId === null ? ['ingest'] : ['inference', 'ingest', 'rules'],
    dataDir: directory.path,
    host: '127.0.0.1',
    port: 0,
    modelIds: modelId === null ? [] : [modelId],
    natsUrl: undefined,
    databaseUrl: undefined,
    // The simulated cameras.
    cameraNetworks: '127.0.0.0/8',
    logger,
    log: openLog(`${directory.path}/log`),
  });
  return {
    natsUrl: services.natsUrl,
    keyFile: services.keyFile,
    pids: services.pids(),
    stop: async () => {
      await services.stop();
      directory.remove();
    },
  };
}

const PEER = "OpenCV VideoCapture + cv2.dnn + IoU tracker (Debian's python3-opencv)";

type Peer = { name: string } & ({ missing: string } | { run: (seconds: number) => Promise<PeerResult>; remove: () => void });

function openPeer(clip: string, fps: number, modelId: string): Peer {
  const peersDir = process.env['SAFECITY_PEERS_DIR'];
  const modelsDir = process.env['SAFECITY_MODELS_DIR'];
  const missing = modelId === 'yolox-nano' ? peerMissing(peersDir, modelsDir) : 'the peer runs yolox-nano only: use --model yolox-nano';
  if (missing !== undefined) return { name: PEER, missing };
  const scratch = temporaryDirectory('peer');
  const folders = { peersDir: peersDir as string, modelsDir: modelsDir as string, scratchDir: scratch.path };
  return { name: PEER, run: (seconds) => runOpencvPeer({ ...folders, clip, fps, seconds }), remove: () => scratch.remove() };
}

function table({ machine, clip, model, fps, cameras, result, peer }: Report): string {
  const row = (name: string, value: number) => `  ${name.padEnd(44)} ${value.toFixed(4)}`;
  const ratio = (name: string, value: number) => `  ${name.padEnd(44)} ${value.toFixed(2)}`;
  const ms = ({ p50, p95, count }: Lateness) => (count === 0 ? 'none' : `p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms (${count})`);
  const { stages, ours, bound, pacedBound, runs } = result;
  return [
    machine,
    `${clip} x ${cameras}, ${model}, ${fps} fps wanted, ${result.achievedFps.toFixed(2)} fps achieved per camera`,
    `CPU seconds per camera-second, medians of ${runs.length} runs; bound and peer at the rate that was achieved`,
    ...Object.entries(stages).map(([stage, value]) => row(stage, value)),
    row('all of ours', ours),
    row('bound: decode + scale + bare session.run', bound),
    row('bound with the runs paced as pictures come', pacedBound),
    ...(result.peer === null ? [] : [row('peer', result.peer)]),
    'medians of the ratios of each run',
    ratio('ours / bound', result.oursOverBound),
    ratio('ours / paced bound', result.oursOverPacedBound),
    result.peerOverOurs === null ? `  peer not run: ${peer.missing}` : `${ratio('peer / ours', result.peerOverOurs)}  (${peer.name})`,
    `capture to detection on the bus: ${ms(result.captureToDetectionMs)}`,
    `capture to alert on the bus:     ${ms(result.captureToAlertMs)}`,
    '',
  ].join('\n');
}

/** Traffic of no place in 1080p at 25 pictures a second, for machines without such a recording. */
const BUSY = 'generated-1080p25';

export function benchClip(id: string, progress: Progress): Promise<ClipFile> {
  if (id === BUSY) return generateClip({ widthPx: 1920, heightPx: 1080, fps: 25, durationS: 20, gopS: 2, bitrateKbps: 4000 });
  return fetchClip(id, { onProgress: ({ clipId, phase }) => progress.step(`${clipId}: ${phase}`) });
}

async function bench(options: BenchOptions): Promise<void> {
  const progress = new Progress();
  const fps = positive('fps', options.fps);
  const cameras = positive('cameras', options.cameras);
  const model = await prepareModel(options.model, { onProgress: (text) => progress.step(text) });
  const clip = await benchClip(options.clip, progress);
  const logger = createLogger('bench', { write: () => undefined });
  const peer = openPeer(clip.path, fps, options.model);
  const result = await benchPipeline({
    clip,
    model,
    fps,
    cameras,
    masked: options.masked === true,
    seconds: positive('seconds', options.seconds),
    runs: positive('runs', options.runs),
    logger,
    start: () => startMeasured(model.modelId, logger),
    peer: 'run' in peer ? peer.run : undefined,
    onProgress: (text) => progress.step(text),
  }).finally(() => 'remove' in peer && peer.remove());
  const report: Report = {
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}`,
    clip: options.clip,
    model: `${model.modelId} ${model.widthPx}x${model.heightPx}`,
    fps,
    cameras,
    result,
    peer: { name: peer.name, ...('missing' in peer ? { missing: peer.missing } : {}) },
  };
  process.stderr.write(table(report));
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

export function registerBench(program: Command): void {
  const measurements = program.command('bench').description('measurements, each with a peer or a bound in the same run');
  registerBenchRules(measurements);
  registerBenchAdaptive(measurements, startMeasured);
  registerBenchInference(measurements, startMeasured);
  registerBenchIngest(measurements, startMeasured);
  registerBenchPlates(measurements);
  registerBenchPlayback(measurements);
  registerBenchRestarts(measurements, startMeasured);
  registerBenchSearch(measurements);
  registerBenchFuzz(measurements);
  registerBenchAlerts(measurements);
  registerBenchSoak(measurements, startMeasured);
  registerBenchTranscode(measurements, (logger) => startMeasured(null, logger));
  measurements
    .command('pipeline')
    .description('CPU seconds per camera-second by stage and latencies; in turn with it the bare bound and the OpenCV peer')
    .option('--clip <id>', `recording of the manifest, or ${BUSY}`, 'vtest')
    .option('--model <id>', 'model of the catalogue', 'nanodet-g')
    .option('--fps <n>', 'detections per camera and second', '5')
    .option('--cameras <n>', 'simulated cameras', '1')
    .option('--masked', 'with a privacy mask over a quarter of the picture: stage remux then decodes, paints and encodes')
    .option('--seconds <s>', 'measured time of ours in one run', '10')
    .option('--runs <n>', 'runs of ours, bound and peer in turn; medians are printed', '7')
    .action(bench);
}
