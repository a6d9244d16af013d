import { SafecityError } from '@safecity/contracts';
import { solve } from './linear.js';

type Pair = readonly [number, number];

/** A plane-to-plane mapping, row by row; the third row's value is positive for points in front of the camera. */
export type Homography = readonly [number, number, number, number, number, number, number, number, number];

/** Steps of the refinement: it converges in a few. */
const REFINE_STEPS = 20;
/** Points whose third row is below this share of the centroid's lie at, or behind, the horizon. */
const HORIZON = 1e-3;

/** Where a point goes; null at or beyond the horizon. */
export function applyHomography(h: Homography, [x, y]: Pair): [number, number] | null {
  const w = h[6] * x + h[7] * y + h[8];
  if (!(w > HORIZON)) return null;
  return [(h[0] * x + h[1] * y + h[2]) / w, (h[3] * x + h[4] * y + h[5]) / w];
}

/** Product of two mappings: first `b`, then `a`. */
export function compose(a: readonly number[], b: readonly number[]): number[] {
  const at = (m: readonly number[], i: number) => m[i] as number;
  return Array.from({ length: 9 }, (_, i) => {
    const row = i - (i % 3);
    return at(a, row) * at(b, i % 3) + at(a, row + 1) * at(b, 3 + (i % 3)) + at(a, row + 2) * at(b, 6 + (i % 3));
  });
}

/** The mapping back. @returns null for one that flattens the plane. */
export function inverse(h: readonly number[]): number[] | null {
  const columns = [0, 1, 2].map((k) =>
    solve(
      [h.slice(0, 3), h.slice(3, 6), h.slice(6, 9)],
      [0, 1, 2].map((i) => (i === k ? 1 : 0)),
    ),
  );
  if (columns.some((column) => column === null)) return null;
  return Array.from({ length: 9 }, (_, i) => columns[i % 3]?.[Math.floor(i / 3)] as number);
}

/** Similarity that moves points to their centroid and to a mean distance of √2 (Hartley 1997). */
function normalising(points: readonly Pair[]): number[] {
  const n = points.length;
  const cx = points.reduce((sum, [x]) => sum + x, 0) / n;
  const cy = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const scale = Math.SQRT2 / (points.reduce((sum, [x, y]) => sum + Math.hypot(x - cx, y - cy), 0) / n);
  return [scale, 0, -scale * cx, 0, scale, -scale * cy, 0, 0, 1];
}

function moved(points: readonly Pair[], m: readonly number[]): Pair[] {
  return points.map(([x, y]) => [(m[0] as number) * x + (m[2] as number), (m[4] as number) * y + (m[5] as number)]);
}

/** Normal equations of rows `[8]` against values. */
class LeastSquares {
  private readonly matrix = Array.from({ length: 8 }, () => new Array<number>(8).fill(0));
  private readonly right = new Array<number>(8).fill(0);

  add(row: readonly number[], value: number): void {
    for (let i = 0; i < 8; i++) {
      this.right[i] = (this.right[i] as number) + (row[i] as number) * value;
      const target = this.matrix[i] as number[];
      for (let k = 0; k < 8; k++) target[k] = (target[k] as number) + (row[i] as number) * (row[k] as number);
    }
  }

  solve(): number[] | null {
    return solve(this.matrix, this.right);
  }
}

/** Direct linear transform with the last element 1, which is safe where the centroid is the origin: no point in view is at infinity. */
function directLinear(from: readonly Pair[], to: readonly Pair[]): number[] | null {
  const equations = new LeastSquares();
  from.forEach(([x, y], i) => {
    const [u, v] = to[i] as Pair;
    equations.add([x, y, 1, 0, 0, 0, -u * x, -u * y], u);
    equations.add([0, 0, 0, x, y, 1, -v * x, -v * y], v);
  });
  const h = equations.solve();
  return h && [...h, 1];
}

function squaredError(h: readonly number[], from: readonly Pair[], to: readonly Pair[]): number {
  return from.reduce((sum, point, i) => {
    const placed = applyHomography(h as unknown as Homography, point);
    const [u, v] = to[i] as Pair;
    return placed ? sum + (placed[0] - u) ** 2 + (placed[1] - v) ** 2 : Number.POSITIVE_INFINITY;
  }, 0);
}

/** Gauss-Newton on the distance in the target plane, from the linear answer; a step that does not help ends it. */
function refine(start: number[], from: readonly Pair[], to: readonly Pair[]): number[] {
  let best = start;
  let error = squaredError(best, from, to);
  for (let step = 0; step < REFINE_STEPS; step++) {
    const equations = new LeastSquares();
    from.forEach(([x, y], i) => {
      const h = best as unknown as Homography;
      const w = h[6] * x + h[7] * y + h[8];
      const [u, v] = [(h[0] * x + h[1] * y + h[2]) / w, (h[3] * x + h[4] * y + h[5]) / w];
      const [wantedU, wantedV] = to[i] as Pair;
      equations.add([x / w, y / w, 1 / w, 0, 0, 0, (-u * x) / w, (-u * y) / w], wantedU - u);
      equations.add([0, 0, 0, x / w, y / w, 1 / w, (-v * x) / w, (-v * y) / w], wantedV - v);
    });
    const change = equations.solve();
    if (!change) return best;
    const next = best.map((value, i) => value + (change[i] ?? 0));
    const nextError = squaredError(next, from, to);
    if (!(nextError < error)) return best;
    best = next;
    error = nextError;
  }
  return best;
}

/**
 * Fits the homography that takes `from` to `to`: normalised direct linear transform, then least squares of the
 * distance in the plane of `to` (Hartley and Zisserman, Multiple View Geometry, 4.1 and 4.4). Both lists have the same
 * length, four or more.
 * @throws SafecityError `RULES_CALIBRATION_INVALID` when points lie on one line, or in an order that no view of a plane shows
 */
export function fitHomography(from: readonly Pair[], to: readonly Pair[]): Homography {
  const [source, target] = [normalising(from), normalising(to)];
  const [points, wanted] = [moved(from, source), moved(to, target)];
  const linear = from.length >= 4 ? directLinear(points, wanted) : null;
  const back = inverse(target);
  if (!linear || !back || squaredError(linear, points, wanted) === Number.POSITIVE_INFINITY)
    throw new SafecityError(
      'RULES_CALIBRATION_INVALID',
      'the calibration points do not show a plane: take four or more that span an area, and check that each picture point stands beside its own road point',
      { httpStatus: 400 },
    );
  return compose(back, compose(refine(linear, points, wanted), source)) as unknown as Homography;
}
