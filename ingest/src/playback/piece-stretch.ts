import type { PieceWanted, RecordedPictures } from './piece.js';

/** Which of some recorded pictures are shown; all of them are decoded. Epoch ms. */
export interface Stretch {
  /** Capture times of all of them, in order of showing. */
  times: readonly number[];
  /** The first picture that is shown, inclusive. */
  fromMs: number;
  /** Exclusive. */
  beforeMs: number;
  /** Up to here it is recorded as far as that is shown. */
  toMs: number;
  /** When the last picture that is shown ends. */
  endMs: number;
  /** Where to go on; null when nothing more is recorded yet. */
  nextMs: number | null;
}

/** What is wanted at the least: pictures to go on with while the next piece is made. */
const LEAST_MS = 500;
/** Groups are kept whole up to so many times what is wanted: what begins inside a group has to be decoded from its beginning. */
const MOST_TIMES = 2;

/**
 * What is shown of recorded pictures that are encoded anew: from the picture that stands at `fromMs`, to the end of the
 * groups or, where that is far beyond what is wanted, of what is wanted.
 */
export function stretchOf(recorded: RecordedPictures, wanted: PieceWanted): Stretch {
  const times = recorded.fragments.flatMap(({ captureTimesMs }) => captureTimesMs).sort((one, other) => one - other);
  const fromMs = times.findLast((ms) => ms <= wanted.fromMs) ?? (times[0] as number);
  const lengthMs = Math.max(LEAST_MS, wanted.forMs);
  const isWhole = (times.at(-1) as number) - fromMs <= MOST_TIMES * lengthMs;
  const limitMs = Math.min(wanted.beforeMs, isWhole ? Number.POSITIVE_INFINITY : fromMs + lengthMs);
  const nextMs = times.find((ms) => ms >= limitMs && ms > fromMs);
  if (nextMs === undefined) {
    const { toMs, endMs, nextMs: following } = recorded;
    return { times, fromMs, beforeMs: endMs, toMs, endMs, nextMs: following };
  }
  return { times, fromMs, beforeMs: nextMs, toMs: times.findLast((ms) => ms < nextMs) ?? fromMs, endMs: nextMs, nextMs };
}
