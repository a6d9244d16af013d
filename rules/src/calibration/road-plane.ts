import type { Calibration, Point, RoadPoint } from '@safecity/contracts';
import { applyHomography, fitHomography, type Homography, inverse } from './homography.js';

/** A place on the road with how sure it is. */
export interface RoadPlace {
  roadM: RoadPoint;
  /** Metres on the road that one unit of the picture covers there (root of the mean square over both directions). */
  metresPerUnit: number;
}

/** The road plane as seen by one calibrated camera. Picture points in the units that it was made with. */
export interface RoadPlane {
  /** Root of the mean squared distance between the surveyed points and where the fit puts them, m; 0 with four points, which leave nothing to check. */
  residualM: number;
  /** Farthest of them, m. */
  worstM: number;
  /** Where a point of the picture lies on the road; null at or beyond the horizon. */
  place(picture: readonly [number, number]): RoadPlace | null;
  /** Area on the road of a polygon in the picture, m²; null when a corner lies beyond the horizon. */
  areaM2(polygon: readonly Point[]): number | null;
}

/** Pairs of picture point and road point. */
export type RoadPairs = readonly { picture: readonly [number, number]; roadM: readonly [number, number] }[];

function placeOn(h: Homography, picture: readonly [number, number]): RoadPlace | null {
  const roadM = applyHomography(h, picture);
  if (!roadM) return null;
  const w = h[6] * picture[0] + h[7] * picture[1] + h[8];
  const dxx = (h[0] - h[6] * roadM[0]) / w;
  const dxy = (h[1] - h[7] * roadM[0]) / w;
  const dyx = (h[3] - h[6] * roadM[1]) / w;
  const dyy = (h[4] - h[7] * roadM[1]) / w;
  return { roadM, metresPerUnit: Math.sqrt((dxx * dxx + dxy * dxy + dyx * dyx + dyy * dyy) / 2) };
}

/** Area of a polygon in the plane (shoelace formula). */
function planeArea(corners: readonly RoadPoint[]): number {
  let twice = 0;
  corners.forEach(([x, y], i) => {
    const [nextX, nextY] = corners[(i + 1) % corners.length] as RoadPoint;
    twice += x * nextY - nextX * y;
  });
  return Math.abs(twice) / 2;
}

/**
 * Fits the road plane to surveyed points: the mapping from the road to the picture with the least squared distance in
 * the picture, where the points were marked, turned round. The residual is told in metres.
 * @throws SafecityError `RULES_CALIBRATION_INVALID`
 */
export function fitRoadPlane(pairs: RoadPairs): RoadPlane {
  const pictures = pairs.map(({ picture }) => picture);
  const roads = pairs.map(({ roadM }) => roadM);
  const toPicture = fitHomography(roads, pictures);
  const turned = inverse(toPicture);
  // The sign of a homography is free: taken so that the surveyed points lie in front of the camera.
  const h = turned === null ? fitHomography(pictures, roads) : inFront(turned, pictures);
  const misses = pairs.map(({ picture, roadM }) => {
    const placed = placeOn(h, picture)?.roadM ?? [Number.POSITIVE_INFINITY, 0];
    return Math.hypot(placed[0] - roadM[0], placed[1] - roadM[1]);
  });
  return {
    residualM: Math.sqrt(misses.reduce((sum, miss) => sum + miss * miss, 0) / misses.length),
    worstM: Math.max(...misses),
    place: (picture) => placeOn(h, picture),
    areaM2: (polygon) => {
      const corners = polygon.map((corner) => placeOn(h, corner)?.roadM ?? null);
      return corners.some((corner) => corner === null) ? null : planeArea(corners as RoadPoint[]);
    },
  };
}

/** Scaled so that the third row is 1 on the mean over `points`: the horizon is then the same share away for every camera. */
function inFront(h: readonly number[], points: readonly (readonly [number, number])[]): Homography {
  const mean = points.reduce((sum, [x, y]) => sum + (h[6] as number) * x + (h[7] as number) * y + (h[8] as number), 0) / points.length;
  return h.map((value) => value / mean) as unknown as Homography;
}

/** The road plane of a camera; null without calibration. Picture points 0..1. */
export function roadPlaneOf(calibration: Calibration | undefined): RoadPlane | null {
  return calibration ? fitRoadPlane(calibration.points) : null;
}
