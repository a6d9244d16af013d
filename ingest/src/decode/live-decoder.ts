import type { CameraActivity } from '../activity/camera-activity.js';
import { DamagedPictures, type DamageFigures } from '../ffmpeg/damaged-pictures.js';
import { pause } from '../pause.js';
import type { GopRing } from '../ring/gop-ring.js';
import type { RingFragment } from '../ring/ring-fragment.js';
import { behindMs, RingReader } from '../ring/ring-reader.js';
import { BackOff } from '../session/back-off.js';
import type { LampStrip } from '../signals/lamp-strip.js';
import { BufferPool } from './buffer-pool.js';
import { type DecodedFrame, DecoderPipe, type FedFacts } from './decoder-pipe.js';
import type { HardwareDecoding } from './hardware-decoding.js';
import { decodeOutputOptions } from './picture-fit.js';

export interface LiveDecoderOptions {
  ring: GopRing;
  /** The model's input size. */
  input: { widthPx: number; heightPx: number };
  targetFps: number;
  /** Lamps that are decoded beside the picture. */
  strip?: LampStrip | null;
  /** When every picture is to be decoded, and when keyframes are enough. */
  activity: CameraActivity;
  /** Least rate while idle; absent: keyframes are enough. Asked for each fragment. */
  minIdleFps?(): number | undefined;
  onFrame(frame: DecodedFrame): void;
  /** Resolves when there is room for frames that must be kept. */
  room?(): Promise<void>;
  /** How video is decoded, and whom to tell of a decoder that gave no picture; default: in software. */
  hardware?: Pick<HardwareDecoding, 'inputOptions' | 'suspect'>;
  /** Called when decoding begins to fail, and when pictures come again. */
  onFailing(failing: boolean): void;
}

/** Up to here a late decoder catches up in order; beyond, it goes on at the newest keyframe. */
const MAX_BEHIND_MS = 3000;
/** A decoder that lived for so long has worked: the next one that dies is replaced soon again. */
const PROVEN_MS = 10_000;
/** Catching up has ended this near to the newest picture: three fragments. */
const LIVE_EDGE_MS = 600;
/** How much faster than real time a woken camera catches up. */
const CATCH_UP_SPEED = 2;

/** What the decoder has been given: it can go on with `samples.slice(sample)` of fragment `sequence`, and with what follows. */
interface Position {
  sequence: number;
  sample: number;
  /** Pictures of the group shown before this refer to a group that was left out; ticks. */
  fromTicks: number;
}

/** A camera that woke and is not at the live edge yet. */
interface CatchUp {
  startedAtMs: number;
  fromCaptureMs: number;
}

/**
 * Decodes a camera's ring from its last keyframe on and hands out pictures of the target rate. One ffmpeg serves both
 * states: while the camera is idle it is given keyframes only, and because its last picture then is that keyframe, the
 * pictures after it can follow as soon as the camera wakes, without a new process and without loss. A decoder that dies
 * is replaced after a pause; a new connection or init segment gets a new one. `close()` ends it.
 */
export class LiveDecoder {
  readonly #options: LiveDecoderOptions;
  readonly #closing = new AbortController();
  readonly #backOff = new BackOff({ firstMs: 1000, mostMs: 10_000 });
  readonly #pool = new BufferPool();
  readonly #damage = new DamagedPictures();
  readonly #done: Promise<void>;
  #pipe: DecoderPipe | null = null;
  #position: Position | null = null;
  #catchUp: CatchUp | null = null;
  /** Newest fragment the activity has judged: a fragment that is read again is not judged again. */
  #judgedSequence = -1;
  #watchedSinceMs = 0;
  #isActive = true;
  /** The stream has B-frames. */
  #isReordered = false;
  #keyIntervalMs = Number.POSITIVE_INFINITY;
  #lastKeyMs: number | null = null;
  #lastIdleMs = Number.NEGATIVE_INFINITY;
  #failing = false;
  /** The present decoder has given one. */
  #hasPicture = false;
  #starts = 0;
  #startedAtMs = 0;

  constructor(options: LiveDecoderOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** Decoders started so far. */
  get starts(): number {
    return this.#starts;
  }

  /** False while only keyframes are decoded. */
  get isActive(): boolean {
    return this.#isActive;
  }

  /** How many of the pictures it decoded were damaged. */
  get damage(): DamageFigures {
    return this.#damage.figures;
  }

  /** Process id, for measurements; null when none runs. */
  get pid(): number | null {
    return this.#pipe?.pid ?? null;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#pipe?.kill();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      await this.#decode();
      if (this.#closing.signal.aborted) return;
      if (!this.#hasPicture) await this.#options.hardware?.suspect();
      this.#setFailing(true);
      await pause(this.#backOff.next(), this.#closing.signal);
    }
  }

  /** Until the decoder dies or this is closed. */
  async #decode(): Promise<void> {
    const reader = new RingReader(this.#options.ring, { maxBehindMs: MAX_BEHIND_MS, signal: this.#closing.signal });
    this.#position = null;
    this.#catchUp = null;
    for (let read = await reader.read(); read; read = await reader.read()) {
      const { fragment, skipped } = read;
      if (this.#pipe?.failed) break;
      if (skipped) this.#skipTo(fragment);
      if (!this.#pipe?.fits(fragment)) this.#startPipe(fragment);
      this.#judge(fragment);
      if (this.#needsAll(fragment)) await this.#feedAll(fragment, reader);
      else await this.#feedKeyframe(fragment);
    }
    this.#pipe?.kill();
    await this.#pipe?.exited;
    this.#pipe = null;
  }

  #startPipe(first: RingFragment): void {
    const { input, targetFps, strip = null, hardware } = this.#options;
    this.#pipe?.end();
    this.#starts++;
    this.#startedAtMs = performance.now();
    this.#hasPicture = false;
    this.#pipe = new DecoderPipe({
      first,
      outputOptions: decodeOutputOptions(input, targetFps, { lamps: strip ? { strip, source: first.init } : null }),
      stripUnder: strip ? input : null,
      hardwareOptions: hardware?.inputOptions ?? [],
      pool: this.#pool,
      damage: this.#damage,
      onFrame: (frame) => this.#take(frame),
    });
    this.#position = null;
    this.#isReordered = false;
    this.#lastKeyMs = null;
    this.#keyIntervalMs = Number.POSITIVE_INFINITY;
    this.#options.activity.begin(first.firstCaptureMs);
  }

  /** The reader left fragments out: nothing can be made up any more. */
  #skipTo(fragment: RingFragment): void {
    this.#position = null;
    this.#catchUp = null;
    this.#watchedSinceMs = fragment.firstCaptureMs;
  }

  #judge(fragment: RingFragment): void {
    if (fragment.sequence <= this.#judgedSequence) return;
    this.#judgedSequence = fragment.sequence;
    this.#pipe?.note(fragment);
    if (fragment.discontinuity) {
      this.#watchedSinceMs = fragment.firstCaptureMs;
      this.#lastKeyMs = null;
    }
    this.#options.activity.takeFragment(fragment);
    this.#isReordered ||= fragment.media.samples.some(({ ptsTicks }, index, all) => ptsTicks < (all[index - 1]?.ptsTicks ?? ptsTicks));
    if (!fragment.media.key) return;
    if (this.#lastKeyMs !== null) this.#keyIntervalMs = fragment.firstCaptureMs - this.#lastKeyMs;
    this.#lastKeyMs = fragment.firstCaptureMs;
  }

  /** Active, or idle at a rate that keyframes do not give. */
  #needsAll(fragment: RingFragment): boolean {
    this.#isActive = this.#options.activity.isActive(fragment.firstCaptureMs);
    if (this.#isActive) return true;
    const minIdleFps = this.#options.minIdleFps?.();
    return minIdleFps !== undefined && this.#keyIntervalMs > 1100 / minIdleFps;
  }

  async #feedAll(fragment: RingFragment, reader: RingReader): Promise<void> {
    const position = this.#position;
    const { samples, key } = fragment.media;
    if (position && position.sequence < fragment.sequence) {
      const { ring } = this.#options;
      if (ring.bySequence(position.sequence)) {
        this.#beginCatchUp(fragment, position, reader);
        return;
      }
      this.#position = null;
    }
    // Without its keyframe nothing can be decoded; the next one comes.
    if (!this.#position && !key) return;
    const { sample, fromTicks } = this.#resume(fragment, position);
    const wanted = samples.filter(({ ptsTicks }, index) => index >= sample && ptsTicks >= fromTicks);
    const facts = await this.#pace(fragment, reader);
    await this.#pipe?.feed(fragment, facts, wanted);
    this.#position = { sequence: fragment.sequence + 1, sample: 0, fromTicks };
  }

  /** Where in `fragment` to begin; a keyframe that follows without a gap needs nothing left out any more. */
  #resume(fragment: RingFragment, position: Position | null): { sample: number; fromTicks: number } {
    const nothing = { sample: 0, fromTicks: Number.NEGATIVE_INFINITY };
    if (position?.sequence !== fragment.sequence) return nothing;
    return fragment.media.key && position.sample === 0 ? nothing : position;
  }

  #beginCatchUp(fragment: RingFragment, position: Position, reader: RingReader): void {
    const { ring } = this.#options;
    const from = ring.bySequence(position.sequence) as RingFragment;
    this.#catchUp = { startedAtMs: performance.now(), fromCaptureMs: from.firstCaptureMs };
    reader.maxBehindMs = behindMs(ring, from) + MAX_BEHIND_MS;
    reader.rewindTo(from.sequence);
    this.#judgedSequence = Math.max(this.#judgedSequence, fragment.sequence);
  }

  /** While catching up: not faster than `CATCH_UP_SPEED`, and not faster than the pictures are analysed. */
  async #pace(fragment: RingFragment, reader: RingReader): Promise<FedFacts> {
    const facts = { watchedSinceMs: this.#watchedSinceMs, ...(this.#isActive ? {} : { idle: true }) };
    const catchUp = this.#catchUp;
    if (!catchUp) return facts;
    const dueMs = catchUp.startedAtMs + (fragment.firstCaptureMs - catchUp.fromCaptureMs) / CATCH_UP_SPEED;
    await pause(dueMs - performance.now(), this.#closing.signal);
    await this.#options.room?.();
    if (behindMs(this.#options.ring, fragment) > LIVE_EDGE_MS) return { ...facts, keep: true };
    this.#catchUp = null;
    reader.maxBehindMs = MAX_BEHIND_MS;
    return { ...facts, keep: true };
  }

  async #feedKeyframe(fragment: RingFragment): Promise<void> {
    const [first] = fragment.media.samples;
    if (!fragment.media.key || !first) return;
    const facts = { idle: true, watchedSinceMs: this.#watchedSinceMs };
    await this.#pipe?.feed(fragment, facts, [first]);
    if (this.#isReordered) await this.#pipe?.pushOut(fragment, first);
    this.#position = { sequence: fragment.sequence, sample: 1, fromTicks: first.ptsTicks };
  }

  #take(frame: DecodedFrame): void {
    if (this.#closing.signal.aborted) return;
    this.#hasPicture = true;
    if (performance.now() - this.#startedAtMs >= PROVEN_MS) this.#backOff.reset();
    this.#setFailing(false);
    const { activity, input, minIdleFps } = this.#options;
    if (frame.idle) {
      const least = minIdleFps?.();
      // Between keyframes only as many as the least rate wants; half a picture of tolerance keeps the rate from dropping.
      if (least !== undefined && frame.capturedAtMs - this.#lastIdleMs < 900 / least) {
        frame.release();
        return;
      }
      this.#lastIdleMs = frame.capturedAtMs;
      activity.takeKeyframe(frame.data, input, frame.capturedAtMs);
    }
    this.#options.onFrame(frame);
  }

  #setFailing(failing: boolean): void {
    if (this.#failing === failing) return;
    this.#failing = failing;
    this.#options.onFailing(failing);
  }
}
