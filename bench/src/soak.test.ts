import { expect, test } from 'vitest';
import { slopePerHour } from './soak.js';

test.each([
  { name: 'a rise of 1 per minute', values: [1, 2, 3, 4], expected: 60 },
  { name: 'nothing', values: [5, 5, 5], expected: 0 },
  { name: 'a fall with noise that cancels out', values: [4, 3, 2, 1], expected: -60 },
])('the slope of $name', ({ values, expected }) => {
  expect(slopePerHour(values.map((value, minute) => ({ minute, value })))).toBeCloseTo(expected, 6);
});

test('one row has no slope', () => {
  expect(slopePerHour([{ minute: 1, value: 5 }])).toBeNaN();
});
