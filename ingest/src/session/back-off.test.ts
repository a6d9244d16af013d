import { describe, expect, it } from 'vitest';
import { BackOff } from './back-off.js';

describe('waiting between attempts', () => {
  it('doubles from the first to the most', () => {
    const backOff = new BackOff({ mostMs: 10_000, random: () => 0.5 });
    expect(Array.from({ length: 7 }, () => backOff.next())).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  it('spreads by a quarter either way and never beyond the most', () => {
    expect(new BackOff({ random: () => 0 }).next()).toBe(375);
    expect(new BackOff({ random: () => 0.999999 }).next()).toBeCloseTo(625, 1);
    expect(new BackOff({ firstMs: 10_000, mostMs: 10_000, random: () => 1 }).next()).toBe(10_000);
  });

  it('begins anew when the camera works again', () => {
    const backOff = new BackOff({ random: () => 0.5 });
    backOff.next();
    backOff.next();
    backOff.reset();
    expect(backOff.next()).toBe(500);
  });
});
