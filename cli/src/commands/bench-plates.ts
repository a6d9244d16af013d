import { cpus } from 'node:os';
import { cpuByStage } from '@safecity/bench';
import { type CameraConfig, type DetectionsFrame, LOWEST_PUBLISHED_SCORE, type PlateOfVehicle, parseCamera } from '@safecity/contracts';
import {
  decodedSize,
  decodeFile,
  detectionsOf,
  fitPicture,
  fragmentedFile,
  type GopRing,
  type PlateNetworks,
  PlateReader,
  probeVideo,
  ringOf,
} from '@safecity/ingest';
import { openPlateSession, preparePlateModel } from '@safecity/models';
import { createLogger } from '@safecity/platform';
import { createCameraPipeline } from '@safecity/rules';
import type { Command } from 'commander';
import { inferInOrder } from '../infer-in-order.js';
import { serveLocally } from '../local-inference.js';
import { Progress } from '../progress.js';

interface BenchPlatesOptions {
  video: string;
  model: string;
  fps: string;
  country: string;
  minCharacter?: string;
}

/** The requirement: so many vehicles a minute, and so much of a camera's CPU for their plates. */
const VEHICLES_PER_MINUTE = 20;
const BUDGET_SHARE = 0.15;

const cpuSeconds = (): number => Object.values(cpuByStage({ bench: process.pid })).reduce((sum, value) => sum + value, 0);

function benchCamera({ model: modelId, fps, country, minCharacter }: BenchPlatesOptions): CameraConfig {
  const plates = { country, ...(minCharacter === undefined ? {} : { minCharacterPx: Number(minCharacter) }) };
  return parseCamera({
    id: 'bench',
    name: 'bench',
    source: { url: 'rtsp://127.0.0.1/bench' },
    detection: { modelId, targetFps: Number(fps) },
    plates,
  });
}

/** Decoding, scaling and detecting, as analyze does it: what the camera costs without plates, a little less than live. */
async function detect(video: string, camera: CameraConfig, progress: Progress): Promise<{ frames: DetectionsFrame[]; cpuS: number }> {
  const inference = await serveLocally(camera.detection.modelId, progress);
  const { model } = inference;
  const minScore = Math.min(camera.detection.minScore, LOWEST_PUBLISHED_SCORE);
  const decoded = decodedSize(model, null);
  const frames: DetectionsFrame[] = [];
  try {
    const beforeS = cpuSeconds();
    const pictures = decodeFile({ path: video, ...decoded, targetFps: camera.detection.targetFps });
    for await (const { ptsMs, boxes, sourceWidthPx, sourceHeightPx } of inferInOrder(pictures, inference, { tiling: null, minScore })) {
      const fit = fitPicture({ widthPx: sourceWidthPx, heightPx: sourceHeightPx }, decoded);
      frames.push({
        ...{ cameraId: camera.id, configRevision: 0, capturedAtMs: Math.round(ptsMs), modelId: model.modelId },
        ...{ widthPx: sourceWidthPx, heightPx: sourceHeightPx },
        ...(frames.length === 0 ? { discontinuity: 'start' as const } : {}),
        detections: detectionsOf(boxes, fit, { classes: model.classes, nmsIou: model.nmsIou, minScore }),
      });
    }
    return { frames, cpuS: cpuSeconds() - beforeS };
  } finally {
    await inference.close();
  }
}

/** Moments, cuts, readings and votes of the live service over the frames of a file. */
async function readAll(frames: readonly DetectionsFrame[], camera: CameraConfig, ring: GopRing, networks: PlateNetworks) {
  const pipeline = createCameraPipeline(camera);
  let state = pipeline.start();
  const vehicles = new Map<string, PlateOfVehicle>();
  const unasked = new Set<string>();
  let moments = 0;
  const reader = new PlateReader({
    networks: () => networks,
    ringOf: () => ring,
    publish: async (read) => {
      const step = pipeline.takePlates(state, read, []);
      state = step.state;
      if (step.plate) vehicles.set(read.trackId, step.plate);
    },
    logger: createLogger('bench', { write: () => undefined }),
    nowMs: () => 0,
  });
  const beforeS = cpuSeconds();
  for (const frame of frames) {
    const keyframeMs = ring.keyframeBefore(frame.capturedAtMs);
    const { widthPx, heightPx, capturedAtMs } = frame;
    const step = pipeline.step(state, {
      ...frame,
      ...(keyframeMs === null ? {} : { cutFrom: { widthPx, heightPx, sinceKeyframeMs: capturedAtMs - keyframeMs } }),
    });
    state = step.state;
    for (const { id } of step.tracks?.tracks ?? []) unasked.add(id);
    if (!step.platesWanted) continue;
    moments++;
    reader.take(step.platesWanted);
    await reader.idle();
  }
  const cpuS = cpuSeconds() - beforeS;
  await reader.close();
  return { vehicles: [...vehicles.values()], tracks: unasked.size, moments, cpuS, figures: reader.figures };
}

async function bench(options: BenchPlatesOptions): Promise<void> {
  const progress = new Progress();
  const camera = benchCamera(options);
  const step = { onProgress: (text: string) => progress.step(text) };
  const networks = await openPlateSession(await preparePlateModel('plate-find', step), await preparePlateModel('plate-read', step));
  try {
    const { durationMs } = await probeVideo(options.video);
    const detected = await detect(options.video, camera, progress);
    const ring = ringOf(await fragmentedFile(options.video), 0);
    const { vehicles, tracks, moments, cpuS, figures } = await readAll(detected.frames, camera, ring, networks);
    const cameraCpu = detected.cpuS / (durationMs / 1000);
    const perVehicle = vehicles.length === 0 ? 0 : cpuS / vehicles.length;
    const share = ((VEHICLES_PER_MINUTE / 60) * perVehicle) / cameraCpu;
    const read = vehicles.filter(({ plate }) => plate.text !== null);
    process.stderr.write(
      [
        `${cpus()[0]?.model ?? 'unknown processor'} x ${cpus().length}`,
        `the camera without plates: ${cameraCpu.toFixed(3)} CPU s/s (${detected.frames.length} detections in ${(durationMs / 1000).toFixed(1)} s)`,
        `${tracks} tracks, ${vehicles.length} vehicles looked at ${figures.looks} times in ${moments} pictures, ${read.length} read, ${figures.lost} looks lost`,
        `plates: ${((cpuS / Math.max(1, figures.looks)) * 1000).toFixed(0)} ms of CPU per look, ${(perVehicle * 1000).toFixed(0)} ms per vehicle`,
        `at ${VEHICLES_PER_MINUTE} vehicles a minute: ${(share * 100).toFixed(1)} % of the camera's CPU, budget ${BUDGET_SHARE * 100} %`,
        '',
      ].join('\n'),
    );
    const plates = read.map(({ trackId, class: className, plate }) => ({ trackId, class: className, ...plate }));
    process.stdout.write(
      `${JSON.stringify({ cameraCpu, looks: figures.looks, moments, vehicles: vehicles.length, cpuS, perVehicle, share, plates })}\n`,
    );
  } finally {
    await networks.close();
  }
}

export function registerBenchPlates(command: Command): void {
  command
    .command('plates')
    .description("CPU of reading plates live per look and per vehicle, against the camera's own")
    .requiredOption('--video <file>', 'a clip with vehicles, H.264 or H.265')
    .option('--model <id>', 'detector', 'nanodet-g')
    .option('--fps <n>', 'detections per second', '5')
    .option('--country <code>', 'whose formats count', 'VN')
    .option('--min-character <px>', 'plates.minCharacterPx of the camera')
    .action(bench);
}
