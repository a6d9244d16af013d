import type { Box } from '@safecity/contracts';
import { boxShift } from '../geometry/boxes.js';
import type { Episode } from './dwell.js';
import type { ObservedTrack } from './rule-machine.js';

/** Slower than this, box sizes per second, is standing. */
export const MOVING_SPEED = 0.2;
/** Shift since it began, box sizes, below which a moving box may be a trembling one. */
const LEAST_SHIFT = 1;

/** Speed of a track in sizes of its box per second: near and far compare without calibration. */
export function speedOf({ velocity, box }: ObservedTrack, aspect: number): number {
  return Math.hypot(...velocity) / Math.sqrt((box[2] - box[0]) * aspect * (box[3] - box[1]));
}

/** True while a track moves on: it does not count as standing and is faster than `MOVING_SPEED` (inclusive). */
export function isDriving(track: ObservedTrack, aspect: number): boolean {
  return track.standingMs === 0 && speedOf(track, aspect) >= MOVING_SPEED;
}

/** True when the subject of an episode has gone somewhere since it began: one size of its box or more. */
export function hasGone(episode: Episode, aspect: number): boolean {
  const inHeights = ([x1, y1, x2, y2]: Box): Box => [x1 * aspect, y1, x2 * aspect, y2];
  return boxShift(inHeights(episode.startBox), inHeights(episode.box)) >= LEAST_SHIFT;
}
