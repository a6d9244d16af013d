import type { Box, Point } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { anchorOf, boundingBox, boxIou, boxShift, intersectionArea } from './boxes.js';
import { isInPolygon } from './polygon.js';
import { newTripwireState, type Side, signedDistance, stepTripwire, type Tripwire } from './tripwire.js';

describe('boxes', () => {
  it('has its anchor at the middle of the lower side', () => {
    expect(anchorOf([0.2, 0.1, 0.4, 0.7])).toEqual([expect.closeTo(0.3), 0.7]);
  });

  it.each<{ name: string; a: Box; b: Box; iou: number }>([
    { name: 'equal', a: [0, 0, 1, 1], b: [0, 0, 1, 1], iou: 1 },
    { name: 'half', a: [0, 0, 2, 1], b: [1, 0, 3, 1], iou: 1 / 3 },
    { name: 'touching', a: [0, 0, 1, 1], b: [1, 0, 2, 1], iou: 0 },
    { name: 'apart', a: [0, 0, 1, 1], b: [3, 3, 4, 4], iou: 0 },
    { name: 'inside', a: [0, 0, 2, 2], b: [0, 0, 1, 1], iou: 0.25 },
    { name: 'no area', a: [0, 0, 0, 1], b: [0, 0, 0, 1], iou: 0 },
  ])('IoU of $name boxes', ({ a, b, iou }) => {
    expect(boxIou(a, b)).toBeCloseTo(iou, 12);
    expect(boxIou(b, a)).toBeCloseTo(iou, 12);
  });

  it('shares nothing across a gap', () => {
    expect(intersectionArea([0, 0, 1, 1], [0, 2, 1, 3])).toBe(0);
  });

  it.each<{ name: string; b: Box; shift: number }>([
    { name: 'one side stretched', b: [0, 0, 9, 2], shift: 0 },
    { name: 'one side cut', b: [0, 0, 1, 2], shift: 0 },
    { name: 'moved sideways', b: [1, 0, 3, 2], shift: 0.5 },
    { name: 'moved down', b: [0, 3, 2, 5], shift: 1.5 },
    { name: 'grown on all sides', b: [-1, -1, 3, 3], shift: 0.5 },
    { name: 'two neighbouring sides cut', b: [0, 0, 1, 1], shift: 1 },
    { name: 'nothing', b: [0, 0, 0, 0], shift: Number.POSITIVE_INFINITY },
  ])('shift: $name', ({ b, shift }) => {
    expect(boxShift([0, 0, 2, 2], b)).toBeCloseTo(shift, 12);
  });

  it('bounds all points', () => {
    expect(
      boundingBox([
        [0.5, 0.1],
        [0.2, 0.9],
        [0.7, 0.4],
      ]),
    ).toEqual([0.2, 0.1, 0.7, 0.9]);
  });
});

describe('isInPolygon', () => {
  const square: Point[] = [
    [0.2, 0.2],
    [0.8, 0.2],
    [0.8, 0.8],
    [0.2, 0.8],
  ];
  const arrow: Point[] = [
    [0.1, 0.1],
    [0.9, 0.5],
    [0.1, 0.9],
    [0.4, 0.5],
  ];
  it.each<{ name: string; polygon: Point[]; point: Point; inside: boolean }>([
    { name: 'middle', polygon: square, point: [0.5, 0.5], inside: true },
    { name: 'outside', polygon: square, point: [0.9, 0.5], inside: false },
    { name: 'outside at the height of a corner', polygon: square, point: [0.1, 0.2], inside: false },
    { name: 'on the left side', polygon: square, point: [0.2, 0.5], inside: true },
    { name: 'on the right side', polygon: square, point: [0.8, 0.5], inside: true },
    { name: 'on the lower side', polygon: square, point: [0.5, 0.8], inside: true },
    { name: 'on the upper side', polygon: square, point: [0.5, 0.2], inside: true },
    { name: 'on a corner', polygon: square, point: [0.2, 0.8], inside: true },
    { name: 'on the extension of a side', polygon: square, point: [0.9, 0.8], inside: false },
    { name: 'in the notch', polygon: arrow, point: [0.2, 0.5], inside: false },
    { name: 'in the wing beside the notch', polygon: arrow, point: [0.25, 0.25], inside: true },
    { name: 'on the corner of the notch', polygon: arrow, point: [0.4, 0.5], inside: true },
    { name: 'no number', polygon: square, point: [Number.NaN, 0.5], inside: false },
  ])('$name', ({ polygon, point, inside }) => {
    expect(isInPolygon(polygon, point)).toBe(inside);
    expect(isInPolygon([...polygon].reverse(), point)).toBe(inside);
  });
});

describe('tripwire', () => {
  const eastward: Tripwire = { a: [0.2, 0.5], b: [0.8, 0.5] };
  const westward: Tripwire = { a: [0.8, 0.5], b: [0.2, 0.5] };

  function walk(wire: Tripwire, points: Point[], bandwidth = 0.01): Side[] {
    const state = newTripwireState();
    return points.flatMap((point, i) => stepTripwire(wire, state, { point, atMs: i * 100 }, bandwidth)?.towards ?? []);
  }

  it('has left above and right below when walking to the right, because y points down', () => {
    expect(signedDistance(eastward, [0.5, 0.3])).toBeCloseTo(-0.2);
    expect(signedDistance(eastward, [0.5, 0.7])).toBeCloseTo(0.2);
    expect(signedDistance(westward, [0.5, 0.3])).toBeCloseTo(0.2);
  });

  it.each<{ name: string; points: Point[]; eastwardSides: Side[] }>([
    {
      name: 'down',
      points: [
        [0.5, 0.3],
        [0.5, 0.7],
      ],
      eastwardSides: ['right'],
    },
    {
      name: 'up',
      points: [
        [0.5, 0.7],
        [0.5, 0.3],
      ],
      eastwardSides: ['left'],
    },
    {
      name: 'down and up again',
      points: [
        [0.5, 0.3],
        [0.5, 0.7],
        [0.5, 0.3],
      ],
      eastwardSides: ['right', 'left'],
    },
    {
      name: 'to the line and back',
      points: [
        [0.5, 0.3],
        [0.5, 0.5],
        [0.5, 0.3],
      ],
      eastwardSides: [],
    },
    {
      name: 'stopping on the line, then on',
      points: [
        [0.5, 0.3],
        [0.5, 0.5],
        [0.5, 0.5],
        [0.5, 0.7],
      ],
      eastwardSides: ['right'],
    },
    {
      name: 'trembling on the line',
      points: [
        [0.5, 0.3],
        [0.5, 0.495],
        [0.5, 0.505],
        [0.5, 0.495],
        [0.5, 0.505],
      ],
      eastwardSides: [],
    },
    {
      name: 'through end point A',
      points: [
        [0.2, 0.3],
        [0.2, 0.7],
      ],
      eastwardSides: ['right'],
    },
    {
      name: 'through end point B',
      points: [
        [0.8, 0.3],
        [0.8, 0.7],
      ],
      eastwardSides: ['right'],
    },
    {
      name: 'just past end point B',
      points: [
        [0.801, 0.3],
        [0.801, 0.7],
      ],
      eastwardSides: [],
    },
    {
      name: 'round the end and back across',
      points: [
        [0.5, 0.3],
        [0.9, 0.3],
        [0.9, 0.7],
        [0.5, 0.7],
        [0.5, 0.3],
      ],
      eastwardSides: ['left'],
    },
    {
      name: 'beginning on the line',
      points: [
        [0.5, 0.5],
        [0.5, 0.7],
      ],
      eastwardSides: [],
    },
    {
      name: 'far in one step',
      points: [
        [0.3, -2],
        [0.7, 3],
      ],
      eastwardSides: ['right'],
    },
    {
      name: 'along the line',
      points: [
        [0.1, 0.3],
        [0.9, 0.3],
      ],
      eastwardSides: [],
    },
  ])('$name', ({ points, eastwardSides }) => {
    expect(walk(eastward, points)).toEqual(eastwardSides);
    expect(walk(westward, points)).toEqual(eastwardSides.map((side) => (side === 'left' ? 'right' : 'left')));
  });

  it('is on no side at the width of the band exactly (exclusive)', () => {
    expect(
      walk(
        eastward,
        [
          [0.5, 0],
          [0.5, 0.75],
        ],
        0.25,
      ),
    ).toEqual([]);
    expect(
      walk(
        eastward,
        [
          [0.5, 0],
          [0.5, 0.76],
        ],
        0.25,
      ),
    ).toEqual(['right']);
  });

  it('tells when the path met the line', () => {
    const state = newTripwireState();
    stepTripwire(eastward, state, { point: [0.5, 0.4], atMs: 1000 }, 0.01);
    expect(stepTripwire(eastward, state, { point: [0.5, 0.8], atMs: 2000 }, 0.01)).toEqual({ towards: 'right', atMs: 1250 });
  });
});
