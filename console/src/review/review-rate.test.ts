import { describe, expect, it } from 'vitest';
import { rateOf } from './review-rate.js';

const HOUR = 3_600_000;

describe('decisions per hour', () => {
  it.each([
    { name: 'the first minute says nothing', at: [10], now: 59_999, expected: { decided: 1, perHour: null } },
    { name: 'an hour at the pace of the first minute', at: [1, 2, 3, 4, 5], now: 60_000, expected: { decided: 5, perHour: 300 } },
    { name: 'half an hour', at: [1, 2, 3], now: HOUR / 2, expected: { decided: 3, perHour: 6 } },
    { name: 'only the last hour counts', at: [1, HOUR, HOUR * 1.5], now: HOUR * 2, expected: { decided: 3, perHour: 1 } },
  ])('$name', ({ at, now, expected }) => expect(rateOf(at, 0, now)).toEqual(expected));
});
