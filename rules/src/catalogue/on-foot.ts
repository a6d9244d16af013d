import type { ObservedTrack } from './rule-machine.js';

/** False for a person who rides a two-wheeler and is a road user together with it; true for everything else. */
export function isOnFoot(track: ObservedTrack): boolean {
  return track.rides === undefined;
}
