import { describe, expect, it } from 'vitest';
import { type MaskedStill, type MaskLabel, maskingFigures, scoreMaskedStill } from './score-masking.js';

const HEAD: MaskLabel = { kind: 'head', box: [10, 10, 20, 20] };
const SIZE = { widthPx: 100, heightPx: 50, subject: [] };

describe('a label is hidden from 70 % of its box on, with its centre', () => {
  it.each([
    ['all of it', [{ kind: 'head', box: [8, 8, 25, 25] }], true],
    ['exactly 70 %', [{ kind: 'face', box: [10, 10, 17, 20] }], true],
    ['60 %', [{ kind: 'face', box: [10, 10, 16, 20] }], false],
    [
      '80 % by two regions that leave the centre',
      [
        { kind: 'face', box: [10, 10, 14, 20] },
        { kind: 'face', box: [16, 10, 20, 20] },
      ],
      false,
    ],
    [
      'two halves',
      [
        { kind: 'face', box: [10, 10, 15, 20] },
        { kind: 'plate', box: [15, 10, 20, 20] },
      ],
      true,
    ],
    ['the place of a plate, in blocks too fine for a head', [{ kind: 'plate-place', box: [0, 0, 40, 40] }], false],
    ['nothing', [], false],
  ] as [string, MaskedStill['regions'], boolean][])('%s', (_name, regions, hidden) => {
    expect(scoreMaskedStill({ ...SIZE, others: [HEAD], regions }).missed).toMatchObject(hidden ? [] : [HEAD]);
  });
});

it('sums labels, subjects and hidden area over stills', () => {
  const plate: MaskLabel = { kind: 'plate', box: [60, 10, 80, 20] };
  const still: MaskedStill = {
    ...SIZE,
    area: [0, 0, 50, 50],
    others: [HEAD, { kind: 'head', box: [40, 40, 45, 45] }],
    subject: [plate],
    regions: [
      { kind: 'head', box: [5, 5, 25, 25] },
      { kind: 'plate', box: [-5, 40, 25, 60] },
      { kind: 'plate-place', box: [60, 10, 80, 20] },
    ],
  };
  const figures = maskingFigures([{ still, score: scoreMaskedStill(still) }]);
  expect(figures.others.head).toMatchObject({ labels: 2, hidden: 1, share: 0.5 });
  expect(figures.others.face).toEqual({ labels: 0, hidden: 0, share: null, interval: [0, 1] });
  expect(figures.subject).toMatchObject({ labels: 1, hidden: 1 });
  // 20 x 20 around the head, 25 x 10 where nothing is labelled, of 50 x 50; what lies outside the area does not count.
  expect(figures.hiddenShare.most).toBeCloseTo(650 / 2500);
  expect(figures.unlabelledShare.most).toBeCloseTo(250 / 2500);
});
