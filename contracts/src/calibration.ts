import { type Static, Type } from 'typebox';
import { type Point as PicturePoint, Point } from './geometry.js';
import { PresetReference } from './preset.js';
import type { Problem } from './validate.js';

/** A point of the road plane in metres; origin and axes as surveyed. */
export const RoadPoint = Type.Tuple([
  Type.Number({ minimum: -100_000, maximum: 100_000 }),
  Type.Number({ minimum: -100_000, maximum: 100_000 }),
]);
export type RoadPoint = [number, number];

/** Points seen in the picture with their surveyed places on the road plane: what a homography is fitted to. */
export const Calibration = Type.Object(
  {
    points: Type.Array(Type.Object({ picture: Point, roadM: RoadPoint }, { additionalProperties: false }), { minItems: 4, maxItems: 64 }),
    presetId: PresetReference,
    measuredAt: Type.Optional(Type.String({ format: 'date', description: 'Day of the survey' })),
  },
  { additionalProperties: false },
);
export type Calibration = Static<typeof Calibration>;

/** Twice the largest triangle's area: 0 when all points lie on one line. */
function spread(points: readonly (readonly [number, number])[]): number {
  let largest = 0;
  for (let i = 0; i < points.length; i++)
    for (let j = i + 1; j < points.length; j++)
      for (let k = j + 1; k < points.length; k++) {
        const [a, b, c] = [points[i], points[j], points[k]] as [PicturePoint, PicturePoint, PicturePoint];
        largest = Math.max(largest, Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])));
      }
  return largest;
}

/** Twice the signed area of a triangle. */
function turn(a: readonly [number, number], b: readonly [number, number], c: readonly [number, number]): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

/** True when every three points turn the same way in the picture as on the road, or every three the other way: a view of a plane does. */
function isOneView(points: Calibration['points']): boolean {
  const signs = new Set<number>();
  for (let i = 0; i < points.length; i++)
    for (let j = i + 1; j < points.length; j++)
      for (let k = j + 1; k < points.length; k++) {
        const [a, b, c] = [points[i], points[j], points[k]] as [(typeof points)[0], (typeof points)[0], (typeof points)[0]];
        const picture = turn(a.picture, b.picture, c.picture);
        const road = turn(a.roadM, b.roadM, c.roadM);
        // Flat triangles turn by the error of the survey alone.
        if (Math.abs(picture) > 1e-3 && Math.abs(road) > 0.5) signs.add(Math.sign(picture * road));
      }
  return signs.size < 2;
}

/** What a schema cannot see: points on one line, the same point twice, fewer than four in general position. */
export function calibrationProblems(calibration: Calibration, path: string): Problem[] {
  const lists = { picture: calibration.points.map(({ picture }) => picture), roadM: calibration.points.map(({ roadM }) => roadM) };
  const problems: Problem[] = Object.entries(lists).flatMap(([name, points]): Problem[] => {
    const seen = new Set(points.map(String));
    if (seen.size < points.length)
      return [{ path: `${path}/points`, code: 'same-point', message: `the same ${name} point is given twice: each must be another place` }];
    // Every four of a homography's points need three that do not lie on a line; leaving one out must not end it.
    const weakest = Math.min(...points.map((_, left) => spread(points.filter((_other, index) => index !== left))));
    const limit = name === 'picture' ? 1e-4 : 1e-2;
    return weakest < limit
      ? [
          {
            path: `${path}/points`,
            code: 'on-one-line',
            message: `three or more of the ${name} points lie on one line: take points that span an area`,
          },
        ]
      : [];
  });
  if (problems.length === 0 && !isOneView(calibration.points))
    problems.push({
      path: `${path}/points`,
      code: 'no-view',
      message: 'no view of a road shows these points so: check that each picture point stands beside its own road point',
    });
  return problems;
}
