import { CLASS_GROUPS } from '@safecity/contracts';
import { boxArea, intersectionArea } from '../geometry/boxes.js';
import type { Observation, ObservedTrack } from './rule-machine.js';

const TWO_WHEELERS: readonly string[] = CLASS_GROUPS['two-wheeler'];
/** A person whose box shares this much of itself with a two-wheeler's is its rider (inclusive). */
const RIDER_SHARE = 0.2;
/** A two-wheeler not detected for this long still carries its rider (inclusive). */
const RIDDEN_MS = 1500;

/** True for a person who rides no two-wheeler. */
export function isOnFoot(person: ObservedTrack, { tracks, nowMs }: Observation): boolean {
  return !tracks.some(
    (other) =>
      TWO_WHEELERS.includes(other.class) &&
      nowMs - other.lastSeenMs <= RIDDEN_MS &&
      intersectionArea(other.box, person.box) >= RIDER_SHARE * boxArea(person.box),
  );
}
