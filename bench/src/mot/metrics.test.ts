import { describe, expect, it } from 'vitest';
import { type MotFigures, motCounts, motFigures, summedCounts } from './evaluate.js';
import type { MotRow } from './mot-text.js';
import { scoredSequence } from './sequence.js';

/** A box of 10 by 10 px; shifted by 1 px it overlaps the unshifted one by 90 / 110. */
function row(frame: number, id: number, x: number, overrides: Partial<MotRow> = {}): MotRow {
  return { frame, id, box: [x, 0, x + 10, 10], confidence: 1, class: undefined, ...overrides };
}

const frames = [1, 2, 3, 4];
const figures = (truth: MotRow[], result: MotRow[], length = 4) => motFigures(motCounts(scoredSequence(truth, result, length)));

describe('figures of hand-computed sequences', () => {
  it.each<{ name: string; truth: MotRow[]; result: MotRow[]; expected: Partial<MotFigures> }>([
    {
      name: 'a perfect result',
      truth: frames.map((frame) => row(frame, 7, 0)),
      result: frames.map((frame) => row(frame, 1, 0)),
      expected: {
        mota: 100,
        idf1: 100,
        hota: 100,
        detA: 100,
        assA: 100,
        idSwitches: 0,
        falsePositives: 0,
        falseNegatives: 0,
        truthBoxes: 4,
      },
    },
    {
      name: 'another identity from the middle on: A(c) = 2 / 4 for each box',
      truth: frames.map((frame) => row(frame, 7, 0)),
      result: frames.map((frame) => row(frame, frame <= 2 ? 1 : 2, 0)),
      expected: { mota: 75, idf1: 50, hota: 100 * Math.sqrt(0.5), detA: 100, assA: 50, idSwitches: 1 },
    },
    {
      name: 'half of the boxes missed: DetA 1/2, A(c) = 2 / 4',
      truth: frames.map((frame) => row(frame, 7, 0)),
      result: [row(1, 1, 0), row(2, 1, 0)],
      expected: { mota: 50, idf1: 100 * (4 / 6), hota: 50, detA: 50, assA: 50, falseNegatives: 2 },
    },
    {
      name: 'boxes 1 px off: right at the 16 alphas up to 0.80, wrong above',
      truth: frames.map((frame) => row(frame, 7, 0)),
      result: frames.map((frame) => row(frame, 1, 1)),
      expected: { mota: 100, hota: (100 * 16) / 19, detA: (100 * 16) / 19 },
    },
    {
      name: 'boxes that overlap by less than half: all wrong for MOTA, though found by HOTA at the low alphas',
      truth: frames.map((frame) => row(frame, 7, 0)),
      result: frames.map((frame) => row(frame, 1, 5)),
      expected: { mota: -100, idf1: 0, falsePositives: 4, falseNegatives: 4, hota: (100 * 6) / 19 },
    },
    {
      name: 'nothing found',
      truth: [row(1, 7, 0)],
      result: [],
      expected: { mota: 0, idf1: 0, hota: 0, falseNegatives: 1 },
    },
    {
      name: 'nothing to find',
      truth: [],
      result: [row(1, 1, 0)],
      expected: { idf1: 0, hota: 0, falsePositives: 1, truthBoxes: 0 },
    },
    {
      name: 'a switch is counted across a gap',
      truth: frames.map((frame) => row(frame, 7, 0)),
      result: [row(1, 1, 0), row(4, 2, 0)],
      expected: { idSwitches: 1, falseNegatives: 2 },
    },
    {
      name: 'a match that still holds is kept, though another box fits better',
      truth: [row(1, 7, 0), row(2, 7, 0)],
      result: [row(1, 1, 0), row(2, 1, 2), row(2, 2, 0)],
      expected: { idSwitches: 0, falsePositives: 1 },
    },
  ])('$name', ({ truth, result, expected }) => {
    const found = figures(truth, result);
    for (const [key, value] of Object.entries(expected)) expect(found[key as keyof MotFigures], key).toBeCloseTo(value, 9);
  });

  it('does not count truth boxes of confidence 0, nor rows beyond the end', () => {
    expect(figures([row(1, 7, 0), row(1, 8, 50, { confidence: 0 }), row(9, 7, 0)], [row(1, 1, 0), row(9, 1, 0)])).toMatchObject({
      truthBoxes: 1,
      falsePositives: 0,
      mota: 100,
    });
  });
});

describe('cleaning where the truth has classes', () => {
  const person = (x: number) => row(1, x, x, { class: 1 });
  it.each([
    { name: 'on a person on a vehicle', class: 2, falsePositives: 0 },
    { name: 'on a static person', class: 7, falsePositives: 0 },
    { name: 'on a distractor', class: 8, falsePositives: 0 },
    { name: 'on a reflection', class: 12, falsePositives: 0 },
    { name: 'on a car', class: 3, falsePositives: 1 },
  ])('a result $name: $falsePositives false positives', (given) => {
    const truth = [person(0), row(1, 90, 100, { class: given.class, confidence: 0 })];
    expect(figures(truth, [row(1, 1, 0), row(1, 2, 101)])).toMatchObject({ falsePositives: given.falsePositives, truthBoxes: 1 });
  });

  it('leaves a result that fits a person better', () => {
    const truth = [person(0), row(1, 90, 3, { class: 8, confidence: 0 })];
    expect(figures(truth, [row(1, 1, 1)])).toMatchObject({ falsePositives: 0, falseNegatives: 0 });
  });
});

describe('summed counts', () => {
  it('adds counts; AssA is weighted by true positives', () => {
    const good = motCounts(
      scoredSequence(
        frames.map((frame) => row(frame, 7, 0)),
        frames.map((frame) => row(frame, 1, 0)),
        4,
      ),
    );
    const bad = motCounts(scoredSequence([row(1, 7, 0), row(2, 7, 0)], [row(1, 1, 0), row(2, 2, 0)], 4));
    const all = motFigures(summedCounts([good, bad]));
    expect(all).toMatchObject({ truthBoxes: 6, idSwitches: 1, mota: (100 * 5) / 6 });
    expect(all.assA).toBeCloseTo((100 * (4 * 1 + 2 * 0.5)) / 6, 9);
  });
});
