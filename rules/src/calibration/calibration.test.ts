import { describe, expect, it } from 'vitest';
import { seededRandom } from '../testing/scene.js';
import { applyHomography, fitHomography, type Homography } from './homography.js';
import { fitRoadPlane } from './road-plane.js';
import { pathSpeed, type RoadSighting } from './track-speed.js';

/** A camera over a road of 10 m by 40 m: road to picture. */
const VIEW: Homography = [60, 4, 500, 0, 8, 150, 0, 0.02, 1];
const inPicture = (x: number, y: number) => applyHomography(VIEW, [x, y]) as [number, number];
const corners: [number, number][] = [
  [0, 0],
  [10, 0],
  [10, 40],
  [0, 40],
];
const pairs = (road: [number, number][]) => road.map((roadM) => ({ picture: inPicture(...roadM), roadM }));

describe('fitRoadPlane', () => {
  it('finds the road again from four corners, exactly', () => {
    const plane = fitRoadPlane(pairs(corners));
    expect(plane.residualM).toBeLessThan(1e-6);
    const placed = plane.place(inPicture(3, 17));
    expect(placed?.roadM[0]).toBeCloseTo(3, 6);
    expect(placed?.roadM[1]).toBeCloseTo(17, 6);
    expect(plane.areaM2(corners.map(([x, y]) => inPicture(x, y)))).toBeCloseTo(400, 4);
  });

  it('tells the residual of a bad point in metres', () => {
    const points = pairs([...corners, [5, 20], [2, 30], [8, 10]]);
    const bad = points.map((point, i) => (i === 4 ? { ...point, roadM: [5, 23] as [number, number] } : point));
    const plane = fitRoadPlane(bad);
    expect(plane.worstM).toBeGreaterThan(1);
    expect(plane.residualM).toBeGreaterThan(0.4);
    expect(plane.residualM).toBeLessThan(plane.worstM);
  });

  it('sees nothing at the horizon and beyond', () => {
    const plane = fitRoadPlane(pairs(corners));
    // Lines along the road meet at y = 8 / 0.02.
    expect(plane.place([500, 401])).toBeNull();
    expect(plane.areaM2([inPicture(0, 0), inPicture(10, 0), [500, 450]])).toBeNull();
  });

  it.each([
    {
      name: 'points on one line',
      road: [
        [0, 0],
        [1, 1],
        [2, 2],
        [3, 3],
      ] as [number, number][],
      picture: [
        [0, 0],
        [1, 1],
        [2, 2],
        [3, 3],
      ] as [number, number][],
    },
    { name: 'two points swapped', road: corners, picture: [inPicture(0, 0), inPicture(10, 40), inPicture(10, 0), inPicture(0, 40)] },
    { name: 'three points', road: corners.slice(0, 3), picture: corners.slice(0, 3) },
  ])('refuses $name', ({ road, picture }) => {
    expect(() => fitHomography(picture, road)).toThrow(expect.objectContaining({ code: 'RULES_CALIBRATION_INVALID' }));
  });
});

/** A vehicle seen every 40 ms for `seconds` at `roadAt(s)`, each sighting moved by `noiseM`. */
function drive(seconds: number, roadAt: (s: number) => [number, number], noiseM = 0, outliers = 0): RoadSighting[] {
  const random = seededRandom(7);
  return Array.from({ length: Math.round(seconds * 25) + 1 }, (_, i) => {
    const [x, y] = roadAt(i / 25);
    const stray = random() < outliers ? 6 : 0;
    const roadM: [number, number] = [x + noiseM * (random() * 2 - 1) + stray, y + noiseM * (random() * 2 - 1)];
    return { atMs: i * 40, roadM, metresPerUnit: 1 };
  });
}

describe('pathSpeed', () => {
  it.each([
    { name: 'even', sightings: drive(2, (s) => [1, 15 * s]), kmh: 54, within: 0.01 },
    { name: 'noisy', sightings: drive(2, (s) => [1, 15 * s], 0.5), kmh: 54, within: 0.8 },
    { name: 'every seventh box a stray', sightings: drive(2, (s) => [1, 15 * s], 0.1, 0.15), kmh: 54, within: 0.5 },
    { name: 'braking from 20 to 10 m/s', sightings: drive(2, (s) => [1, 20 * s - 2.5 * s * s]), kmh: 54, within: 0.01 },
    { name: 'standing in a trembling box', sightings: drive(4, () => [1, 5], 0.2), kmh: 0, within: 0.4 },
    { name: 'two sightings', sightings: drive(0.04, (s) => [1, 15 * s]), kmh: 54, within: 0.01 },
    { name: 'a bend', sightings: drive(2, (s) => [10 * s, 1.5 * (s - 1) ** 2]), kmh: 36.5, within: 0.1 },
  ])('$name: $kmh km/h', ({ sightings, kmh, within }) => {
    expect(Math.abs((pathSpeed(sightings)?.speedKmh ?? Number.NaN) - kmh)).toBeLessThanOrEqual(within);
  });

  it('says nothing from one moment', () => {
    expect(pathSpeed([])).toBeNull();
    expect(pathSpeed(drive(0, () => [0, 0]))).toBeNull();
    const [one] = drive(0, () => [0, 0]);
    expect(pathSpeed([one as RoadSighting, one as RoadSighting])).toBeNull();
  });
});
