import { type Box, CLASS_GROUPS } from '@safecity/contracts';
import { isDriving } from './driving.js';
import type { Observation, ObservedTrack } from './rule-machine.js';

/** Whoever, and whatever, has kept a place for so long waits at no signal (inclusive): cycles are 60 to 120 s. */
const WAITS_NO_LONGER_MS = 120_000;
/** A vehicle nearer than this, in heights of the person, may be what the person waits with (inclusive). */
const WAITS_WITH_HEIGHTS = 3;
const ROAD_VEHICLES: readonly string[] = CLASS_GROUPS['road-vehicle'];

/** True for a person who is one road user with the two-wheeler that is seen under them. */
export function isRider(track: ObservedTrack): boolean {
  return track.rides !== undefined;
}

/** False for a person who rides, on a two-wheeler that is seen or so fast that there must be one; true for everything else. */
export function isOnFoot(track: ObservedTrack): boolean {
  return !isRider(track) && track.drives !== true;
}

function waitsWithTraffic(person: ObservedTrack, { aspect, tracks }: Observation): boolean {
  const reach = WAITS_WITH_HEIGHTS * (person.box[3] - person.box[1]);
  const halfOf = ([x1, y1, x2, y2]: Box) => Math.sqrt((x2 - x1) * aspect * (y2 - y1)) / 2;
  return tracks.some(
    (other) =>
      ROAD_VEHICLES.includes(other.class) &&
      other.standingMs < WAITS_NO_LONGER_MS &&
      !isDriving(other, aspect) &&
      Math.hypot((other.anchor[0] - person.anchor[0]) * aspect, other.anchor[1] - person.anchor[1]) <= reach + halfOf(other.box),
  );
}

/**
 * Since when somebody is on foot where vehicles drive, as far as it is shown; null while it is not.
 *
 * Who was seen to walk is. Who was not, and stands, may be a rider who waits: counted at once where no vehicle waits near,
 * amid waiting ones only when the wait is longer than any red.
 */
export function onFootSince(person: ObservedTrack, observation: Observation): number | null {
  if (!isOnFoot(person)) return null;
  if (person.walksSinceMs !== undefined) return person.walksSinceMs;
  const waits = person.standingMs < WAITS_NO_LONGER_MS && waitsWithTraffic(person, observation);
  return person.standingMs === 0 || waits ? null : person.stillSinceMs;
}
