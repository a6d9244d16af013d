import { expect, test } from 'vitest';
import { costPerCameraSecond } from './process-cpu.js';
import { median, percentile } from './statistics.js';

test.each([
  [[1, 2, 3, 4, 5], 50, 3],
  [[4, 1, 3, 2], 50, 2.5],
  [[1, 2, 3, 4, 5], 95, 4.8],
  [[7], 95, 7],
])('percentile of %j at %d is %d', (values, p, expected) => {
  expect(percentile(values, p)).toBeCloseTo(expected, 9);
});

test('a percentile of nothing is not a number', () => {
  expect(percentile([], 50)).toBeNaN();
});

test('median leaves its input as it was', () => {
  const values = [3, 1, 2];
  expect(median(values)).toBe(2);
  expect(values).toEqual([3, 1, 2]);
});

test('a stage that began in between counts from nothing', () => {
  expect(costPerCameraSecond({ ingest: 1 }, { ingest: 3, decode: 4 }, 20)).toEqual({ ingest: 0.1, decode: 0.2 });
});
