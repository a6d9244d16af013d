import { describe, expect, it } from 'vitest';
import { halfBits } from './half.js';

/** The number that half-precision bits stand for, by the definition of the format. */
function numberOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

describe('half-precision bits', () => {
  it('of every half-precision number are its own', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = numberOf(bits);
      if (!Number.isNaN(value)) expect(halfBits(value)).toBe(bits);
    }
    expect(numberOf(halfBits(Number.NaN))).toBeNaN();
  });

  it.each([
    { name: 'a tie goes to the even one, down', value: 1 + 2 ** -11, expected: 1 },
    { name: 'a tie goes to the even one, up', value: 1 + 3 * 2 ** -11, expected: 1 + 2 ** -9 },
    { name: 'just above a tie', value: 1 + 2 ** -11 + 2 ** -20, expected: 1 + 2 ** -10 },
    { name: 'a carry into the exponent', value: 2 - 2 ** -12, expected: 2 },
    { name: 'just below the largest tie', value: 65_519, expected: 65_504 },
    { name: 'too large', value: 65_520, expected: Number.POSITIVE_INFINITY },
    { name: 'half the smallest: a tie to zero', value: 2 ** -25, expected: 0 },
    { name: 'more than half the smallest', value: 1.5 * 2 ** -25, expected: 2 ** -24 },
    { name: 'the largest subnormal rounds into the normal ones', value: 2 ** -14 - 2 ** -26, expected: 2 ** -14 },
    { name: 'nothing', value: -0, expected: -0 },
  ])('$name', ({ value, expected }) => {
    expect(numberOf(halfBits(value))).toBe(expected);
    expect(numberOf(halfBits(-value))).toBe(-expected);
  });
});
