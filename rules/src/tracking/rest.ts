import type { Box } from '@safecity/contracts';
import { boxArea, boxIou, boxShift, intersectionArea } from '../geometry/boxes.js';

/**
 * The place an object keeps. Since `sinceMs` every sighting was at `box`, give or take the detector's tremble; single
 * stray boxes (half of a lorry, a box stretched over its neighbour) do not count as a departure.
 */
export interface Rest {
  /** Mean of the boxes seen at this place, newer ones weighing more after `MEAN_SECONDS`. */
  box: Box;
  /** That mean when the object began to stand: what creep is measured from. */
  origin: Box;
  sinceMs: number;
  /** Last sighting at this place. */
  lastMs: number;
  /** First of the sightings elsewhere that have not been contradicted; null when the last one was here. */
  awaySinceMs: number | null;
}

/** A sighting is at the place when the box has shifted by no more than this (inclusive); see `boxShift`. */
export const SAME_PLACE_SHIFT = 0.2;
/** Or when the boxes overlap by this much (inclusive). */
const SAME_PLACE_IOU = 0.6;
/** Overlap below which an object has clearly gone, without waiting. */
const GONE_IOU = 0.1;
/** A standing object has left when it was seen elsewhere for this long without a sighting at its place. */
const DEPART_MS = 1500;
/** A box that is this much inside the place may be the object half hidden: no sign of a departure, for a while. */
const HALF_HIDDEN_SHARE = 0.85;
const HALF_HIDDEN_MS = 10_000;
/** The mean forgets with this time constant, so that it follows a box whose shape changes slowly (light, shade). */
const MEAN_SECONDS = 10;
/** The mean itself may creep this far from where the object began to stand, in sizes of the box (inclusive; see `boxShift`). */
export const MAX_CREEP = 0.35;

/** A place just taken. */
export function startRest(box: Readonly<Box>, atMs: number): Rest {
  return { box: [...box], origin: [...box], sinceMs: atMs, lastMs: atMs, awaySinceMs: null };
}

function restart(rest: Rest, box: Readonly<Box>, sinceMs: number, atMs: number): void {
  for (let i = 0; i < 4; i++) {
    rest.box[i] = box[i] as number;
    rest.origin[i] = box[i] as number;
  }
  rest.sinceMs = sinceMs;
  rest.lastMs = atMs;
  rest.awaySinceMs = null;
}

/** True when a sighting is at the place. */
export function isAtRest(rest: Readonly<Rest>, box: Readonly<Box>): boolean {
  return boxShift(rest.box, box) <= SAME_PLACE_SHIFT || boxIou(rest.box, box) >= SAME_PLACE_IOU;
}

function settle(rest: Rest, box: Readonly<Box>, atMs: number, standing: boolean): void {
  const stepSeconds = (atMs - rest.lastMs) / 1000;
  const restedSeconds = (atMs - rest.sinceMs) / 1000;
  const weight = restedSeconds <= 0 ? 1 : Math.max(stepSeconds / (restedSeconds + stepSeconds), 1 - Math.exp(-stepSeconds / MEAN_SECONDS));
  for (let i = 0; i < 4; i++) rest.box[i] = (rest.box[i] as number) + weight * ((box[i] as number) - (rest.box[i] as number));
  if (!standing) for (let i = 0; i < 4; i++) rest.origin[i] = rest.box[i] as number;
  rest.lastMs = atMs;
  rest.awaySinceMs = null;
}

function isHalfHidden(rest: Readonly<Rest>, box: Readonly<Box>): boolean {
  return intersectionArea(rest.box, box) >= HALF_HIDDEN_SHARE * boxArea(box);
}

/**
 * Takes one sighting in. Mutates `rest`; when the object has moved, its place and `sinceMs` begin anew.
 * @param standing whether it counts as standing already: then a departure must last `DEPART_MS` (longer for boxes inside the place)
 */
export function observeRest(rest: Rest, box: Readonly<Box>, atMs: number, standing: boolean): void {
  if (isAtRest(rest, box)) {
    settle(rest, box, atMs, standing);
    if (boxShift(rest.origin, rest.box) > MAX_CREEP) restart(rest, box, atMs, atMs);
  } else if (!standing || boxIou(rest.box, box) < GONE_IOU) restart(rest, box, atMs, atMs);
  else if (rest.awaySinceMs === null) rest.awaySinceMs = atMs;
  else if (atMs - rest.awaySinceMs >= (isHalfHidden(rest, box) ? HALF_HIDDEN_MS : DEPART_MS)) restart(rest, box, rest.awaySinceMs, atMs);
}
