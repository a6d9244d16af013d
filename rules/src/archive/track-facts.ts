import { type ArchivedTrack, type Box, type Calibration, type CameraConfig, HEADINGS, type TrackFacts } from '@safecity/contracts';
import { type RoadPlane, roadPlaneOf } from '../calibration/road-plane.js';
import { pathSpeed, type RoadSighting } from '../calibration/track-speed.js';
import { anchorOf } from '../geometry/boxes.js';
import { isInPolygon } from '../geometry/polygon.js';

/** What is remembered of a track from one part of its path to the next. */
export interface TrackSoFar {
  part: number;
  firstMs: number;
  firstBox: Box;
  zoneIds: string[];
}

/** Steps along a path between two looks at it, share of the picture: no zone worth drawing is narrower. */
const ZONE_STEP = 0.01;
/** Net way below which a track has no heading, in heights of its box (exclusive). */
const LEAST_WAY = 0.5;
/** Time between the places from which a speed is taken, and most of them. */
const SPEED_STEP_MS = 200;
const MOST_SIGHTINGS = 300;
/** Lower edge of a box from which it is cut off by the picture, so that its anchor is not where it meets the road. */
const CUT_OFF_AT = 0.995;

type ArchivePoint = ArchivedTrack['points'][number];

const boxOf = (point: ArchivePoint) => point.slice(1, 5) as Box;

function between(from: ArchivePoint, to: ArchivePoint, share: number): Box {
  return [1, 2, 3, 4].map((side) => (from[side] as number) + share * ((to[side] as number) - (from[side] as number))) as Box;
}

/** Boxes along the path where it was seen; `stepsOf` says into how many pieces a stretch is cut. */
function* boxesAlong(points: readonly ArchivePoint[], stepsOf: (from: ArchivePoint, to: ArchivePoint) => number) {
  const first = points[0];
  if (first) yield { ms: first[0], box: boxOf(first) };
  for (const [index, to] of points.entries()) {
    const from = points[index - 1];
    if (!from) continue;
    const steps = to[5] === 0 ? 1 : Math.max(1, stepsOf(from, to));
    for (let step = 1; step <= steps; step++) {
      const share = step / steps;
      yield { ms: from[0] + share * (to[0] - from[0]), box: between(from, to, share) };
    }
  }
}

function zonesOf({ points }: ArchivedTrack, soFar: TrackSoFar, { zones }: Pick<CameraConfig, 'zones'>): string[] {
  if (zones.length === 0) return soFar.zoneIds;
  const entered = new Set(soFar.zoneIds);
  const largestMove = (from: ArchivePoint, to: ArchivePoint) =>
    Math.max(...[1, 3, 4].map((i) => Math.abs((to[i] as number) - (from[i] as number))));
  for (const { box } of boxesAlong(points, (from, to) => Math.ceil(largestMove(from, to) / ZONE_STEP))) {
    const [x, y] = anchorOf(box);
    // Detectors reach a little beyond the picture, zones end at its border.
    const anchor = [Math.min(1, Math.max(0, x)), Math.min(1, Math.max(0, y))] as const;
    for (const { id, polygon } of zones) if (!entered.has(id) && isInPolygon(polygon, [...anchor])) entered.add(id);
  }
  return [...entered];
}

function headingOf({ points, aspect }: ArchivedTrack, { firstBox }: TrackSoFar): TrackFacts['heading'] {
  const last = points.at(-1);
  if (!last) return null;
  const lastBox = boxOf(last);
  const [from, to] = [anchorOf(firstBox), anchorOf(lastBox)];
  const [dx, dy] = [(to[0] - from[0]) * aspect, to[1] - from[1]];
  const heightOf = (box: Box) => box[3] - box[1];
  if (Math.hypot(dx, dy) < LEAST_WAY * Math.max(heightOf(firstBox), heightOf(lastBox))) return null;
  const eighths = Math.round(Math.atan2(dx, -dy) / (Math.PI / 4));
  return HEADINGS[(eighths + 8) % 8] ?? null;
}

const planes = new WeakMap<Calibration, RoadPlane | null>();

function planeOf(calibration: Calibration): RoadPlane | null {
  if (!planes.has(calibration)) planes.set(calibration, roadPlaneOf(calibration));
  return planes.get(calibration) ?? null;
}

/** Mean speed on the road over the path, km/h to one place; null where it cannot be told. */
function meanSpeedOf({ points }: ArchivedTrack, calibration: Calibration | undefined): number | null {
  const plane = calibration ? planeOf(calibration) : null;
  if (!plane) return null;
  const durationMs = points.at(-1)?.[0] ?? 0;
  const stepMs = Math.max(SPEED_STEP_MS, durationMs / MOST_SIGHTINGS);
  const sightings: RoadSighting[] = [];
  for (const { ms, box } of boxesAlong(points, (from, to) => Math.round((to[0] - from[0]) / stepMs))) {
    const place = box[3] < CUT_OFF_AT ? plane.place(anchorOf(box)) : null;
    if (place) sightings.push({ ...place, atMs: ms });
  }
  const speed = pathSpeed(sightings);
  return speed && Number.isFinite(speed.speedKmh) ? Math.round(speed.speedKmh * 10) / 10 : null;
}

/** What a finished part of a track is searched by, as far as its path tells. */
export function factsOf(
  track: ArchivedTrack,
  soFar: TrackSoFar,
  camera: Pick<CameraConfig, 'zones' | 'calibration'>,
): Omit<TrackFacts, 'colour'> {
  const heading = headingOf(track, soFar);
  return {
    part: soFar.part,
    trackFirstMs: soFar.firstMs,
    zoneIds: zonesOf(track, soFar, camera),
    heading,
    meanSpeedKmh: heading === null ? null : meanSpeedOf(track, camera.calibration),
  };
}
