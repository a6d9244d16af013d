import { describe, expect, it } from 'vitest';
import { DEFAULT_NOISE, predictAxis, predictFilter, readBox, startFilter, updateAxis, updateFilter } from './kalman.js';

/** A filter whose first axis is as given: value, speed, variance, covariance, speed variance. */
function axis(...numbers: number[]): number[] {
  return [...numbers, ...new Array<number>(15).fill(0)];
}

describe('predictAxis', () => {
  it.each([
    { name: 'no noise', before: [0, 1, 1, 0, 1], dt: 2, density: 0, after: [2, 1, 5, 2, 1] },
    { name: 'white acceleration', before: [0, 1, 1, 0, 1], dt: 2, density: 3, after: [2, 1, 13, 8, 7] },
    { name: 'known covariance', before: [1, -2, 4, 1, 2], dt: 0.5, density: 0, after: [0, -2, 5.5, 2, 2] },
    { name: 'no time', before: [3, 4, 5, 6, 7], dt: 0, density: 9, after: [3, 4, 5, 6, 7] },
  ])('$name', ({ before, dt, density, after }) => {
    const filter = axis(...before);
    predictAxis(filter, 0, dt, density);
    expect(filter.slice(0, 5)).toEqual(after);
  });

  it('gives the same in one step as in many: the rate of frames does not matter', () => {
    const once = axis(0, 1, 1, 0.2, 1);
    const often = axis(0, 1, 1, 0.2, 1);
    predictAxis(once, 0, 2, 0.7);
    for (let i = 0; i < 50; i++) predictAxis(often, 0, 0.04, 0.7);
    for (let i = 0; i < 5; i++) expect(often[i]).toBeCloseTo(once[i] as number, 9);
  });
});

describe('updateAxis', () => {
  it('weighs prediction and measurement by their variances', () => {
    const filter = axis(0, 0, 4, 2, 3);
    updateAxis(filter, 0, 10, 4);
    expect(filter.slice(0, 5)).toEqual([5, 2.5, 2, 1, 2.5]);
  });

  it('takes a perfect measurement as it is', () => {
    const filter = axis(1, 0, 4, 2, 3);
    updateAxis(filter, 0, 7, 0);
    expect(filter.slice(0, 4)).toEqual([7, 3, 0, 0]);
  });
});

describe('box filter', () => {
  it('returns the box it began with', () => {
    const box: [number, number, number, number] = [0, 0, 0, 0];
    readBox(startFilter([10, 20, 30, 60], DEFAULT_NOISE), box);
    expect(box).toEqual([10, 20, 30, 60]);
  });

  it('learns a steady speed from boxes at any rate', () => {
    for (const dt of [0.04, 0.2, 1.25]) {
      const filter = startFilter([0, 0, 2, 1], DEFAULT_NOISE);
      for (let t = dt; t < 6; t += dt) {
        predictFilter(filter, dt, DEFAULT_NOISE);
        updateFilter(filter, [3 * t, 0, 3 * t + 2, 1], DEFAULT_NOISE);
      }
      expect(filter[1]).toBeGreaterThan(2.9);
      expect(filter[1]).toBeLessThan(3.1);
    }
  });

  it('follows a sure box more closely than a doubtful one', () => {
    const moved = [0.9, 0.6].map((score) => {
      const filter = startFilter([0, 0, 2, 1], DEFAULT_NOISE);
      for (let i = 0; i < 20; i++) {
        predictFilter(filter, 0.04, DEFAULT_NOISE);
        updateFilter(filter, [0, 0, 2, 1], DEFAULT_NOISE, 0.8);
      }
      updateFilter(filter, [0.1, 0, 2.1, 1], DEFAULT_NOISE, score);
      return filter[0] as number;
    });
    expect(moved[0]).toBeGreaterThan(moved[1] as number);
  });

  it('never lets a shrinking box turn inside out', () => {
    const filter = startFilter([0, 0, 1, 1], DEFAULT_NOISE);
    filter[11] = -100;
    filter[16] = -100;
    for (let i = 0; i < 10; i++) predictFilter(filter, 1, DEFAULT_NOISE);
    const box: [number, number, number, number] = [0, 0, 0, 0];
    readBox(filter, box);
    expect(box[2]).toBeGreaterThan(box[0]);
    expect(box[3]).toBeGreaterThan(box[1]);
  });
});
