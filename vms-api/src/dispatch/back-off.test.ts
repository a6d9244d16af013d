import { expect, it } from 'vitest';
import { backOffMs } from './back-off.js';

it.each([
  [1, 0, 500],
  [1, 0.999, 1000],
  [2, 0, 1000],
  [5, 0, 8000],
  [6, 0, 15_000],
  [6, 0.999, 29_985],
  [1000, 0.5, 22_500],
])('after %i tries, random %d: %i ms', (attempts, random, expected) => {
  expect(backOffMs(attempts, random)).toBe(expected);
});
