import type { RoadPoint } from '@safecity/contracts';
import { medianOf, solve } from './linear.js';
import type { RoadPlace } from './road-plane.js';

/** Where a vehicle's reference point was on the road at one moment. */
export interface RoadSighting extends RoadPlace {
  atMs: number;
}

/** Mean speed over a stretch of a path. */
export interface PathSpeed {
  speedKmh: number;
  distanceM: number;
  durationMs: number;
  /** Median distance between the sightings and the fitted path, m. */
  spreadM: number;
}

/** Sightings from which the path may bend; fewer are taken for a straight, even motion. */
const BEND_FROM = 6;
const REWEIGHTS = 8;
/** Huber's constant: sightings farther out, in standard deviations, count less. */
const HUBER = 1.345;
/** Parts of the fitted path whose lengths are summed. */
const PIECES = 16;
const MS_PER_S = 1000;
const KMH_PER_MS = 3.6;

type Curve = { x: number[]; y: number[] };

function valueAt(coefficients: readonly number[], s: number): number {
  let value = 0;
  for (let k = coefficients.length - 1; k >= 0; k--) value = value * s + (coefficients[k] as number);
  return value;
}

/** Weighted least squares of road x and y over time; `s` runs 0..1. */
function fitCurve(sightings: readonly RoadSighting[], s: readonly number[], weights: readonly number[], degree: number): Curve | null {
  const size = degree + 1;
  const moments = new Array<number>(2 * degree + 1).fill(0);
  const right = { x: new Array<number>(size).fill(0), y: new Array<number>(size).fill(0) };
  sightings.forEach(({ roadM }, i) => {
    let power = weights[i] as number;
    for (let k = 0; k <= 2 * degree; k++) {
      moments[k] = (moments[k] as number) + power;
      if (k <= degree) {
        right.x[k] = (right.x[k] as number) + power * roadM[0];
        right.y[k] = (right.y[k] as number) + power * roadM[1];
      }
      power *= s[i] as number;
    }
  });
  const total = moments[0] as number;
  const matrix = () =>
    Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_c, k) => (moments[row + k] as number) / total));
  const x = solve(
    matrix(),
    right.x.map((value) => value / total),
  );
  const y = solve(
    matrix(),
    right.y.map((value) => value / total),
  );
  return x && y ? { x, y } : null;
}

function missesOf(sightings: readonly RoadSighting[], s: readonly number[], curve: Curve): number[] {
  return sightings.map(({ roadM }, i) =>
    Math.hypot(roadM[0] - valueAt(curve.x, s[i] as number), roadM[1] - valueAt(curve.y, s[i] as number)),
  );
}

function lengthOf(curve: Curve): number {
  let length = 0;
  let before: RoadPoint = [valueAt(curve.x, 0), valueAt(curve.y, 0)];
  for (let piece = 1; piece <= PIECES; piece++) {
    const point: RoadPoint = [valueAt(curve.x, piece / PIECES), valueAt(curve.y, piece / PIECES)];
    length += Math.hypot(point[0] - before[0], point[1] - before[1]);
    before = point;
  }
  return length;
}

/**
 * Mean speed of a vehicle over its path, km/h: length of a smooth curve fitted to its sightings, by the time between
 * the first and the last.
 *
 * The curve is a parabola of road x and y over time (even acceleration, a gentle bend; a straight line below six
 * sightings). A sighting weighs by the square of the picture units to the metre, because the error of a box is even in
 * the picture and not on the road; sightings far off the curve count less (Huber 1964, iteratively reweighted, scale by
 * the median of the misses). The length of the curve, and not of the sightings' own zigzag, keeps noise from making it faster.
 * @param sightings in order of time
 * @returns null with fewer than two moments
 */
export function pathSpeed(sightings: readonly RoadSighting[]): PathSpeed | null {
  const first = sightings[0];
  const durationMs = (sightings.at(-1)?.atMs ?? 0) - (first?.atMs ?? 0);
  if (!first || !(durationMs > 0)) return null;
  const s = sightings.map(({ atMs }) => (atMs - first.atMs) / durationMs);
  const sureness = sightings.map(({ metresPerUnit }) => 1 / (metresPerUnit * metresPerUnit));
  const degree = sightings.length >= BEND_FROM ? 2 : 1;
  let weights = sureness;
  let curve = fitCurve(sightings, s, weights, degree);
  if (curve === null && degree === 2) curve = fitCurve(sightings, s, weights, 1);
  for (let round = 0; round < REWEIGHTS && curve; round++) {
    const inPicture = missesOf(sightings, s, curve).map((miss, i) => miss / (sightings[i]?.metresPerUnit ?? 1));
    // Of distances in two directions the median is 1.18 standard deviations (Rayleigh).
    const limit = (HUBER * medianOf(inPicture)) / 1.1774;
    if (!(limit > 0)) break;
    weights = sureness.map((weight, i) => weight * Math.min(1, limit / (inPicture[i] as number)));
    curve = fitCurve(sightings, s, weights, curve.x.length - 1);
  }
  if (!curve) return null;
  const distanceM = lengthOf(curve);
  return {
    speedKmh: (distanceM / (durationMs / MS_PER_S)) * KMH_PER_MS,
    distanceM,
    durationMs,
    spreadM: medianOf(missesOf(sightings, s, curve)),
  };
}
