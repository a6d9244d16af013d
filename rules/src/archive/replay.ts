import {
  type ArchivedTrack,
  type CameraConfig,
  type Detection,
  type DetectionsFrame,
  DISCONTINUITIES,
  type Discontinuity,
  type Finding,
  LOWEST_PUBLISHED_SCORE,
  type SignalChange,
  type VideoGap,
} from '@safecity/contracts';
import { createCameraPipeline, finishPipeline } from '../pipeline/pipeline.js';
import { withRecordedSignals } from './recorded-signals.js';

/** What is known of one camera's past. */
export interface ReplayArchive {
  tracks: readonly ArchivedTrack[];
  signals: readonly SignalChange[];
  gaps: readonly VideoGap[];
}

export interface ReplaySpan {
  /** Capture time, epoch ms; from inclusive, to exclusive. */
  fromMs: number;
  toMs: number;
}

export interface Replayed {
  findings: Finding[];
  /** Tracks of the span, and frames that were played. */
  tracks: number;
  frames: number;
}

/** While nothing moves a frame every so often is enough: no gap, and zones are seen to be empty. */
const EMPTY_STEP_MS = 2000;
/** Sightings at the beginning of a path that count as clear. */
const FIRST_CLEAR = 3;

type ArchivePoint = ArchivedTrack['points'][number];

/** Walks along one path in time. */
class Path {
  readonly #track: ArchivedTrack;
  readonly #minScore: number;
  #index = 0;
  #told = 0;

  constructor(track: ArchivedTrack, minScore: number) {
    this.#track = track;
    this.#minScore = minScore;
  }

  /** The box at a time that never goes back; null before, after, and where it was not seen. */
  at(atMs: number): Detection | null {
    const { points, firstMs, lastMs } = this.#track;
    const ms = atMs - firstMs;
    if (ms < 0 || atMs > lastMs) return null;
    while (this.#index + 1 < points.length && (points[this.#index + 1] as ArchivePoint)[0] <= ms) this.#index++;
    const from = points[this.#index] as ArchivePoint;
    const to = points[this.#index + 1];
    if (!to) return ms - from[0] < 1 ? this.#detection(from.slice(1, 5) as Detection['box']) : null;
    if (to[5] === 0 && ms - from[0] >= 1) return null;
    const share = to[5] === 0 ? 0 : (ms - from[0]) / (to[0] - from[0]);
    const box = [1, 2, 3, 4].map((side) => (from[side] as number) + share * ((to[side] as number) - (from[side] as number)));
    return this.#detection(box as Detection['box']);
  }

  /** Clear sightings are spread evenly over the path, but for the first few, without which there was no track. */
  #detection(box: Detection['box']): Detection {
    const { class: name, score, clearShare } = this.#track;
    const told = this.#told++;
    const isClear = told < FIRST_CLEAR || Math.floor((told + 1) * clearShare) > Math.floor(told * clearShare);
    const [weakest, surest] = [LOWEST_PUBLISHED_SCORE, Math.max(score, this.#minScore)];
    return { class: name, score: isClear ? surest : Math.max(weakest, Math.min(score, this.#minScore - 0.01)), box };
  }
}

/** Walks along the gaps in the video, in time. */
class Gaps {
  readonly #waiting: VideoGap[];

  constructor(gaps: readonly VideoGap[], fromMs: number) {
    this.#waiting = gaps.filter(({ toMs }) => toMs > fromMs).sort((a, b) => b.toMs - a.toMs);
  }

  /** The first frame at `atMs` or later that there was, and the break before it; `afterMs` is the frame before (exclusive). */
  next(atMs: number, afterMs: number): { atMs: number; discontinuity?: Discontinuity } {
    let frame: { atMs: number; discontinuity?: Discontinuity } = { atMs };
    for (let gap = this.#waiting.at(-1); gap && gap.fromMs < frame.atMs; gap = this.#waiting.at(-1)) {
      this.#waiting.pop();
      if (gap.toMs <= afterMs) continue;
      const isBreak = (DISCONTINUITIES as readonly string[]).includes(gap.reason);
      // Rules that were paused begin anew, as after a break; a mere hole in the frames is seen by the pipeline itself.
      const discontinuity = isBreak ? (gap.reason as Discontinuity) : gap.reason === 'paused' ? 'reconnect' : frame.discontinuity;
      frame = { atMs: Math.max(frame.atMs, gap.toMs), ...(discontinuity === undefined ? {} : { discontinuity }) };
    }
    return frame;
  }
}

/** Frames as the camera's own rate would have given them, a few where there was nothing, none in a gap. */
function* framesOf(camera: CameraConfig, { tracks, gaps }: ReplayArchive, { fromMs, toMs }: ReplaySpan): Generator<DetectionsFrame> {
  const waiting = [...tracks].sort((a, b) => b.firstMs - a.firstMs);
  const breaks = new Gaps(gaps, fromMs);
  const stepMs = 1000 / camera.detection.targetFps;
  const aspect = tracks[0]?.aspect ?? 16 / 9;
  let open: { path: Path; lastMs: number }[] = [];
  let frame: { atMs: number; discontinuity?: Discontinuity } = { ...breaks.next(fromMs, Number.NEGATIVE_INFINITY), discontinuity: 'start' };
  while (frame.atMs < toMs) {
    const { atMs, discontinuity } = frame;
    while (waiting.length > 0 && (waiting.at(-1) as ArchivedTrack).firstMs <= atMs) {
      const track = waiting.pop() as ArchivedTrack;
      open.push({ path: new Path(track, camera.detection.minScore), lastMs: track.lastMs });
    }
    open = open.filter(({ lastMs }) => lastMs >= atMs);
    const detections = open.flatMap(({ path }) => path.at(atMs) ?? []);
    yield {
      cameraId: camera.id,
      configRevision: camera.revision,
      capturedAtMs: atMs,
      widthPx: Math.round(1000 * aspect),
      heightPx: 1000,
      modelId: camera.detection.modelId,
      ...(discontinuity === undefined ? {} : { discontinuity }),
      detections,
    };
    const nextMs = open.length > 0 ? stepMs : Math.min(EMPTY_STEP_MS, Math.max(stepMs, (waiting.at(-1)?.firstMs ?? toMs) - atMs));
    frame = breaks.next(atMs + nextMs, atMs);
  }
}

/** How far a replay is: capture time played, out of the span asked for. */
export type ReplayProgress = ReplaySpan & { atMs: number };

/** Frames between two yields of a replay: a few milliseconds of work. */
const FRAMES_A_TURN = 20;

/**
 * Runs a camera's configuration over archived tracks: the very pipeline of the live service, given the archived boxes as
 * detections. Ids of tracks and findings are new; times, places and numbers are those of the archive. A path says where
 * an object was seen and how often clearly, not when: clear sightings are spread evenly over it. Signals are in the states
 * in which they were recorded; what was not recorded is unknown. A gap in the video is a gap to the rules too.
 *
 * Yields now and then, so that whoever runs it can do something else in between.
 */
export function* replayInTurns(camera: CameraConfig, archive: ReplayArchive, span: ReplaySpan): Generator<ReplayProgress, Replayed> {
  const pipeline = createCameraPipeline(withRecordedSignals(camera, archive.signals));
  const tracks = archive.tracks.filter(({ firstMs, lastMs }) => lastMs >= span.fromMs && firstMs < span.toMs);
  const findings = new Map<string, Finding>();
  let state = pipeline.start();
  let frames = 0;
  for (const frame of framesOf(camera, { ...archive, tracks }, span)) {
    const step = pipeline.step(state, frame);
    state = step.state;
    for (const { phase, finding } of step.findings) if (phase !== 'candidate' && phase !== 'dropped') findings.set(finding.id, finding);
    if (++frames % FRAMES_A_TURN === 0) yield { ...span, atMs: frame.capturedAtMs };
  }
  for (const { phase, finding } of finishPipeline(state).findings) if (phase === 'ended') findings.set(finding.id, finding);
  return { findings: [...findings.values()].sort((a, b) => a.startMs - b.startMs), tracks: tracks.length, frames };
}
