import { describe, expect, it } from 'vitest';
import { followRegions, type SearchedPicture } from './follow-regions.js';
import type { PixelBox } from './picture.js';
import type { FoundRegion, PrivateKind } from './private-regions.js';

/** A person 40 wide and 100 high whose left edge is at `x`, and the head of it. */
const head = (x: number, kind: PrivateKind = 'head'): FoundRegion => ({ kind, box: [x + 10, 100, x + 30, 120], of: [x, 100, x + 40, 200] });
const search = (found: Record<number, readonly FoundRegion[]>): SearchedPicture[] =>
  Object.entries(found).map(([atMs, regions]) => ({ atMs: Number(atMs), regions }));
const hides = (regions: readonly { box: PixelBox }[], [x1, y1, x2, y2]: PixelBox): boolean =>
  regions.some(({ box }) => box[0] <= x1 && box[1] <= y1 && box[2] >= x2 && box[3] >= y2);

describe('a head that walks 100 px a second stays hidden', () => {
  const everySecondLook = { 0: [head(0)], 200: [], 400: [head(40)], 600: [], 800: [head(80)] };
  it.each([
    ['found in every picture that is searched', { 0: [head(0)], 200: [head(20)], 400: [head(40)], 600: [head(60)], 800: [head(80)] }],
    ['by a finder that flickers', everySecondLook],
    ['by a finder that misses a second', { 0: [head(0)], 200: [], 400: [], 600: [], 800: [head(80)] }],
    ['found as a head, then as a face', { 0: [head(0)], 400: [head(40, 'face')], 800: [head(80)] }],
    [
      'beside somebody who walks the other way',
      { 0: [head(0), head(80)], 200: [head(20), head(60)], 400: [head(40), head(41)], 600: [head(60), head(20)], 800: [head(80), head(0)] },
    ],
  ])('%s', (_name, found) => {
    const regionsAt = followRegions(search(found));
    for (let atMs = 0; atMs <= 800; atMs += 40) {
      const x = atMs / 10;
      expect([atMs, hides(regionsAt(atMs), [x + 10, 100, x + 30, 120])]).toEqual([atMs, true]);
    }
  });

  it('before it was first found and after it was last found, and then no more', () => {
    const regionsAt = followRegions(search({ 1000: [head(100)], 1200: [head(120)] }));
    for (const atMs of [600, 800, 1400, 1600])
      expect([atMs, hides(regionsAt(atMs), [atMs / 10 + 10, 100, atMs / 10 + 30, 120])]).toEqual([atMs, true]);
    expect([regionsAt(499), regionsAt(1701)]).toEqual([[], []]);
  });
});

it('what stands is hidden over a gap of seconds, what moved away is not', () => {
  const standing = followRegions(search({ 0: [head(0)], 5000: [head(2)] }));
  expect(hides(standing(2500), [12, 100, 30, 120])).toBe(true);
  const gone = followRegions(search({ 0: [head(0)], 5000: [head(300)] }));
  expect(gone(2500)).toEqual([]);
});

it('between a text and the place of a plate it is hidden as a text is', () => {
  const car: PixelBox = [0, 0, 200, 100];
  const regionsAt = followRegions(
    search({
      0: [{ kind: 'plate', box: [80, 70, 120, 90], of: car }],
      200: [{ kind: 'plate-place', box: [20, 45, 180, 100], of: car }],
    }),
  );
  expect(regionsAt(100)).toMatchObject([{ kind: 'plate' }]);
  expect(hides(regionsAt(100), [80, 70, 120, 90])).toBe(true);
});

it('the place of a plate is bridged over two looks that miss it, and no longer', () => {
  const place = (): FoundRegion => ({ kind: 'plate-place', box: [20, 45, 180, 100], of: [0, 0, 200, 100] });
  const regionsAt = followRegions(search({ 0: [place()], 600: [place()], 3000: [place()] }));
  expect(hides(regionsAt(300), place().box)).toBe(true);
  expect(regionsAt(1800)).toEqual([]);
});

it('what is found in one picture is hidden there, whatever lies near', () => {
  const many = Array.from({ length: 30 }, (_, index) => head(index * 7));
  const regionsAt = followRegions(search({ 0: many, 200: [], 400: [...many].reverse() }));
  for (const atMs of [0, 400]) for (const { box } of many) expect(hides(regionsAt(atMs), box)).toBe(true);
});

it('an empty clip hides nothing', () => expect(followRegions([])(0)).toEqual([]));
