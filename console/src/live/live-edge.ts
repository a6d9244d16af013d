/** A stretch of buffered media, seconds. */
export interface MediaRange {
  startS: number;
  endS: number;
}

/** What the player sees when it decides how to stay at the live edge. */
export interface EdgeView {
  currentS: number;
  /** Ascending, without overlaps. */
  buffered: readonly MediaRange[];
  /** How far behind the newest picture to stay, seconds. */
  targetBehindS: number;
  /** The playback rate now. */
  rate: number;
  /** The stream has just begun: what was sent to start the decoder is skipped instead of played. */
  joining: boolean;
}

/** What to do: where to jump, if at all, and how fast to play. */
export interface Steering {
  seekToS: number | null;
  rate: number;
}

/** Further behind than this the picture jumps to the edge. */
export const JUMP_BEHIND_S = 3;
const JOIN_SLACK_S = 0.5;
const FAST = 1.1;
const SLOW = 0.93;
const EDGE_SLACK_S = 0.05;

function rangeAt(ranges: readonly MediaRange[], timeS: number): MediaRange | undefined {
  return ranges.find((range) => timeS >= range.startS - EDGE_SLACK_S && timeS <= range.endS + EDGE_SLACK_S);
}

/**
 * Keeps the picture close to live: jumps when more than 3 s behind or when it stands in a hole, and otherwise drifts
 * towards the target a little faster or slower than life, with hysteresis so that the rate does not flutter.
 */
export function steer(view: EdgeView): Steering {
  const newest = view.buffered.at(-1);
  if (!newest) return { seekToS: null, rate: 1 };
  const behindS = newest.endS - view.currentS;
  const goalS = Math.max(newest.startS, newest.endS - view.targetBehindS);
  const limitS = view.joining ? view.targetBehindS + JOIN_SLACK_S : JUMP_BEHIND_S;
  const lost = rangeAt(view.buffered, view.currentS) === undefined;
  if (lost || behindS > limitS) {
    // Nothing to gain where the goal is the place it stands at: a seek would only stutter.
    return { seekToS: Math.abs(goalS - view.currentS) > EDGE_SLACK_S ? goalS : null, rate: 1 };
  }
  return { seekToS: null, rate: rateFor(behindS - view.targetBehindS, view.rate) };
}

function rateFor(surplusS: number, rate: number): number {
  if (surplusS > 0.4) return FAST;
  if (surplusS < -0.3) return SLOW;
  if (rate > 1) return surplusS > 0.05 ? FAST : 1;
  if (rate < 1) return surplusS < -0.05 ? SLOW : 1;
  return 1;
}

const KEEP_BEHIND_S = 8;
const TRIM_WHEN_S = 20;

/** The stretch to remove from the buffer so that it stays small, or null while it is. */
export function trimmable(buffered: readonly MediaRange[], currentS: number): MediaRange | null {
  const oldest = buffered[0];
  if (!oldest || currentS - oldest.startS < TRIM_WHEN_S) return null;
  return { startS: oldest.startS, endS: currentS - KEEP_BEHIND_S };
}

const LEAST_BEHIND_S = 0.6;
const MOST_BEHIND_S = 2;
const MARGIN_S = 0.15;
/** Arrival and waiting together stay below this, well short of the 3 s from which a picture counts as old. */
const LATEST_S = 2.4;
const SLOW_ARRIVAL_BEHIND_S = 0.3;

/**
 * How far behind the newest picture to stay so that its boxes have arrived when it is shown. Pictures that themselves
 * arrive late are held back less: they must not grow old by waiting.
 * @param tracksLagMs how long after the pictures their boxes arrive, or null when none do
 * @param arrivalLagMs how long after its capture the newest picture arrives, or null when unknown
 */
export function targetBehindS(tracksLagMs: number | null, arrivalLagMs: number | null): number {
  const wantedS = tracksLagMs === null ? LEAST_BEHIND_S : Math.max(LEAST_BEHIND_S, tracksLagMs / 1000 + MARGIN_S);
  const allowedS = Math.max(SLOW_ARRIVAL_BEHIND_S, LATEST_S - (arrivalLagMs ?? 0) / 1000);
  return Math.min(MOST_BEHIND_S, wantedS, allowedS);
}
