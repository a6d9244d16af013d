import { expect, it } from 'vitest';
import { mayBeStarved } from './process-state.js';

it.each([
  { stat: '42 (node) R 1 42', expected: true },
  { stat: '42 (node) D 1 42', expected: true },
  { stat: '42 (node) S 1 42', expected: false },
  { stat: '42 (node) T 1 42', expected: false },
  { stat: '42 (a) R (b)) T 1 42', expected: false },
  { stat: 'something else', expected: true },
])('$stat: $expected', ({ stat, expected }) => {
  expect(mayBeStarved(42, () => stat)).toBe(expected);
});

it('does not take a process for hung that it cannot read', () => {
  const readStat = () => {
    throw new Error('no such file');
  };
  expect(mayBeStarved(42, readStat)).toBe(true);
});
