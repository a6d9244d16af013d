import type { CameraConfig, DetectionsFrame } from '@safecity/contracts';
import { playTrace } from './play-trace.js';

/** How many people were in view at one moment, counted by hand. */
export interface TrueCount {
  atMs: number;
  people: number;
}

/** What an `occupancy` rule said at the moments counted by hand. */
export interface CountScore {
  moments: { atMs: number; people: number; counted: number }[];
  /** Mean of |counted - people| over the mean of people, 0..1. */
  meanAbsoluteError: number;
  /** Mean of counted - people over the mean of people. */
  bias: number;
}

/** People that the first `occupancy` rule of the camera counts after the frames. */
function peopleAfter(camera: CameraConfig, frames: readonly DetectionsFrame[]): number {
  const inside = playTrace(camera, frames).counts.findLast(({ type }) => type === 'occupancy')?.inside;
  return inside?.find((level) => level.class === 'person')?.now ?? 0;
}

/** Compares the count of an `occupancy` rule with counts by hand; the trace is played anew up to each moment (inclusive). */
export function scoreCounts(camera: CameraConfig, frames: readonly DetectionsFrame[], truth: readonly TrueCount[]): CountScore {
  const moments = truth.map(({ atMs, people }) => {
    const seen = frames.filter(({ capturedAtMs }) => capturedAtMs <= atMs);
    return { atMs, people, counted: peopleAfter(camera, seen) };
  });
  const total = moments.reduce((sum, { people }) => sum + people, 0);
  const share = (error: (moment: { people: number; counted: number }) => number) =>
    moments.reduce((sum, moment) => sum + error(moment), 0) / total;
  return {
    moments,
    meanAbsoluteError: share(({ people, counted }) => Math.abs(counted - people)),
    bias: share(({ people, counted }) => counted - people),
  };
}
