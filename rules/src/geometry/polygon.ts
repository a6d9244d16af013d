import type { Point } from '@safecity/contracts';

/** How far from a side a point still counts as on it: rounding of 0..1 coordinates, far below a pixel. */
const ON_SIDE = 1e-12;

function isOnSide(a: Point, b: Point, p: Point): boolean {
  const cross = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
  if (Math.abs(cross) > ON_SIDE) return false;
  return Math.min(a[0], b[0]) <= p[0] && p[0] <= Math.max(a[0], b[0]) && Math.min(a[1], b[1]) <= p[1] && p[1] <= Math.max(a[1], b[1]);
}

/**
 * True when `point` lies in the simple polygon. Sides and corners belong to it (inclusive).
 * Counts the sides that a ray to the right crosses (even-odd rule).
 */
export function isInPolygon(polygon: readonly Point[], point: Point): boolean {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const a = polygon[j] as Point;
    const b = polygon[i] as Point;
    if (isOnSide(a, b, point)) return true;
    if (a[1] > point[1] === b[1] > point[1]) continue;
    if (point[0] < ((a[0] - b[0]) * (point[1] - b[1])) / (a[1] - b[1]) + b[0]) inside = !inside;
  }
  return inside;
}
