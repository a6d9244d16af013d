import { expect, it } from 'vitest';
import { daysLeft } from './certificate-days.js';

it.each([
  { now: '2027-02-28T23:59:59+07:00', expected: 0 },
  { now: '2027-02-28T00:00:00+07:00', expected: 0 },
  { now: '2027-02-27T23:59:59+07:00', expected: 1 },
  { now: '2027-01-30T00:00:00+07:00', expected: 29 },
  { now: '2027-03-05T00:00:00+07:00', expected: 0 },
])('$now: $expected days left', ({ now, expected }) => {
  expect(daysLeft('2027-02-28', Date.parse(now))).toBe(expected);
});
