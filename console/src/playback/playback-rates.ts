import type { Pictures } from './recording-source.js';

/** Speeds, slowest first. */
export const RATES = [0.25, 0.5, 1, 2, 4, 8] as const;

/** The next speed in a direction; the same at either end. */
export function nextRate(rate: number, by: 1 | -1): number {
  const at = RATES.indexOf(rate as (typeof RATES)[number]);
  return RATES[Math.min(RATES.length - 1, Math.max(0, at + by))] ?? 1;
}

/** Above ×2 keyframes are enough for the eye, and a tenth of the bytes. */
export const picturesAt = (rate: number): Pictures => (rate > 2 ? 'keyframes' : 'all');

const PIECE_MS = 5000;
const PIECES_AHEAD = 3;
/** What is made while it is fetched begins small, so that the picture does not wait for more than it needs. */
const FIRST_MADE_MS = 1000;

/** How much is kept ahead of the picture at a speed, ms. */
export const aheadMs = (rate: number): number => PIECES_AHEAD * PIECE_MS * Math.max(1, rate);

/**
 * How much is fetched at once, ms: about as long to watch at any speed. Of what is encoded anew at most twice what is held
 * ahead of the picture (`heldMs`): it has to be made while that is watched.
 */
export function pieceMs(rate: number, heldMs: number, transcoded: boolean): number {
  const speed = Math.max(1, rate);
  return transcoded ? Math.min(PIECE_MS * speed, Math.max(FIRST_MADE_MS * speed, 2 * heldMs)) : PIECE_MS * speed;
}

/** A stretch of media time, seconds. */
export interface Range {
  startS: number;
  endS: number;
}

/** Pictures further apart than this have something missing between them; less is closed over without a word. */
export const GAP_S = 2;
/** The end of what is buffered counts as reached this long before it. */
const REACHED_S = 0.12;

/** The hole in front of which the player stands: from the end of the range it is in to the beginning of the next one. */
export function holeAhead(buffered: readonly Range[], currentS: number): Range | null {
  const here = buffered.findIndex(({ startS, endS }) => currentS >= startS - REACHED_S && currentS <= endS + REACHED_S);
  const at = buffered[here];
  const next = buffered[here + 1];
  if (!at || !next || at.endS - currentS > REACHED_S) return null;
  return { startS: at.endS, endS: next.startS };
}

/** The picture before or after the one shown, seconds; null when it is not among those known. */
export function neighbour(times: readonly number[], shownS: number, by: 1 | -1): number | null {
  const SAME_S = 0.0005;
  if (by > 0) return times.find((time) => time > shownS + SAME_S) ?? null;
  return times.findLast((time) => time < shownS - SAME_S) ?? null;
}
