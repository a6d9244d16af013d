import type { Observation } from './rule-machine.js';

/** The interval that goes on: its beginning, and how much of it was watched. */
export interface Interval {
  fromMs: number;
  watchedMs: number;
  lastWatchedMs: number;
}

/**
 * Moves the interval of a counting rule on by one frame. An interval ends with the first frame after it; one that nobody
 * watched is never told.
 */
export function stepInterval(
  current: Interval | null,
  lengthMs: number,
  { nowMs, watchedMs, restarted }: Observation,
): { interval: Interval; ended: Interval | null } {
  const fromMs = Math.floor(nowMs / lengthMs) * lengthMs;
  if (!current) return { interval: { fromMs, watchedMs: 0, lastWatchedMs: watchedMs }, ended: null };
  const stepMs = restarted ? 0 : watchedMs - current.lastWatchedMs;
  if (fromMs === current.fromMs) {
    return { interval: { fromMs, watchedMs: current.watchedMs + stepMs, lastWatchedMs: watchedMs }, ended: null };
  }
  const intoNewMs = Math.min(stepMs, Math.max(0, nowMs - fromMs));
  const ended = { ...current, watchedMs: current.watchedMs + stepMs - intoNewMs };
  return { interval: { fromMs, watchedMs: intoNewMs, lastWatchedMs: watchedMs }, ended };
}
