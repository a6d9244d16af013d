import type { AnchorPoint, Point, Zone } from '@safecity/contracts';
import type { Observation, ObservedTrack } from '../catalogue/rule-machine.js';
import { anchorOf } from '../geometry/boxes.js';
import { isInPolygon } from '../geometry/polygon.js';
import { boxVelocity } from '../tracking/kalman.js';
import { DEFAULT_TRACKER_OPTIONS } from '../tracking/options.js';
import { isStanding, type Track, trackClass } from '../tracking/track.js';
import { toPicture } from './frame-gate.js';

/** Confirmed tracks as rules see them. */
export function observeTracks(tracks: readonly Track[], nowMs: number, aspect: number, zones: readonly Zone[]): ObservedTrack[] {
  const observed: ObservedTrack[] = [];
  for (const track of tracks) {
    if (track.phase === 'tentative') continue;
    const standing = isStanding(track, DEFAULT_TRACKER_OPTIONS);
    const filtered = toPicture(track.box, aspect);
    const box = standing ? toPicture(track.rest.box, aspect) : filtered;
    const anchor = anchorOf(box);
    observed.push({
      id: track.id,
      class: trackClass(track),
      score: track.scoreSum / track.hits,
      box,
      drawnBox: track.rest.awaySinceMs === null ? box : filtered,
      anchor,
      firstMs: track.firstMs,
      lastSeenMs: track.lastMs,
      velocity: standing ? [0, 0] : boxVelocity(track.filter),
      seen: track.lastMs === nowMs,
      clearlySeen: track.clearMs === nowMs,
      stillSinceMs: track.rest.sinceMs,
      standingMs: standing ? track.rest.lastMs - track.rest.sinceMs : 0,
      zoneIds: zonesAt(anchor, zones),
    });
  }
  return observed;
}

/** The same observation with another point of the boxes as anchor. */
export function withAnchor(observation: Observation, point: AnchorPoint, zones: readonly Zone[]): Observation {
  if (point === 'bottom-centre') return observation;
  const tracks = observation.tracks.map((track) => {
    const anchor = anchorOf(track.box, point);
    return { ...track, anchor, zoneIds: zonesAt(anchor, zones) };
  });
  return { ...observation, tracks };
}

/** Detectors reach a little beyond the picture, zones end at its border: a point outside counts as on the border. */
function zonesAt([x, y]: Point, zones: readonly Zone[]): string[] {
  const point: Point = [Math.min(1, Math.max(0, x)), Math.min(1, Math.max(0, y))];
  const ids: string[] = [];
  for (const zone of zones) if (isInPolygon(zone.polygon, point)) ids.push(zone.id);
  return ids;
}
