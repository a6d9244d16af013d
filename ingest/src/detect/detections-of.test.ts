import { describe, expect, it } from 'vitest';
import { fitPicture } from '../decode/picture-fit.js';
import { detectionsOf, selectBoxes, toPictureShare } from './detections-of.js';
import { nonMaximumSuppression } from './non-maximum-suppression.js';

type Row = [x1: number, y1: number, x2: number, y2: number, score: number, classIndex: number];

function rows(...list: Row[]): Float32Array {
  return Float32Array.from(list.flat());
}

const every = (boxes: Float32Array) => Array.from({ length: boxes.length / 6 }, (_, index) => index);

describe('non-maximum suppression', () => {
  const cases: { name: string; boxes: Float32Array; iou: number; kept: number[] }[] = [
    { name: 'nothing', boxes: rows(), iou: 0.5, kept: [] },
    { name: 'the better of two that overlap', boxes: rows([0, 0, 10, 10, 0.5, 0], [1, 0, 11, 10, 0.9, 0]), iou: 0.5, kept: [1] },
    { name: 'both when they are of two classes', boxes: rows([0, 0, 10, 10, 0.5, 0], [0, 0, 10, 10, 0.9, 1]), iou: 0.5, kept: [1, 0] },
    { name: 'both when they touch only', boxes: rows([0, 0, 10, 10, 0.5, 0], [10, 0, 20, 10, 0.9, 0]), iou: 0, kept: [1, 0] },
    // Shared 50 of 150: one third.
    { name: 'both at exactly the threshold', boxes: rows([0, 0, 10, 10, 0.9, 0], [5, 0, 15, 10, 0.8, 0]), iou: 1 / 3 + 1e-9, kept: [0, 1] },
    { name: 'one just above the threshold', boxes: rows([0, 0, 10, 10, 0.9, 0], [5, 0, 15, 10, 0.8, 0]), iou: 1 / 3 - 1e-3, kept: [0] },
    {
      name: 'the third of a chain, for its middle is gone',
      boxes: rows([0, 0, 10, 10, 0.9, 0], [4, 0, 14, 10, 0.8, 0], [8, 0, 18, 10, 0.7, 0]),
      iou: 0.3,
      kept: [0, 2],
    },
    { name: 'the first of equals', boxes: rows([0, 0, 10, 10, 0.9, 0], [0, 0, 10, 10, 0.9, 0]), iou: 0.5, kept: [0] },
    { name: 'a small box inside a big one', boxes: rows([0, 0, 100, 100, 0.9, 0], [10, 10, 20, 20, 0.8, 0]), iou: 0.5, kept: [0, 1] },
  ];
  it.each(cases)('keeps $name', ({ boxes, iou, kept }) => expect(nonMaximumSuppression(boxes, every(boxes), iou)).toEqual(kept));
});

describe('selecting boxes', () => {
  const options = { classes: ['person', 'airplane', 'car'], nmsIou: 0.5, minScore: 0.35 };
  const cases: { name: string; row: Row; kept: boolean }[] = [
    { name: 'at the threshold', row: [0, 0, 10, 10, 0.35000002, 0], kept: true },
    { name: 'below the threshold', row: [0, 0, 10, 10, 0.3499, 0], kept: false },
    { name: 'of a class that must not leave', row: [0, 0, 10, 10, 0.9, 1], kept: false },
    { name: 'of a class the model does not have', row: [0, 0, 10, 10, 0.9, 7], kept: false },
    { name: 'with no area', row: [10, 0, 10, 10, 0.9, 0], kept: false },
    { name: 'with its corners swapped', row: [10, 10, 0, 0, 0.9, 0], kept: false },
    { name: 'with a score that is no number', row: [0, 0, 10, 10, Number.NaN, 0], kept: false },
    { name: 'with a corner that is no number', row: [Number.NaN, 0, 10, 10, 0.9, 0], kept: false },
    { name: 'of an unused row', row: [0, 0, 0, 0, 0, 0], kept: false },
  ];
  it.each(cases)('a box $name: $kept', ({ row, kept }) => expect(selectBoxes(rows(row), options).length).toBe(kept ? 1 : 0));

  it('takes no unused row even when every score counts', () => {
    expect(selectBoxes(rows([0, 0, 10, 10, 0, 0]), { ...options, minScore: 0 })).toEqual([]);
  });

  it('lets every class of the model out when told so', () => {
    expect(selectBoxes(rows([0, 0, 10, 10, 0.9, 1]), { ...options, keep: options.classes })[0]?.className).toBe('airplane');
  });
});

describe('mapping to the original picture', () => {
  const cases = [
    { source: '1920x1080 → 640x384', from: [1920, 1080], to: [640, 384], picture: [640, 360] },
    { source: '768x432 → 416x416', from: [768, 432], to: [416, 416], picture: [416, 234] },
    { source: '720x1280 upright → 640x384', from: [720, 1280], to: [640, 384], picture: [216, 384] },
    { source: '1280x730 → 640x384', from: [1280, 730], to: [640, 384], picture: [640, 365] },
    { source: '426x240, scaled up → 640x384', from: [426, 240], to: [640, 384], picture: [640, 361] },
    { source: 'the same shape', from: [1280, 768], to: [640, 384], picture: [640, 384] },
  ] as const;

  it.each(cases)('$source', ({ from, to, picture }) => {
    const fit = fitPicture({ widthPx: from[0], heightPx: from[1] }, { widthPx: to[0], heightPx: to[1] });
    expect([fit.pictureWidthPx, fit.pictureHeightPx]).toEqual(picture);
    expect(toPictureShare([0, 0, picture[0], picture[1]], fit)).toEqual([0, 0, 1, 1]);
    expect(toPictureShare([picture[0] / 4, picture[1] / 2, picture[0] / 2, picture[1]], fit)).toEqual([0.25, 0.5, 0.5, 1]);
  });

  it('drops what lies in the padding, keeps what reaches into it, and bounds what reaches far', () => {
    const fit = fitPicture({ widthPx: 1920, heightPx: 1080 }, { widthPx: 640, heightPx: 384 });
    const options = { classes: ['car'], nmsIou: 0.5, minScore: 0.3 };
    const found = detectionsOf(rows([0, 362, 50, 384, 0.9, 0], [100, 300, 200, 380, 0.8, 0], [-2000, 0, 640, 100, 0.7, 0]), fit, options);
    expect(found).toEqual([
      { class: 'car', score: 0.8, box: [0.15625, 0.83333, 0.3125, 1.05556] },
      { class: 'car', score: 0.7, box: [-1, 0, 1, 0.27778] },
    ]);
  });
});

describe('classes that are taken for one another', () => {
  const classes = ['car', 'bus', 'person', 'bicycle', 'motorcycle'];
  const fit = fitPicture({ widthPx: 100, heightPx: 100 }, { widthPx: 100, heightPx: 100 });
  it.each([
    { name: 'a car that is also a bus, once', second: 1, kept: ['car'] },
    { name: 'a car and the person in front of it', second: 2, kept: ['car', 'person'] },
  ])('publishes $name', ({ second, kept }) => {
    const boxes = rows([0, 0, 10, 10, 0.9, 0], [0, 0, 10, 10, 0.8, second]);
    expect(detectionsOf(boxes, fit, { classes, nmsIou: 0.5, minScore: 0.3 }).map((detection) => detection.class)).toEqual(kept);
  });

  it('keeps both kinds of two-wheeler apart from people', () => {
    const boxes = rows([0, 0, 10, 10, 0.9, 4], [0, 0, 10, 10, 0.8, 3], [0, 0, 10, 10, 0.7, 2]);
    expect(detectionsOf(boxes, fit, { classes, nmsIou: 0.5, minScore: 0.3 }).map((detection) => detection.class)).toEqual([
      'motorcycle',
      'person',
    ]);
  });
});
