import type { Box } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { boxOf, cropWindow } from './crop-window.js';

const picture = { widthPx: 1920, heightPx: 1080 };

describe('the window of a crop', () => {
  const cases: { name: string; box: Box; margin: number; expected: number[] | null }[] = [
    { name: 'a box', box: [0.25, 0.5, 0.5, 0.75], margin: 0, expected: [480, 540, 480, 270] },
    { name: 'rounded outwards to even pixels', box: [0.2501, 0.5001, 0.4999, 0.7499], margin: 0, expected: [480, 540, 480, 270] },
    { name: 'with a margin on every side', box: [0.25, 0.5, 0.5, 0.75], margin: 0.1, expected: [432, 512, 576, 326] },
    { name: 'beyond the picture', box: [-0.5, -0.5, 0.5, 1.5], margin: 1, expected: [0, 0, 1920, 1080] },
    { name: 'smaller than a pixel', box: [0.5, 0.5, 0.50001, 0.50001], margin: 0, expected: [960, 540, 2, 2] },
    { name: 'outside the picture', box: [1.1, 0, 1.5, 1], margin: 0, expected: null },
    { name: 'of no size', box: [0.5, 0.5, 0.5, 0.7], margin: 0, expected: null },
    { name: 'not a number', box: [Number.NaN, 0, 1, 1], margin: 0, expected: null },
  ];
  it.each(cases)('$name', ({ box, margin, expected }) => {
    const window = cropWindow({ box, margin }, picture);
    expect(window && Object.values(window)).toEqual(expected);
  });

  it('is told as a box', () => {
    expect(boxOf({ xPx: 480, yPx: 540, widthPx: 480, heightPx: 270 }, picture)).toEqual([0.25, 0.5, 0.5, 0.75]);
  });
});
