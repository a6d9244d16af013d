import { type Static, Type } from 'typebox';
import type { Problem } from './validate.js';

/** A point of the picture, 0..1, origin top left. */
export const Point = Type.Tuple([Type.Number({ minimum: 0, maximum: 1 }), Type.Number({ minimum: 0, maximum: 1 })]);
export type Point = [number, number];

/** A box `xyxy`, 0..1, origin top left; may reach a little beyond the picture because detectors extrapolate. */
export const Box = Type.Tuple([
  Type.Number({ minimum: -1, maximum: 2 }),
  Type.Number({ minimum: -1, maximum: 2 }),
  Type.Number({ minimum: -1, maximum: 2 }),
  Type.Number({ minimum: -1, maximum: 2 }),
]);
export type Box = [number, number, number, number];

/** A simple polygon: at least three corners, no side crosses another. Closed by itself. */
export const Polygon = Type.Array(Point, { minItems: 3, maxItems: 64 });
export type Polygon = Static<typeof Polygon>;

function orientation(a: Point, b: Point, c: Point): number {
  return Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
}

function onSegment(a: Point, b: Point, p: Point): boolean {
  return Math.min(a[0], b[0]) <= p[0] && p[0] <= Math.max(a[0], b[0]) && Math.min(a[1], b[1]) <= p[1] && p[1] <= Math.max(a[1], b[1]);
}

/** True when segments `a b` and `c d` share a point, end points included. */
export function segmentsTouch(a: Point, b: Point, c: Point, d: Point): boolean {
  const abC = orientation(a, b, c);
  const abD = orientation(a, b, d);
  const cdA = orientation(c, d, a);
  const cdB = orientation(c, d, b);
  if (abC !== abD && cdA !== cdB) return true;
  return (
    (abC === 0 && onSegment(a, b, c)) ||
    (abD === 0 && onSegment(a, b, d)) ||
    (cdA === 0 && onSegment(c, d, a)) ||
    (cdB === 0 && onSegment(c, d, b))
  );
}

/** Problems that a schema cannot see: repeated corners, a side that crosses another, no area. */
export function polygonProblems(polygon: Polygon, path: string): Problem[] {
  const count = polygon.length;
  const problems: Problem[] = [];
  for (let i = 0; i < count; i++) {
    const a = polygon[i] as Point;
    const b = polygon[(i + 1) % count] as Point;
    if (a[0] === b[0] && a[1] === b[1]) {
      problems.push({
        path,
        code: 'same-corner',
        params: { first: i + 1, second: ((i + 1) % count) + 1 },
        message: `corners ${i + 1} and ${((i + 1) % count) + 1} are the same point: remove one`,
      });
      continue;
    }
    for (let j = i + 2; j < count; j++) {
      if (i === 0 && j === count - 1) continue;
      // A side without length meets its neighbours' neighbours; that the two corners are one is said already.
      if (String(polygon[j]) === String(polygon[(j + 1) % count])) continue;
      if (segmentsTouch(a, b, polygon[j] as Point, polygon[(j + 1) % count] as Point)) {
        problems.push({
          path,
          code: 'self-crossing',
          params: { first: i + 1, second: j + 1 },
          message: `crosses itself: side ${i + 1} meets side ${j + 1}; move the corners so that no two sides cross`,
        });
      }
    }
  }
  if (problems.length === 0 && polygonArea(polygon) < 1e-6)
    problems.push({ path, code: 'no-area', message: 'has no area: its corners lie on one line' });
  return problems;
}

/** Area of a simple polygon as a share of the picture, 0..1 (shoelace formula). */
export function polygonArea(polygon: Polygon): number {
  let twice = 0;
  for (let i = 0; i < polygon.length; i++) {
    const a = polygon[i] as Point;
    const b = polygon[(i + 1) % polygon.length] as Point;
    twice += a[0] * b[1] - b[0] * a[1];
  }
  return Math.abs(twice) / 2;
}
