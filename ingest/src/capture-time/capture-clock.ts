import { SlidingMinimum } from './sliding-minimum.js';

/** What the clock needs to know of a fragment. Lists in order of decoding, times in ms on the stream's own time line. */
export interface FragmentTimes {
  /** When the fragment's first byte was read, server clock. */
  arrivedAtMs: number;
  ptsMs: readonly number[];
  dtsMs: readonly number[];
  /** How long the last picture lasts, as the stream says. */
  lastDurationMs: number;
}

/**
 * What the clock says of a fragment.
 * - `settling`: the connection is still catching up; this fragment is placed together with the next.
 * - `placed`: capture time = presentation time + `offsetMs`; for pictures before `breakAt` it is `earlierOffsetMs`.
 * - `standing`: the stream's own times do not advance; pictures are spread evenly over the time they took to come.
 *
 * `jumped`: the time line broke at or before this fragment.
 */
export type Placement =
  | { kind: 'settling' }
  | { kind: 'placed'; offsetMs: number; earlierOffsetMs: number; breakAt: number; jumped: boolean }
  | { kind: 'standing'; firstMs: number; stepMs: number; jumped: boolean };

export interface CaptureClockOptions {
  /** When the connection began to deliver, server clock. A first fragment that came at its own pace after it is live. */
  sinceMs?: number;
  /** Capture times of the first fragment stay above this one: the last of the connection before. */
  notBeforeMs?: number;
}

/** Long enough to see a fragment that was not held up, short enough to follow a drift of 100 ppm within 3 ms. */
const WINDOW_MS = 30_000;
/** A picture cannot arrive before it was captured: this far ahead of the arrivals, the time line jumped. */
const AHEAD_JUMP_MS = 500;
/** This late for that long, whatever the pace: the time line jumped back or the camera held it for a while. */
const LATE_JUMP_MS = 1000;
const LATE_FOR_MS = 5000;
/** The first fragments may come in a burst; the one that takes this share of its length to come ends it. */
const SETTLE_PACE = 0.5;
const SETTLE_LIMIT_MS = 3000;
/** Share of a fragment's length by which the offset moves at most, so that capture times advance evenly. */
const SLEW = 0.25;
/** Pictures closer than this on the stream's time line while they come further apart than that: it stands. */
const STANDING_STEP_MS = 2;
const STANDING_ARRIVAL_STEP_MS = 5;
const STANDING_MIN_GAP_MS = 100;
/** Beyond this the connection before was misplaced (the server's clock was set back) and is not waited for. */
const OVERLAP_LIMIT_MS = 5000;
/**
 * A picture leaves ffmpeg when the first packet of the next one arrives, and a fragment when the picture after it
 * leaves: a fragment arrives with the picture two after its last, in order of decoding.
 */
const PICTURES_BEHIND = 2;

interface Arrival {
  atMs: number;
  /** Count of the picture, from the start of the connection, that made the fragment come. */
  withPicture: number;
}

/**
 * Capture time from the stream, for one connection: presentation times give the steps between pictures, the server's
 * clock gives the anchor. A picture cannot arrive before its capture, so the smallest (arrival - presentation time) of
 * a sliding window is the one least held up: network delay that varies is filtered out; delay that never varies stays
 * as the error.
 */
export class CaptureClock {
  readonly #window = new SlidingMinimum(WINDOW_MS);
  /** Smallest (decoding time - presentation time): how far pictures are reordered, negated. */
  readonly #reorder = new SlidingMinimum(WINDOW_MS);
  readonly #recent = new SlidingMinimum(LATE_FOR_MS);
  readonly #notBeforeMs: number;
  readonly #sinceMs: number;
  #offsetMs: number | null = null;
  #arrivals: Arrival[] = [];
  #pictures = 0;
  #firstArrivalMs: number | null = null;
  #lastArrivalMs: number;
  #lastGapMs = 0;
  #lastDtsMs: number | null = null;
  #pictureMs = 0;
  #standing = false;
  #recentSinceMs = 0;

  constructor(options: CaptureClockOptions = {}) {
    this.#sinceMs = options.sinceMs ?? Number.POSITIVE_INFINITY;
    this.#notBeforeMs = options.notBeforeMs ?? Number.NEGATIVE_INFINITY;
    this.#lastArrivalMs = this.#sinceMs;
  }

  /** Places the fragment. Fragments must come in their order. */
  observe(times: FragmentTimes): Placement {
    const gapMs = times.arrivedAtMs - this.#lastArrivalMs;
    const steps = times.dtsMs.map((dts, index) => dts - (index > 0 ? (times.dtsMs[index - 1] ?? dts) : (this.#lastDtsMs ?? dts)));
    const known = this.#lastDtsMs !== null;
    const placement = this.#judge(times, { steps, gapMs, known });
    this.#lastArrivalMs = times.arrivedAtMs;
    this.#lastGapMs = Math.max(0, gapMs);
    this.#lastDtsMs = times.dtsMs[times.dtsMs.length - 1] ?? null;
    return placement;
  }

  #judge(times: FragmentTimes, { steps, gapMs, known }: { steps: number[]; gapMs: number; known: boolean }): Placement {
    if (known && stands(steps, gapMs)) return this.#stand(times, gapMs);
    const breakAt = known ? this.#findBreak(steps, gapMs) : -1;
    this.#learnPace(steps, gapMs);
    if (this.#standing || breakAt >= 0) return this.#restart(times, Math.max(0, breakAt), gapMs);
    this.#resolveArrivals(times);
    if (this.#offsetMs === null) return this.#settle(times, gapMs);
    if (this.#window.value < this.#offsetMs - AHEAD_JUMP_MS || this.#isLateForLong(times.arrivedAtMs))
      return this.#restart(times, 0, gapMs);
    this.#slew(times);
    return { kind: 'placed', offsetMs: this.#offsetMs, earlierOffsetMs: this.#offsetMs, breakAt: 0, jumped: false };
  }

  /**
   * First picture of a new time line: it steps back, or further ahead than the time it took to come. The first pictures
   * of a fragment came before the fragment before was complete, so that one's time counts for them too.
   */
  #findBreak(steps: readonly number[], gapMs: number): number {
    return steps.findIndex((step, index) => {
      const tookMs = index < PICTURES_BEHIND ? this.#lastGapMs + gapMs : gapMs;
      return step < 0 || step > tookMs + AHEAD_JUMP_MS;
    });
  }

  /** Which pictures made the earlier fragments come is known once those pictures are here: each gives one anchor. */
  #resolveArrivals(times: FragmentTimes): void {
    const first = this.#pictures;
    this.#learnReorder(times);
    this.#pictures += times.ptsMs.length;
    this.#arrivals = this.#arrivals.filter(({ atMs, withPicture }) => {
      const dtsMs = times.dtsMs[withPicture - first];
      if (dtsMs === undefined) return true;
      const anchor = atMs - (dtsMs + this.#reorderMs);
      this.#window.add(atMs, anchor);
      this.#recent.add(atMs, anchor);
      return false;
    });
    this.#arrivals.push({ atMs: times.arrivedAtMs, withPicture: this.#pictures - 1 + PICTURES_BEHIND });
  }

  /** The anchor of a fragment whose following pictures are not here yet. */
  #estimate(times: FragmentTimes, gapMs: number): number {
    const last = times.dtsMs.length - 1;
    const lastMs = times.lastDurationMs <= gapMs + AHEAD_JUMP_MS || this.#pictureMs === 0 ? times.lastDurationMs : this.#pictureMs;
    this.#learnReorder(times);
    return times.arrivedAtMs - ((times.dtsMs[last] ?? 0) + lastMs + (PICTURES_BEHIND - 1) * (this.#pictureMs || lastMs) + this.#reorderMs);
  }

  #settle(times: FragmentTimes, gapMs: number): Placement {
    this.#firstArrivalMs ??= times.arrivedAtMs;
    const waitedMs = times.arrivedAtMs - this.#firstArrivalMs;
    if (gapMs < this.#lengthMs(times) * SETTLE_PACE && waitedMs < SETTLE_LIMIT_MS) return { kind: 'settling' };
    const estimate = this.#estimate(times, gapMs);
    const offsetMs = Math.min(estimate, this.#window.value);
    this.#offsetMs = offsetMs + this.#liftMs((times.ptsMs[0] ?? 0) + offsetMs);
    this.#recentSinceMs = times.arrivedAtMs;
    return { kind: 'placed', offsetMs: this.#offsetMs, earlierOffsetMs: this.#offsetMs, breakAt: 0, jumped: false };
  }

  /** What the first capture time lacks to lie after the connection before. */
  #liftMs(firstCaptureMs: number): number {
    const lift = this.#notBeforeMs + 1 - firstCaptureMs;
    return lift > 0 && lift <= OVERLAP_LIMIT_MS ? lift : 0;
  }

  #isLateForLong(nowMs: number): boolean {
    return nowMs - this.#recentSinceMs >= LATE_FOR_MS && this.#recent.value > (this.#offsetMs ?? 0) + LATE_JUMP_MS;
  }

  #slew(times: FragmentTimes): void {
    if (this.#window.value === Number.POSITIVE_INFINITY) return;
    const most = this.#lengthMs(times) * SLEW;
    const wanted = this.#window.value - (this.#offsetMs ?? 0);
    this.#offsetMs = (this.#offsetMs ?? 0) + Math.max(-most, Math.min(most, wanted));
  }

  #stand(times: FragmentTimes, gapMs: number): Placement {
    const jumped = !this.#standing;
    this.#standing = true;
    this.#forget();
    const stepMs = gapMs / times.dtsMs.length;
    const firstMs = times.arrivedAtMs - (times.dtsMs.length - 1 + PICTURES_BEHIND) * stepMs;
    return { kind: 'standing', firstMs, stepMs, jumped };
  }

  /** A new time line from picture `breakAt` of this fragment on. */
  #restart(times: FragmentTimes, breakAt: number, gapMs: number): Placement {
    const rest = { ...times, ptsMs: times.ptsMs.slice(breakAt), dtsMs: times.dtsMs.slice(breakAt) };
    const offsetMs = this.#estimate(rest, gapMs);
    const earlierOffsetMs = this.#offsetMs ?? offsetMs;
    this.#standing = false;
    this.#forget();
    this.#resolveArrivals(rest);
    this.#recentSinceMs = times.arrivedAtMs;
    this.#offsetMs = offsetMs;
    return { kind: 'placed', offsetMs, earlierOffsetMs, breakAt, jumped: true };
  }

  #forget(): void {
    this.#window.clear();
    this.#recent.clear();
    this.#reorder.clear();
    this.#arrivals = [];
    this.#pictures = 0;
  }

  /** With B-frames a camera sends each picture as late as the one that waits longest needs: never before its capture. */
  #learnReorder(times: FragmentTimes): void {
    times.ptsMs.forEach((pts, index) => {
      this.#reorder.add(times.arrivedAtMs, (times.dtsMs[index] ?? pts) - pts);
    });
  }

  get #reorderMs(): number {
    return this.#reorder.value === Number.POSITIVE_INFINITY ? 0 : -this.#reorder.value;
  }

  #learnPace(steps: readonly number[], gapMs: number): void {
    const plausible = steps.filter((step) => step > 0 && step <= gapMs + AHEAD_JUMP_MS).sort((a, b) => a - b);
    this.#pictureMs = plausible[Math.floor(plausible.length / 2)] ?? this.#pictureMs;
  }

  #lengthMs(times: FragmentTimes): number {
    const last = times.dtsMs[times.dtsMs.length - 1] ?? 0;
    return last - (times.dtsMs[0] ?? 0) + (this.#pictureMs || times.lastDurationMs);
  }
}

function stands(steps: readonly number[], gapMs: number): boolean {
  if (gapMs < STANDING_MIN_GAP_MS || gapMs / steps.length < STANDING_ARRIVAL_STEP_MS) return false;
  return steps.filter((step) => step < STANDING_STEP_MS).length * 2 >= steps.length;
}
