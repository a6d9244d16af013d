import { expect, test } from 'vitest';
import { parsePrecision } from './precision.js';

test.each([
  [undefined, 'fp32'],
  ['', 'fp32'],
  ['fp32', 'fp32'],
  ['fp16', 'fp16'],
])('precision %j is %s', (text, expected) => {
  expect(parsePrecision('--precision', text)).toBe(expected);
});

test('another precision is refused', () => {
  expect(() => parsePrecision('SAFECITY_PRECISION', 'int8')).toThrow('SAFECITY_PRECISION int8 is no precision: use fp32 or fp16');
});
