import type { Box } from '@safecity/contracts';

/**
 * Constant-velocity Kalman filter of a box, in seconds.
 *
 * State and noise of centre x, centre y, width and height are independent of each other (as in SORT, arXiv 1602.00763,
 * and ByteTrack, arXiv 2110.06864, whose 8-state filter has block-diagonal matrices), so the filter is four filters of
 * two states each: no matrices are needed. Departures from the papers: time steps in seconds with continuous
 * white-noise acceleration instead of one step a frame; the aspect ratio is replaced by the width; noise scales with
 * the square root of the box's area, so it fits a lying lorry as well as a standing person.
 *
 * Layout: `number[20]`, four axes (cx, cy, width, height) of five numbers each: value, speed per second, variance of
 * the value, covariance, variance of the speed. A plain array, so that a checkpoint is its JSON.
 */
export type BoxFilter = number[];

const NUMBERS_PER_AXIS = 5;
const AXES = 4;

/** Noise, as shares of the box's size: standard deviations for the measurement, densities per second for the process. */
export interface KalmanNoise {
  /** Standard deviation of a measured centre. */
  position: number;
  /** Standard deviation of a measured width or height. */
  extent: number;
  /** Standard deviation of the unknown speed of a new track, sizes per second. */
  newSpeed: number;
  /** The same for its growth, sizes per second. */
  newGrowth: number;
  /** Spectral density of acceleration, sizes² per second³. */
  acceleration: number;
  /** The same for growth. */
  growthAcceleration: number;
  /**
   * How much less a sure box is doubted than an unsure one, 0..1: the variance of a measurement is multiplied by
   * `1 - confidence · (score - 0.5)` (StrongSORT's NSA filter, arXiv 2202.13514, section 3.2, which uses `1 - score`:
   * that trusts a score of 0.99 fifty times as much as one of 0.5, and detectors are not that honest).
   */
  confidence: number;
}

export const DEFAULT_NOISE: KalmanNoise = {
  position: 0.082,
  extent: 0.074,
  newSpeed: 4,
  newGrowth: 0.29,
  acceleration: 1.09,
  growthAcceleration: 0.027,
  confidence: 0.79,
};

/** One axis a step of `dt` seconds ahead: `x += v dt`, covariance by `F P Fᵀ + Q`. Mutates `filter`. */
export function predictAxis(filter: BoxFilter, axis: number, dt: number, density: number): void {
  const i = axis * NUMBERS_PER_AXIS;
  const cov = filter[i + 3] as number;
  const speedVariance = filter[i + 4] as number;
  filter[i] = (filter[i] as number) + (filter[i + 1] as number) * dt;
  filter[i + 2] = (filter[i + 2] as number) + 2 * dt * cov + dt * dt * speedVariance + (density * dt * dt * dt) / 3;
  filter[i + 3] = cov + dt * speedVariance + (density * dt * dt) / 2;
  filter[i + 4] = speedVariance + density * dt;
}

/** One axis corrected by a measured value of variance `noise`. Mutates `filter`. */
export function updateAxis(filter: BoxFilter, axis: number, measured: number, noise: number): void {
  const i = axis * NUMBERS_PER_AXIS;
  const variance = filter[i + 2] as number;
  const cov = filter[i + 3] as number;
  const total = variance + noise;
  const gain = variance / total;
  const speedGain = cov / total;
  const innovation = measured - (filter[i] as number);
  filter[i] = (filter[i] as number) + gain * innovation;
  filter[i + 1] = (filter[i + 1] as number) + speedGain * innovation;
  filter[i + 2] = (1 - gain) * variance;
  filter[i + 3] = (1 - gain) * cov;
  filter[i + 4] = (filter[i + 4] as number) - speedGain * cov;
}

/** A filter that knows one box and no speed. */
export function startFilter(box: Readonly<Box>, noise: KalmanNoise): BoxFilter {
  const width = box[2] - box[0];
  const height = box[3] - box[1];
  const size = Math.sqrt(width * height);
  const position = (noise.position * size) ** 2;
  const extent = (noise.extent * size) ** 2;
  const speed = (noise.newSpeed * size) ** 2;
  const growth = (noise.newGrowth * size) ** 2;
  // biome-ignore format: one axis a line
  return [
    (box[0] + box[2]) / 2, 0, position, 0, speed,
    (box[1] + box[3]) / 2, 0, position, 0, speed,
    width, 0, extent, 0, growth,
    height, 0, extent, 0, growth,
  ];
}

function sizeSquared(filter: BoxFilter): number {
  return Math.max(1e-12, (filter[10] as number) * (filter[15] as number));
}

/** Moves all four axes `dt` seconds ahead. A box that would shrink to nothing stops at a hundredth. Mutates `filter`. */
export function predictFilter(filter: BoxFilter, dt: number, noise: KalmanNoise): void {
  const scale = sizeSquared(filter);
  const width = filter[10] as number;
  const height = filter[15] as number;
  predictAxis(filter, 0, dt, noise.acceleration * scale);
  predictAxis(filter, 1, dt, noise.acceleration * scale);
  predictAxis(filter, 2, dt, noise.growthAcceleration * scale);
  predictAxis(filter, 3, dt, noise.growthAcceleration * scale);
  keepPositive(filter, 10, width);
  keepPositive(filter, 15, height);
}

function keepPositive(filter: BoxFilter, index: number, before: number): void {
  if ((filter[index] as number) >= before / 100) return;
  filter[index] = before / 100;
  filter[index + 1] = 0;
}

/** Corrects all four axes by a box detected with `score`. Mutates `filter`. */
export function updateFilter(filter: BoxFilter, box: Readonly<Box>, noise: KalmanNoise, score = 0.5): void {
  const doubt = Math.max(0.01, 1 - noise.confidence * (score - 0.5));
  const scale = doubt * Math.max(1e-12, (box[2] - box[0]) * (box[3] - box[1]));
  const position = noise.position * noise.position * scale;
  const extent = noise.extent * noise.extent * scale;
  updateAxis(filter, 0, (box[0] + box[2]) / 2, position);
  updateAxis(filter, 1, (box[1] + box[3]) / 2, position);
  updateAxis(filter, 2, box[2] - box[0], extent);
  updateAxis(filter, 3, box[3] - box[1], extent);
}

/** Forgets growth: an object that is not seen keeps the size it had. Mutates `filter`. */
export function stopGrowth(filter: BoxFilter): void {
  for (let axis = 2; axis < AXES; axis++) filter[axis * NUMBERS_PER_AXIS + 1] = 0;
}

/** Writes the filter's box into `into`, `xyxy`. */
export function readBox(filter: BoxFilter, into: Box): void {
  const halfWidth = (filter[10] as number) / 2;
  const halfHeight = (filter[15] as number) / 2;
  into[0] = (filter[0] as number) - halfWidth;
  into[1] = (filter[5] as number) - halfHeight;
  into[2] = (filter[0] as number) + halfWidth;
  into[3] = (filter[5] as number) + halfHeight;
}

/** Speed of the centre in units of the boxes per second, x and y. */
export function boxVelocity(filter: BoxFilter): [number, number] {
  return [filter[1] as number, filter[6] as number];
}

/** Variance of the centre, x and y. */
export function centreVarianceX(filter: BoxFilter): number {
  return filter[2] as number;
}
export function centreVarianceY(filter: BoxFilter): number {
  return filter[7] as number;
}
