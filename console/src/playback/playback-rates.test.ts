import { describe, expect, it } from 'vitest';
import { holeAhead, neighbour, nextRate, picturesAt, pieceMs } from './playback-rates.js';

describe('speeds', () => {
  it('go up and down one at a time and stop at either end', () => {
    expect([nextRate(1, 1), nextRate(1, -1), nextRate(8, 1), nextRate(0.25, -1)]).toEqual([2, 0.5, 8, 0.25]);
  });

  it('above twice need keyframes alone', () => {
    expect([0.25, 1, 2, 4, 8].map(picturesAt)).toEqual(['all', 'all', 'all', 'keyframes', 'keyframes']);
  });
});

describe('a piece', () => {
  const cases = [
    { name: 'is five seconds of watching', rate: 1, heldMs: 0, transcoded: false, expected: 5000 },
    { name: 'at any speed', rate: 8, heldMs: 0, transcoded: false, expected: 40_000 },
    { name: 'is small at first where it has to be made', rate: 1, heldMs: 400, transcoded: true, expected: 1000 },
    { name: 'twice what is held then', rate: 2, heldMs: 2500, transcoded: true, expected: 5000 },
    { name: 'and no longer than others', rate: 1, heldMs: 9000, transcoded: true, expected: 5000 },
  ];
  it.each(cases)('$name', ({ rate, heldMs, transcoded, expected }) => expect(pieceMs(rate, heldMs, transcoded)).toBe(expected));
});

describe('holeAhead', () => {
  const buffered = [
    { startS: 10, endS: 20 },
    { startS: 50, endS: 60 },
  ];
  const cases = [
    { name: 'in the middle of a range', currentS: 15, expected: null },
    { name: 'at the end of a range', currentS: 19.95, expected: { startS: 20, endS: 50 } },
    { name: 'a little beyond it', currentS: 20.1, expected: { startS: 20, endS: 50 } },
    { name: 'at the end of the last range', currentS: 60, expected: null },
    { name: 'in the hole itself', currentS: 30, expected: null },
  ];
  it.each(cases)('$name', ({ currentS, expected }) => expect(holeAhead(buffered, currentS)).toEqual(expected));
});

describe('neighbour', () => {
  const times = [1, 1.04, 1.08];
  const cases = [
    { name: 'the next picture', shownS: 1.04, by: 1, expected: 1.08 },
    { name: 'the previous picture', shownS: 1.04, by: -1, expected: 1 },
    { name: 'with the error of rounding', shownS: 1.0400003, by: 1, expected: 1.08 },
    { name: 'nothing after the last', shownS: 1.08, by: 1, expected: null },
    { name: 'nothing before the first', shownS: 1, by: -1, expected: null },
  ] as const;
  it.each(cases)('$name', ({ shownS, by, expected }) => expect(neighbour(times, shownS, by)).toBe(expected));
});
