import { createWriteStream } from 'node:fs';
import {
  type ArchiveRecord,
  type CameraConfig,
  type Counts,
  type Crossing,
  type DetectionsFrame,
  type Finding,
  LOWEST_PUBLISHED_SCORE,
  ruleTypeFacts,
} from '@safecity/contracts';
import {
  type ColourFigures,
  ColourLooks,
  decodedSize,
  decodeFile,
  detectionsOf,
  fitPicture,
  headsOf,
  masksOf,
  modelOfView,
  PictureSignals,
  probeVideo,
  tilingOf,
  type VideoFacts,
} from '@safecity/ingest';
import { openPlateSession, plateModelsPresent, preparePlateModel } from '@safecity/models';
import { archiveStep, createCameraPipeline, finishArchive, newArchiveState } from '@safecity/rules';
import type { Command } from 'commander';
import { type AnnotatedMoment, annotate } from '../annotate/annotate.js';
import { parseTime, readCameraAt } from '../camera-file.js';
import { cutShort } from '../file-end.js';
import { inferInOrder } from '../infer-in-order.js';
import { serveLocally } from '../local-inference.js';
import { writeLine } from '../output.js';
import { type PlateOfTrack, platesOfTracks } from '../plates-of-tracks.js';
import { Progress } from '../progress.js';
import { writeArchive } from '../track-archive.js';

interface AnalyzeOptions {
  video: string;
  camera: string;
  out: string;
  annotate?: string;
  plates?: string;
  archive?: string;
  signals?: string;
  start?: string;
  preset?: string;
}

/** What a run of the live pipeline over a file gives. */
export interface Analysis {
  findings: Finding[];
  moments: AnnotatedMoment[];
  /** Totals of counting rules, the interval at the end of the clip included. */
  counts: Counts[];
  crossings: Crossing[];
  records: ArchiveRecord[];
  colours: ColourFigures;
  /** Time of the last picture. */
  lastPtsMs: number;
}

/** What an analysis needs to know of the command line. */
export interface AnalysisOptions extends Pick<AnalyzeOptions, 'video' | 'archive' | 'start'> {
  /** Called with what the rules got of each picture, in order. */
  onFrame?: (frame: DetectionsFrame) => void;
}

/** Decoder, detector, tracker and rules of the live service, on a file, as fast as they go. */
export async function analyseFile(
  options: AnalysisOptions,
  camera: CameraConfig,
  facts: VideoFacts,
  progress: Progress,
): Promise<Analysis> {
  const startMs = options.start === undefined ? 0 : parseTime('--start', options.start);
  const inference = await serveLocally(camera.detection.modelId, progress);
  const model = modelOfView(inference.model, camera.detection);
  const pipeline = createCameraPipeline(camera);
  let state = pipeline.start();
  const findings = new Map<string, Finding>();
  const moments: AnnotatedMoment[] = [];
  const counts: Counts[] = [];
  const crossings: Crossing[] = [];
  warnOfBlindRules(camera, model, progress);
  const minScore = Math.min(camera.detection.minScore, LOWEST_PUBLISHED_SCORE);
  const tiling = tilingOf(camera.detection);
  const decoded = decodedSize(model, tiling);
  const lamps = new PictureSignals(headsOf(camera), decoded.widthPx);
  const colours = new ColourLooks();
  const archive = newArchiveState();
  const records: ArchiveRecord[] = [];
  let isFirst = true;
  let lastPtsMs = 0;
  try {
    const frames = decodeFile({
      path: options.video,
      ...decoded,
      targetFps: camera.detection.targetFps,
      masks: masksOf(camera),
      strip: lamps.strip,
    });
    for await (const { ptsMs, frame: rgb, boxes, sourceWidthPx, sourceHeightPx, strip } of inferInOrder(
      frames,
      { ...inference, model },
      { tiling, minScore },
    )) {
      const fit = fitPicture({ widthPx: sourceWidthPx, heightPx: sourceHeightPx }, decoded);
      const detections = detectionsOf(boxes, fit, { classes: model.classes, nmsIou: model.nmsIou, minScore });
      const frame: DetectionsFrame = {
        cameraId: camera.id,
        configRevision: camera.revision,
        capturedAtMs: startMs + ptsMs,
        widthPx: sourceWidthPx,
        heightPx: sourceHeightPx,
        modelId: model.modelId,
        ...(isFirst ? { discontinuity: 'start' as const } : {}),
        detections: colours.take(detections, { rgb, ...fit }, startMs + ptsMs),
        ...(strip ? { signals: lamps.take(strip, startMs + ptsMs, isFirst) } : {}),
      };
      options.onFrame?.(frame);
      const step = pipeline.step(state, frame);
      isFirst = false;
      lastPtsMs = ptsMs;
      state = step.state;
      if (options.archive !== undefined) records.push(...archiveStep(archive, step, frame, camera));
      counts.push(...step.counts);
      crossings.push(...step.crossings);
      for (const { phase, finding } of step.findings) if (phase !== 'candidate' && phase !== 'dropped') findings.set(finding.id, finding);
      if (step.tracks)
        moments.push({ ptsMs, tracks: step.tracks, findings: [...findings.values()].filter((finding) => finding.endMs === undefined) });
      progress.update(`analysing ${options.video}`, facts.durationMs > 0 ? ptsMs / facts.durationMs : 0);
    }
  } finally {
    await inference.close();
  }
  records.push(...finishArchive(archive, camera));
  progress.done();
  return {
    records,
    findings: [...findings.values()].sort((a, b) => a.startMs - b.startMs || a.raisedAtMs - b.raisedAtMs),
    moments,
    counts: [...counts, ...pipeline.countsSoFar(state)],
    crossings,
    colours: colours.figures,
    lastPtsMs,
  };
}

/** Rules about what the model cannot see would stay silent for good: says so. */
function warnOfBlindRules(camera: CameraConfig, model: { modelId: string; classes: readonly string[] }, progress: Progress): void {
  for (const { name, type, enabled } of camera.rules) {
    const { needsClasses, needsAttribute } = ruleTypeFacts(type);
    if (!enabled) continue;
    // No model of the catalogue tells attributes yet.
    if (needsAttribute) progress.step(`rule "${name}" (${type}) is off: it needs a model that tells ${needsAttribute}, and there is none`);
    if (!needsClasses || needsClasses.some((one) => model.classes.includes(one))) continue;
    progress.step(`rule "${name}" (${type}) can find nothing: model ${model.modelId} does not know ${needsClasses.join(', ')}`);
  }
}

/** One line of a counting rule's interval: `crossings` with the time and track of each, `counts` with the totals. */
function countLine(counts: Counts, crossings: readonly Crossing[]): object {
  const { ruleId, type, cameraId, fromMs, toMs, watchedMs, inside } = counts;
  const own = crossings.filter((crossing) => crossing.ruleId === ruleId && crossing.atMs >= fromMs && crossing.atMs < toMs);
  return {
    id: `${cameraId}:${ruleId}:${fromMs}`,
    type,
    rule: ruleId,
    cameraId,
    startMs: fromMs,
    endMs: toMs,
    watchedMs,
    ...(inside === undefined ? { counts: counts.crossings, crossings: own.map(({ ruleId: _rule, ...crossing }) => crossing) } : { inside }),
  };
}

/** Whose formats count for the plates of a camera: the service is made for Vietnam. */
const COUNTRY = 'VN';

/** Plates of the vehicles in findings, or of all when a list of them is wanted. */
async function readTrackPlates(
  options: AnalyzeOptions,
  camera: CameraConfig,
  { facts, findings, moments, progress }: Pick<Analysis, 'findings' | 'moments'> & { facts: VideoFacts; progress: Progress },
): Promise<PlateOfTrack[]> {
  const wanted = new Set(findings.flatMap(({ trackIds }) => trackIds));
  if (options.plates === undefined && wanted.size === 0) return [];
  if (options.plates === undefined && !(await plateModelsPresent())) {
    progress.step('plates are not read: run "safecity models pull plate-find plate-read" (15 MB) first');
    return [];
  }
  const step = { onProgress: (text: string) => progress.step(text) };
  const networks = await openPlateSession(await preparePlateModel('plate-find', step), await preparePlateModel('plate-read', step));
  try {
    const plates = await platesOfTracks({
      video: options.video,
      widthPx: facts.widthPx,
      heightPx: facts.heightPx,
      targetFps: camera.detection.targetFps,
      masks: masksOf(camera),
      moments,
      wants: (trackId) => options.plates !== undefined || wanted.has(trackId),
      networks,
      country: COUNTRY,
      onProgress: (share) => progress.update('reading plates', share),
    });
    progress.done();
    return plates;
  } finally {
    await networks.close();
  }
}

/** One line of the list of vehicles: `plate` is null where it was not read. */
function vehicleLine({ trackId, plate, looks }: PlateOfTrack): object {
  if (!plate) return { trackId, plate: null, looks };
  const { text, raw, score, format, valid, lines, colour, agreeing, readings } = plate;
  return { trackId, plate: text, raw, score: Number(score.toFixed(4)), format, valid, lines, colour, agreeing, readings, looks };
}

/** One line of the list of signals: a state, and when it was first shown. */
interface SignalLine {
  signalId: string;
  fromMs: number;
  state: string;
}

/** Changes of the signals' states, in order of time. */
function signalLines(moments: readonly AnnotatedMoment[]): SignalLine[] {
  const last = new Map<string, string>();
  return moments.flatMap(({ tracks: { capturedAtMs, signals } }) =>
    Object.entries(signals).flatMap(([signalId, state]) => {
      if (last.get(signalId) === state) return [];
      last.set(signalId, state);
      return [{ signalId, fromMs: capturedAtMs, state }];
    }),
  );
}

/** Writes one JSON line each. */
async function writeLines(path: string, lines: readonly object[]): Promise<void> {
  const list = createWriteStream(path);
  for (const line of lines) await writeLine(list, line);
  await new Promise<void>((resolve) => list.end(resolve));
}

/** One line of the events file, as `docs/cli.md` fixes it. */
function eventLine(finding: Finding, plates: ReadonlyMap<string, string>): object {
  const plate = finding.trackIds.map((id) => plates.get(id)).find((text) => text !== undefined);
  return {
    id: finding.id,
    type: finding.type,
    rule: finding.ruleId,
    cameraId: finding.cameraId,
    trackIds: finding.trackIds,
    ...(finding.class === undefined ? {} : { class: finding.class }),
    ...(plate === undefined ? {} : { plate }),
    startMs: finding.startMs,
    raisedAtMs: finding.raisedAtMs,
    ...(finding.endMs === undefined ? {} : { endMs: finding.endMs }),
    confidence: finding.confidence,
    reason: finding.reason.text.en,
    reasonVi: finding.reason.text.vi,
    measures: finding.reason.measures,
    ...(finding.fineable === undefined ? {} : { fineable: finding.fineable }),
    boxes: Object.fromEntries(finding.moments.flatMap(({ name, box }) => (box ? [[name, box]] : []))),
  };
}

async function analyze(options: AnalyzeOptions): Promise<void> {
  const progress = new Progress();
  const camera = readCameraAt(options.camera, options.preset);
  if (options.start !== undefined) parseTime('--start', options.start);
  const facts = await probeVideo(options.video);
  const { findings, moments, counts, crossings, records, lastPtsMs } = await analyseFile(options, camera, facts, progress);
  const vehicles = await readTrackPlates(options, camera, { facts, findings, moments, progress });
  const plates = new Map(vehicles.flatMap(({ trackId, plate }) => (plate?.valid ? [[trackId, plate.text]] : [])));
  const events = findings.map((finding) => eventLine(finding, plates));
  await writeLines(options.out, [...events, ...counts.map((interval) => countLine(interval, crossings))]);
  if (options.plates !== undefined) await writeLines(options.plates, vehicles.map(vehicleLine));
  if (options.signals !== undefined) await writeLines(options.signals, signalLines(moments));
  if (options.annotate !== undefined) await annotate({ video: options.video, out: options.annotate, camera, facts, moments, progress });
  if (options.archive !== undefined) writeArchive(options.archive, { records, raised: findings });
  progress.step(`${findings.length} findings in ${options.out}`);
  const damage = cutShort(options.video, facts, lastPtsMs);
  if (damage === undefined) return;
  progress.step(damage);
  process.exitCode = 1;
}

export function registerAnalyze(program: Command): void {
  program
    .command('analyze')
    .description('the live pipeline on a file, as fast as it goes; one JSON line per finding')
    .requiredOption('--video <file>', 'a clip')
    .requiredOption('--camera <file>', 'CAMERA.json, see docs/cameras.md')
    .requiredOption('--out <file>', 'JSON lines')
    .option('--annotate <file>', 'also write a clip with tracks, zones and reasons drawn')
    .option('--plates <file>', 'also write one JSON line per vehicle with its plate')
    .option('--archive <file>', 'also write the tracks, for safecity backtest')
    .option('--preset <id>', 'preset that the recording shows, for a camera with presets')
    .option('--signals <file>', 'also write one JSON line per change of a signal')
    .option('--start <iso>', 'time of the first picture, with its zone; default: times count from 0')
    .action(analyze);
}
