import type { ObjectClass, PlateColour } from '@safecity/contracts';

/** Where and on what a plate was seen. */
export interface PlateSighting {
  text: string;
  atMs: number;
  cameraId: string;
  /** Degrees; absent when the camera has no place. */
  place?: { latitude: number; longitude: number };
  class: ObjectClass;
  colour: PlateColour;
}

/** Why one plate seems to be on two vehicles. */
export type ClonedPlateHint =
  | { kind: 'impossible-travel'; distanceM: number; elapsedMs: number; neededKmh: number }
  | { kind: 'other-vehicle'; classes: [ObjectClass, ObjectClass] }
  | { kind: 'other-colour'; colours: [PlateColour, PlateColour] };

const EARTH_RADIUS_M = 6_371_000;
/** Faster than this between two cameras, straight line, is one vehicle no more (exclusive). */
const FASTEST_KMH = 180;
/** Cameras' places and clocks are not exact; nearer sightings say nothing. */
const LEAST_DISTANCE_M = 1000;

/** Classes that detectors confuse count as one. */
const KIND: Partial<Record<ObjectClass, string>> = {
  motorcycle: 'two-wheeler',
  bicycle: 'two-wheeler',
  car: 'large',
  bus: 'large',
  truck: 'large',
};

type Place = NonNullable<PlateSighting['place']>;

/** Great-circle distance (haversine). */
function distanceM(a: Place, b: Place): number {
  const rad = Math.PI / 180;
  const dLat = (b.latitude - a.latitude) * rad;
  const dLon = (b.longitude - a.longitude) * rad;
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(a.latitude * rad) * Math.cos(b.latitude * rad) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Hints that two sightings of the same text are two vehicles; for a person to look at, never a proof. */
export function clonedPlateHints(a: PlateSighting, b: PlateSighting): ClonedPlateHint[] {
  if (a.text !== b.text) return [];
  const hints: ClonedPlateHint[] = [];
  if (a.place && b.place) {
    const metres = distanceM(a.place, b.place);
    const elapsedMs = Math.abs(b.atMs - a.atMs);
    const neededKmh = (metres / Math.max(1, elapsedMs)) * 3600;
    if (metres >= LEAST_DISTANCE_M && neededKmh > FASTEST_KMH)
      hints.push({ kind: 'impossible-travel', distanceM: metres, elapsedMs, neededKmh });
  }
  const kinds = [KIND[a.class], KIND[b.class]];
  if (kinds[0] && kinds[1] && kinds[0] !== kinds[1]) hints.push({ kind: 'other-vehicle', classes: [a.class, b.class] });
  if (a.colour !== b.colour && a.colour !== 'unknown' && b.colour !== 'unknown')
    hints.push({ kind: 'other-colour', colours: [a.colour, b.colour] });
  return hints;
}
