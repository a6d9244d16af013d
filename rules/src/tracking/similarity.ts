import type { Box } from '@safecity/contracts';
import { boxIou, boxShift } from '../geometry/boxes.js';
import { classAffinity, isPersonClass } from './classes.js';
import { centreVarianceX, centreVarianceY } from './kalman.js';
import type { TrackerOptions } from './options.js';
import { SAME_PLACE_SHIFT } from './rest.js';
import { isParked, isStanding, restedMs, type Track } from './track.js';

/** Fit of a box of which only one side does not fit the place of a standing object. */
const STRETCHED_FIT = 0.5;
/** An object that kept its place for this long is looked for there, also by doubtful detections (inclusive). */
const SETTLED_MS = 1000;

/**
 * How well a box fits where the filter expects it, 0..1: `IoU + (1 - IoU) · closenessShare · closeness · likeness`.
 *
 * IoU alone (SORT, ByteTrack) fails at a few frames a second, where a fast object has left its own box behind.
 * `closeness = 1 / (1 + d²/2)` with `d` the distance of the centres in standard deviations of the filter; at 25 frames
 * a second these are small and only IoU counts, at one frame a second they are as large as the doubt is. `likeness` is
 * the ratio of the widths times that of the heights, so that closeness never joins a person to a bus.
 * @param least fits below this are of no interest and may be given as 0: most pairs of a crowd end before any of that is computed
 */
export function fit(track: Readonly<Track>, box: Readonly<Box>, options: TrackerOptions, least: number): number {
  const own = track.box;
  const ownWidth = own[2] - own[0];
  const ownHeight = own[3] - own[1];
  const width = box[2] - box[0];
  const height = box[3] - box[1];
  const measured = options.noise.position * options.noise.position * width * height;
  const dx = (own[0] + own[2] - box[0] - box[2]) / 2;
  const dy = (own[1] + own[3] - box[1] - box[3]) / 2;
  const squared = (dx * dx) / (centreVarianceX(track.filter) + measured) + (dy * dy) / (centreVarianceY(track.filter) + measured);
  const closeness = options.closenessShare / (1 + squared / 2);
  const apart = 2 * Math.abs(dx) >= ownWidth + width || 2 * Math.abs(dy) >= ownHeight + height;
  if (apart && closeness < least) return 0;
  const iou = apart ? 0 : boxIou(own, box);
  const likeness = (Math.min(ownWidth, width) / Math.max(ownWidth, width)) * (Math.min(ownHeight, height) / Math.max(ownHeight, height));
  return iou + (1 - iou) * closeness * likeness;
}

/** How well a box fits the place of a standing track: IoU, but no less than `STRETCHED_FIT` for a stretched or cut box. */
function placeFit(track: Readonly<Track>, box: Readonly<Box>): number {
  const overlap = boxIou(track.rest.box, box);
  return overlap > 0 && overlap < STRETCHED_FIT && boxShift(track.rest.box, box) <= SAME_PLACE_SHIFT ? STRETCHED_FIT : overlap;
}

/**
 * Gain of matching a track with a detection in the first round: its similarity when that is enough, else 0.
 * A track that keeps its place is compared with that place as well; a standing one that is lost, with its place only
 * and by overlap, because whatever comes to stand in front of it must not take its identity.
 */
export function matchGain(track: Readonly<Track>, detection: { box: Box }, detectionClass: number, options: TrackerOptions): number {
  const affinity = classAffinity(track.classIndex, detectionClass, isParked(track, options));
  if (affinity === 0) return 0;
  const place = isSettled(track, options) ? placeFit(track, detection.box) : 0;
  if (isOnlyAtItsPlace(track, options)) return place >= options.minStandingIou ? place * affinity : 0;
  const least = leastSimilarity(track, options);
  const similarity = Math.max(place, fit(track, detection.box, options, least)) * affinity;
  return similarity >= least ? similarity : 0;
}

/** True for what is looked for at its place. People gather and stop briefly all the time: they need to have stood for longer. */
function isSettled(track: Readonly<Track>, options: TrackerOptions): boolean {
  return restedMs(track) >= (isPersonClass(track.classIndex) ? options.standingAfterMs : SETTLED_MS);
}

/** True for a lost track that a detection elsewhere cannot bring back: a parked thing, and a person who stood and was not seen for long. */
function isOnlyAtItsPlace(track: Readonly<Track>, options: TrackerOptions): boolean {
  if (track.phase !== 'lost' || !isStanding(track, options)) return false;
  return !isPersonClass(track.classIndex) || track.missingMs > options.movingLostMs;
}

function leastSimilarity(track: Readonly<Track>, options: TrackerOptions): number {
  if (track.phase === 'tentative') return options.minTentativeSimilarity;
  return track.phase === 'lost' ? options.minLostSimilarity : options.minSimilarity;
}

/** Gain in the second round, with a low-score detection: overlap only, and only for what was seen in the frame before or keeps its place. */
export function lowScoreGain(track: Readonly<Track>, detection: { box: Box }, detectionClass: number, options: TrackerOptions): number {
  if (track.phase === 'lost' && !isSettled(track, options)) return 0;
  const parked = isParked(track, options);
  const affinity = classAffinity(track.classIndex, detectionClass, parked);
  if (affinity === 0) return 0;
  const overlap = parked ? placeFit(track, detection.box) : boxIou(track.box, detection.box);
  const least = isPersonClass(track.classIndex) ? options.minLowScorePersonIou : options.minLowScoreIou;
  return overlap >= least ? overlap * affinity : 0;
}
