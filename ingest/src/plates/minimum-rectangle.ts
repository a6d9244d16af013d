import type { Point } from '@safecity/contracts';

const cross = (o: Point, a: Point, b: Point): number => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);

/** Convex hull, counter-clockwise in a frame with y up (Andrew's monotone chain). */
export function convexHull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (ordered: readonly Point[]): Point[] => {
    const chain: Point[] = [];
    for (const point of ordered) {
      while (chain.length >= 2 && cross(chain.at(-2) as Point, chain.at(-1) as Point, point) <= 0) chain.pop();
      chain.push(point);
    }
    chain.pop();
    return chain;
  };
  if (sorted.length <= 2) return sorted;
  return [...half(sorted), ...half(sorted.reverse())];
}

/** A rectangle at any angle: centre, unit vector along its length, half its length and half its breadth. */
export interface TurnedRectangle {
  centre: Point;
  along: Point;
  halfLength: number;
  halfBreadth: number;
}

/**
 * The rectangle of least area around points: one of its sides lies on a side of the hull (Freeman and Shapira 1975).
 * `along` points to the right, or for an upright one down.
 */
export function minimumRectangle(points: readonly Point[]): TurnedRectangle {
  const hull = convexHull(points);
  let best: TurnedRectangle | undefined;
  let bestArea = Number.POSITIVE_INFINITY;
  for (let i = 0; i < hull.length; i++) {
    const from = hull[i] as Point;
    const to = hull[(i + 1) % hull.length] as Point;
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    if (length === 0) continue;
    const ux = (to[0] - from[0]) / length;
    const uy = (to[1] - from[1]) / length;
    let [low, high, near, far] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const [x, y] of hull) {
      const s = x * ux + y * uy;
      const t = y * ux - x * uy;
      low = Math.min(low, s);
      high = Math.max(high, s);
      near = Math.min(near, t);
      far = Math.max(far, t);
    }
    const area = (high - low) * (far - near);
    if (area >= bestArea) continue;
    bestArea = area;
    const s = (low + high) / 2;
    const t = (near + far) / 2;
    best = { centre: [s * ux - t * uy, s * uy + t * ux], along: [ux, uy], halfLength: (high - low) / 2, halfBreadth: (far - near) / 2 };
  }
  if (!best) return { centre: hull[0] ?? [0, 0], along: [1, 0], halfLength: 0, halfBreadth: 0 };
  return best.halfLength >= best.halfBreadth ? rightwards(best) : rightwards(turned(best));
}

function turned({ centre, along, halfLength, halfBreadth }: TurnedRectangle): TurnedRectangle {
  return { centre, along: [-along[1], along[0]], halfLength: halfBreadth, halfBreadth: halfLength };
}

function rightwards(rectangle: TurnedRectangle): TurnedRectangle {
  const [x, y] = rectangle.along;
  return x < 0 || (x === 0 && y < 0) ? { ...rectangle, along: [-x, -y] } : rectangle;
}
