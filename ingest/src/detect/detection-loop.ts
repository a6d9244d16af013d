import { type DetectionsFrame, type Discontinuity, LOWEST_PUBLISHED_SCORE, SafecityError, type SignalReading } from '@safecity/contracts';
import { ColourLooks } from '../colour/colour-looks.js';
import type { DecodedFrame } from '../decode/decoder-pipe.js';
import { fitPicture } from '../decode/picture-fit.js';
import type { IngestErrorCode } from '../errors.js';
import { RateMeter } from '../rate-meter.js';
import { detectionsOf } from './detections-of.js';
import { inferPicture } from './infer-picture.js';
import { decodedSize, type Tiling } from './tiles.js';

/** What the loop needs to know of the model; as inference announces it. */
export interface DetectionModel {
  modelId: string;
  /** Of its file, as the inference node announced it. */
  sha256?: string | undefined;
  widthPx: number;
  heightPx: number;
  classes: readonly string[];
  nmsIou: number;
}

export interface DetectionLoopOptions {
  cameraId: string;
  model: DetectionModel;
  /** How frames are cut; absent: they go whole. Frames come in `decodedSize`. */
  tiling?: Tiling | null;
  /** Asked for each frame: they change without a new loop. */
  settings(): { configRevision: number; minScore: number; cameraClockOffsetMs: number | null; recording: boolean };
  /** What is known of the camera's signals at the capture time of a frame, beside what was read from the frame itself. */
  controllerReadings?(capturedAtMs: number): SignalReading[];
  /** Runs one input of the model's size; gives `Float32Array [K, 6]`. */
  infer(frame: Buffer, model: DetectionModel): Promise<Float32Array>;
  /** Stores one result durably; rejects when it could not. */
  publish(frame: DetectionsFrame): Promise<void>;
  /** Marked on the first frame in place of its own mark, for example `config` after a change of model. */
  discontinuity?: Discontinuity;
  nowMs?: () => number;
}

export interface DetectionProblem {
  code: IngestErrorCode;
  message: string;
}

/** Frames since the start of the loop. */
export interface DetectionCounts {
  detected: number;
  /** Replaced by a newer one while another was in flight. */
  replaced: number;
  /** Inference failed. */
  failed: number;
  /** Detected, but not stored. */
  unpublished: number;
}

/** Results under way to JetStream; beyond, frames are skipped instead of piling up. */
const MAX_UNSTORED = 32;
/** Frames of a camera that catches up and wait here; more wait undecoded. */
const MOST_WAITING = 3;
const LATENCIES_KEPT = 200;
/** Back by less than this, a frame is late and skipped; by more, the clock was set back and it counts. */
const LATE_LIMIT_MS = 5000;

/**
 * The closed loop of one camera: at most one frame in flight, the newest decoded one goes next, so that overload lowers
 * the rate and never adds delay. A discontinuity on a frame that gets lost is carried to the next that does not.
 */
export class DetectionLoop {
  readonly counts: DetectionCounts = { detected: 0, replaced: 0, failed: 0, unpublished: 0 };
  readonly #options: DetectionLoopOptions;
  readonly #nowMs: () => number;
  readonly #rate: RateMeter;
  readonly #colours = new ColourLooks();
  /** In order; only frames that must be kept stand before another. */
  #waiting: DecodedFrame[] = [];
  /** A frame was lost since the last result, and the first result after the last such loss. */
  #hasHole = false;
  #watchedFromMs = Number.NEGATIVE_INFINITY;
  #roomWanted: (() => void)[] = [];
  #inFlight: Promise<void> | null = null;
  #unstored = new Set<Promise<void>>();
  #discontinuity: Discontinuity | undefined;
  #problem: DetectionProblem | null = null;
  #lastCaptureMs = Number.NEGATIVE_INFINITY;
  #latenciesMs: number[] = [];
  #closed = false;

  constructor(options: DetectionLoopOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#rate = new RateMeter(10_000, this.#nowMs);
    this.#discontinuity = options.discontinuity;
  }

  get model(): DetectionModel {
    return this.#options.model;
  }

  get problem(): DetectionProblem | null {
    return this.#problem;
  }

  /** Frames through detection per second, over the last 10 s. */
  get achievedFps(): number {
    return this.#rate.perSecond();
  }

  /** Capture → stored, ms, of the last frames; null before the first. */
  get latencyMs(): { p50: number; p95: number } | null {
    const sorted = this.#latenciesMs.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return sorted.length > 0 ? { p50: at(0.5), p95: at(0.95) } : null;
  }

  /**
   * Takes a decoded frame; runs it now, or when those before are done, unless a newer one comes before. A frame that
   * must be kept is never replaced.
   */
  offer(frame: DecodedFrame): void {
    if (this.#closed) return;
    const last = this.#waiting.at(-1);
    if (last && !last.keep) {
      this.counts.replaced++;
      this.#carry(last.discontinuity);
      last.release();
      this.#waiting.pop();
    }
    this.#waiting.push(frame);
    this.#next();
  }

  /** Resolves when few frames wait, so that who catches up does not pile them up. */
  async room(): Promise<void> {
    if (this.#closed || this.#waiting.length < MOST_WAITING) return;
    await new Promise<void>((resolve) => this.#roomWanted.push(resolve));
  }

  /** Takes no more frames; resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting = [];
    this.#tellRoom();
    await this.#inFlight;
    await Promise.allSettled(this.#unstored);
  }

  #tellRoom(): void {
    for (const tell of this.#roomWanted.splice(0)) tell();
  }

  #next(): void {
    if (this.#inFlight) return;
    const frame = this.#waiting.shift();
    if (this.#waiting.length < MOST_WAITING) this.#tellRoom();
    if (!frame) return;
    this.#inFlight = this.#detect(frame).finally(() => {
      frame.release();
      this.#inFlight = null;
      if (!this.#closed) this.#next();
    });
  }

  async #detect(frame: DecodedFrame): Promise<void> {
    this.#carry(frame.discontinuity);
    const behindMs = this.#lastCaptureMs - frame.capturedAtMs;
    if (behindMs >= 0 && behindMs < LATE_LIMIT_MS) return;
    if (this.#unstored.size >= MAX_UNSTORED) {
      this.counts.unpublished++;
      this.#hasHole = true;
      this.#problem = { code: 'INGEST_BUS_SLOW', message: 'detections cannot be stored as fast as they come: check NATS and its disk' };
      return;
    }
    try {
      const boxes = await this.#infer(frame);
      this.counts.detected++;
      this.#rate.add(1);
      this.#lastCaptureMs = frame.capturedAtMs;
      if (this.#problem?.code !== 'INGEST_BUS_SLOW') this.#problem = null;
      this.#store(this.#result(frame, boxes));
    } catch (error) {
      this.counts.failed++;
      this.#hasHole = true;
      this.#problem = inferenceProblem(error, this.#options.model.modelId);
    }
  }

  #infer(frame: DecodedFrame): Promise<Float32Array> {
    const { model, tiling = null, infer } = this.#options;
    const options = { model, tiling, minScore: this.#minScore, infer: (input: Buffer) => infer(input, model) };
    return inferPicture({ rgb: frame.data, source: frame }, options);
  }

  get #minScore(): number {
    return Math.min(this.#options.settings().minScore, LOWEST_PUBLISHED_SCORE);
  }

  #result(frame: DecodedFrame, boxes: Float32Array): DetectionsFrame {
    const { cameraId, model, settings, tiling = null } = this.#options;
    const { configRevision, cameraClockOffsetMs, recording } = settings();
    const { capturedAtMs, widthPx, heightPx, watchedSinceMs } = frame;
    // What was decoded and not analysed was not watched.
    if (this.#hasHole) this.#watchedFromMs = capturedAtMs;
    this.#hasHole = false;
    const discontinuity = this.#discontinuity;
    this.#discontinuity = undefined;
    const fit = fitPicture(frame, decodedSize(model, tiling));
    const detections = detectionsOf(boxes, fit, { classes: model.classes, nmsIou: model.nmsIou, minScore: this.#minScore });
    const signals = [...(frame.signals ?? []), ...(this.#options.controllerReadings?.(capturedAtMs) ?? [])];
    return {
      cameraId,
      configRevision,
      capturedAtMs,
      ...(cameraClockOffsetMs === null ? {} : { cameraClockOffsetMs: Math.round(cameraClockOffsetMs) }),
      widthPx,
      heightPx,
      modelId: model.modelId,
      ...(model.sha256 === undefined ? {} : { modelSha256: model.sha256 }),
      ...(recording ? { recording } : {}),
      ...(watchedSinceMs === undefined ? {} : { watchedSinceMs: Math.max(watchedSinceMs, this.#watchedFromMs) }),
      ...(discontinuity ? { discontinuity } : {}),
      detections: this.#colours.take(detections, { rgb: frame.data, ...fit }, capturedAtMs),
      ...(signals.length > 0 ? { signals } : {}),
    };
  }

  #store(result: DetectionsFrame): void {
    const stored = this.#options.publish(result).then(
      () => this.#noteStored(result.capturedAtMs),
      () => {
        this.counts.unpublished++;
        this.#hasHole = true;
        this.#carry(result.discontinuity);
        this.#problem = { code: 'INGEST_BUS_SLOW', message: 'detections could not be stored: check NATS and its disk' };
      },
    );
    this.#unstored.add(stored);
    void stored.finally(() => this.#unstored.delete(stored));
  }

  #noteStored(capturedAtMs: number): void {
    if (this.#problem?.code === 'INGEST_BUS_SLOW') this.#problem = null;
    this.#latenciesMs.push(this.#nowMs() - capturedAtMs);
    if (this.#latenciesMs.length > LATENCIES_KEPT) this.#latenciesMs.shift();
  }

  /** The first reason wins: it tells why the tracks that rules still hold are over. */
  #carry(reason: Discontinuity | undefined): void {
    this.#discontinuity ??= reason;
  }
}

/** The node answers; what is wrong is the model, or what it serves as that model. */
const MODEL_FAULTS = [
  'PLATFORM_INFERENCE_MODEL_FAILED',
  'PLATFORM_INFERENCE_MODEL_GONE',
  'PLATFORM_INFERENCE_REFUSED',
  'PLATFORM_INFERENCE_BAD_ANSWER',
];

/** An endpoint that is merely busy is no problem of the camera: the frame is one of those that overload costs. */
function inferenceProblem(error: unknown, modelId: string): DetectionProblem | null {
  const code = error instanceof SafecityError ? error.code : '';
  if (code === 'PLATFORM_INFERENCE_OVERLOADED' || code === 'PLATFORM_INFERENCE_CANCELLED') return null;
  if (code === 'PLATFORM_INFERENCE_NO_ENDPOINT' || code === 'PLATFORM_INFERENCE_SIZE_MISMATCH') {
    return {
      code: 'INGEST_MODEL_UNAVAILABLE',
      message: `no inference node serves model "${modelId}" now: start one or choose another model`,
    };
  }
  if (MODEL_FAULTS.includes(code)) {
    const message = `model "${modelId}" cannot be run: ${(error as Error).message}; choose another model or prepare it again`;
    return { code: 'INGEST_MODEL_FAILED', message };
  }
  return {
    code: 'INGEST_INFERENCE_UNAVAILABLE',
    message: 'the inference node does not answer: pictures are not analysed until it is back',
  };
}
