import { expect, it } from 'vitest';
import { backOffMs } from './back-off.js';

it.each([
  { attempt: 0, random: 0, expected: 150 },
  { attempt: 0, random: 1, expected: 300 },
  { attempt: 1, random: 1, expected: 600 },
  { attempt: 5, random: 1, expected: 8000 },
  { attempt: 5, random: 0, expected: 4000 },
  { attempt: 4000, random: 1, expected: 8000 },
])('waits $expected ms before try $attempt (random $random)', ({ attempt, random, expected }) => {
  expect(backOffMs(attempt, random)).toBe(expected);
});
