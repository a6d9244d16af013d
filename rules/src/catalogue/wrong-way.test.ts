import { describe, expect, it } from 'vitest';
import { createCameraPipeline } from '../pipeline/pipeline.js';
import { aCamera, aDetection, boxAt, frames, play, T0 } from '../testing/scene.js';

/** One lane down the middle of the picture, traffic from below to above. */
const lane = {
  id: 'up',
  name: 'làn lên',
  polygon: [
    [0.3, 0.05],
    [0.7, 0.05],
    [0.7, 1],
    [0.3, 1],
  ],
  direction: [
    [0.5, 1],
    [0.5, 0.05],
  ],
};
/** 20 m of road over the height of the picture. */
const calibration = {
  points: [
    { picture: [0, 0], roadM: [0, 0] },
    { picture: [1, 0], roadM: [20, 0] },
    { picture: [1, 1], roadM: [20, 20] },
    { picture: [0, 1], roadM: [0, 20] },
  ],
};

function findings(pointAt: (seconds: number) => [number, number] | null, options: object = {}, extra: object = {}, seconds = 6) {
  const rule = { id: 'ww', name: 'Ngược chiều', type: 'wrong-way', laneIds: ['up'], ...options };
  const pipeline = createCameraPipeline(aCamera({ lanes: [lane], rules: [rule], ...extra }));
  const list = frames(seconds * 1000, 200, (atMs) => {
    const point = pointAt(atMs / 1000);
    return point ? [aDetection({ box: boxAt(point[0], point[1]) })] : [];
  });
  return play(pipeline, list).findings;
}

const down = (s: number): [number, number] => [0.5, 0.2 + 0.12 * s];
const up = (s: number): [number, number] => [0.5, 0.95 - 0.12 * s];

describe('wrong-way', () => {
  it('raises a vehicle against the lane once, with the distance', () => {
    const raised = findings(down).filter(({ phase }) => phase === 'raised');
    expect(raised).toHaveLength(1);
    const finding = raised[0]?.finding;
    expect(finding).toMatchObject({ type: 'wrong-way', class: 'car', fineable: { value: false } });
    expect(finding?.reason.measures[0]).toMatchObject({ name: 'againstDistancePictureHeights', comparison: '>=', threshold: 0.12 });
    expect(finding?.reason.measures[0]?.value).toBeGreaterThanOrEqual(0.12);
    expect((finding?.raisedAtMs ?? 0) - T0).toBeLessThan(2000);
    expect(finding?.moments.map(({ name }) => name)).toEqual(['first', 'raised']);
  });

  it('measures in metres on a calibrated camera, and is an incident as wrong-way-driver', () => {
    const raised = findings(down, { type: 'wrong-way-driver', minDistanceM: 5 }, { calibration }).filter(({ phase }) => phase === 'raised');
    expect(raised).toHaveLength(1);
    expect(raised[0]?.finding.fineable).toBeUndefined();
    expect(raised[0]?.finding.reason.measures[0]).toMatchObject({ name: 'againstDistanceM', threshold: 5 });
    expect(findings(down, { minDistanceM: 30 }, { calibration })).toEqual([]);
  });

  it.each([
    { name: 'a real, calibrated camera', extra: { calibration }, fineable: true },
    { name: 'a camera without calibration', extra: {}, fineable: false },
    { name: 'a simulated camera', extra: { calibration, simulated: true }, fineable: false },
  ])('on $name is fineable: $fineable', ({ extra, fineable }) => {
    const verdict = findings(down, { minDistanceM: 5 }, extra).find(({ phase }) => phase === 'raised')?.finding.fineable;
    expect(verdict).toMatchObject({ value: fineable });
    expect(verdict?.reasons.length).toBe(fineable ? 0 : 1);
  });

  it('ends when the vehicle has gone', () => {
    const changes = findings((s) => (s < 4 ? down(s) : null), {}, {}, 12);
    expect(changes.map(({ phase }) => phase)).toEqual(['raised', 'ended']);
  });

  it.each<{ name: string; at: (s: number) => [number, number] | null; options?: object }>([
    { name: 'goes with the lane', at: up },
    { name: 'crosses it', at: (s) => [0.2 + 0.12 * s, 0.5 + 0.02 * s] },
    { name: 'stands and trembles', at: (s) => [0.5, 0.5 + 0.02 * Math.sin(s * 9)] },
    { name: 'backs a little into a gap', at: (s) => [0.5, s < 3 ? 0.9 - 0.12 * s : 0.54 + Math.min(0.08, 0.05 * (s - 3))] },
    { name: 'goes the other way outside the lane', at: (s) => [0.15, 0.2 + 0.12 * s] },
    { name: 'is of another class', at: down, options: { classes: ['bus'] } },
    { name: 'is seen once only', at: (s) => (s === 1 ? [0.5, 0.5] : null) },
  ])('leaves alone what $name', ({ at, options }) => {
    expect(findings(at, options)).toEqual([]);
  });

  it.each([
    { name: 'NaN', box: [Number.NaN, 0, 1, 1] },
    { name: 'a huge box', box: [-1e9, 0, 1e9, 1] },
  ])('is not disturbed by $name', ({ box }) => {
    const pipeline = createCameraPipeline(aCamera({ lanes: [lane], rules: [{ id: 'ww', name: 'n', type: 'wrong-way', laneIds: ['up'] }] }));
    const list = frames(6000, 200, (atMs) => [aDetection({ box: boxAt(...up(atMs / 1000)) }), aDetection({ box: box as never })]);
    expect(play(pipeline, list).findings).toEqual([]);
  });

  it('an hour back in time, seen as a jump up the road, raises nothing', () => {
    const pipeline = createCameraPipeline(aCamera({ lanes: [lane], rules: [{ id: 'ww', name: 'n', type: 'wrong-way', laneIds: ['up'] }] }));
    const first = frames(3000, 200, (atMs) => [aDetection({ box: boxAt(...up(atMs / 1000)) })]);
    const second = frames(3000, 200, (atMs) => [aDetection({ box: boxAt(...up(atMs / 1000)) })]);
    const back = second.map((frame) => ({ ...frame, capturedAtMs: frame.capturedAtMs - 3_600_000 }));
    expect(play(pipeline, [...first, ...back]).findings).toEqual([]);
  });
});
