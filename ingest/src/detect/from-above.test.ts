import { expect, it } from 'vitest';
import { fitPicture } from '../decode/picture-fit.js';
import { detectionsOf } from './detections-of.js';
import { modelOfView } from './from-above.js';

const model = { modelId: 'm', classes: ['car', 'cell phone', 'bus', 'parking meter', 'person', 'suitcase'], nmsIou: 0.5 };
const fit = fitPicture({ widthPx: 100, heightPx: 100 }, { widthPx: 100, heightPx: 100 });

function found(fromAbove: boolean | undefined, ...rows: number[][]): [string, number][] {
  const { classes, nmsIou } = modelOfView(model, fromAbove === undefined ? {} : { fromAbove });
  return detectionsOf(Float32Array.from(rows.flat()), fit, { classes, nmsIou, minScore: 0.25 }).map(({ class: name, score }) => [
    name,
    score,
  ]);
}

it.each([
  { name: 'a camera from the side', fromAbove: false, expected: [['suitcase', 0.5]] },
  { name: 'a camera that says nothing', fromAbove: undefined, expected: [['suitcase', 0.5]] },
  {
    name: 'a camera from above',
    fromAbove: true,
    expected: [
      ['car', 0.75],
      ['car', 0.5],
    ],
  },
])('$name takes them for what its view makes them', ({ fromAbove, expected }) => {
  expect(found(fromAbove, [0, 0, 40, 40, 0.75, 1], [50, 50, 90, 90, 0.5, 5])).toEqual(expected);
});

it('keeps one box of a car that comes out as three things', () => {
  expect(found(true, [0, 0, 40, 40, 0.75, 1], [1, 0, 40, 40, 0.5, 3], [0, 1, 40, 40, 0.5, 2])).toEqual([['car', 0.75]]);
});
