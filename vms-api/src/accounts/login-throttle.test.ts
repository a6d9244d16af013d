import { expect, it } from 'vitest';
import { blockMs } from './login-throttle.js';

it.each([
  [0, 0],
  [4, 0],
  [5, 1000],
  [6, 2000],
  [9, 16_000],
  [13, 256_000],
  [14, 300_000],
  [1000, 300_000],
])('%i failures block for %i ms', (failures, expected) => {
  expect(blockMs(failures, 4)).toBe(expected);
});
