import { median, percentile } from './statistics.js';

/** Errors of measured speeds against the truth, km/h. */
export interface SpeedFigures {
  /** Tracks with a truth and a measured speed. */
  tracks: number;
  /** Tracks with a truth and none. */
  missing: number;
  meanAbsoluteError: number;
  medianAbsoluteError: number;
  p95AbsoluteError: number;
  /** Mean of measured minus true. */
  bias: number;
}

/** Compares measured speeds with the truth, both by track and in km/h. */
export function speedFigures(measured: ReadonlyMap<string, number>, truth: ReadonlyMap<string, number>): SpeedFigures {
  const errors: number[] = [];
  for (const [track, speedKmh] of truth) {
    const value = measured.get(track);
    if (value !== undefined) errors.push(value - speedKmh);
  }
  const absolute = errors.map(Math.abs);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    tracks: errors.length,
    missing: truth.size - errors.length,
    meanAbsoluteError: mean(absolute),
    medianAbsoluteError: median(absolute),
    p95AbsoluteError: percentile(absolute, 95),
    bias: mean(errors),
  };
}
