import { describe, expect, it } from 'vitest';
import { type EdgeView, steer, targetBehindS, trimmable } from './live-edge.js';

function view(rest: Partial<EdgeView>): EdgeView {
  return { currentS: 9.4, buffered: [{ startS: 0, endS: 10 }], targetBehindS: 0.6, rate: 1, joining: false, ...rest };
}

describe('steer', () => {
  it.each([
    { name: 'nothing buffered yet', given: { buffered: [] }, seekToS: null, rate: 1 },
    { name: 'on target', given: {}, seekToS: null, rate: 1 },
    { name: 'exactly 3 s behind drifts', given: { currentS: 7 }, seekToS: null, rate: 1.1 },
    { name: 'more than 3 s behind jumps', given: { currentS: 6.9 }, seekToS: 9.4, rate: 1 },
    { name: 'joining skips the decoder run-up', given: { currentS: 8, joining: true }, seekToS: 9.4, rate: 1 },
    { name: 'joining leaves a small surplus alone', given: { currentS: 9, joining: true }, seekToS: null, rate: 1 },
    { name: 'too close to the edge slows down', given: { currentS: 9.8 }, seekToS: null, rate: 0.93 },
    { name: 'goes on catching up until close to the target', given: { currentS: 9.2, rate: 1.1 }, seekToS: null, rate: 1.1 },
    { name: 'stops catching up at the target', given: { currentS: 9.38, rate: 1.1 }, seekToS: null, rate: 1 },
    { name: 'stops falling back at the target', given: { currentS: 9.42, rate: 0.93 }, seekToS: null, rate: 1 },
    {
      name: 'in a hole jumps over it',
      given: {
        currentS: 5,
        buffered: [
          { startS: 0, endS: 4 },
          { startS: 6, endS: 6.5 },
        ],
      },
      seekToS: 6,
      rate: 1,
    },
    { name: 'before the buffer jumps in', given: { currentS: 0, buffered: [{ startS: 20, endS: 20.2 }] }, seekToS: 20, rate: 1 },
    {
      name: 'a buffer shorter than the target is played from its start',
      given: { currentS: 0, buffered: [{ startS: 0, endS: 0.2 }] },
      seekToS: null,
      rate: 0.93,
    },
  ])('$name', ({ given, seekToS, rate }) => {
    const result = steer(view(given));
    if (seekToS === null) expect(result.seekToS).toBeNull();
    else expect(result.seekToS).toBeCloseTo(seekToS);
    expect(result.rate).toBe(rate);
  });

  it('settles: a player 2.9 s behind reaches its target and stays there', () => {
    let currentS = 7.1;
    let edgeS = 10;
    let rate = 1;
    for (let step = 0; step < 400; step++) {
      const result = steer(view({ currentS, rate, buffered: [{ startS: 0, endS: edgeS }] }));
      rate = result.rate;
      currentS = result.seekToS ?? currentS + 0.1 * rate;
      edgeS += 0.1;
    }
    expect(rate).toBe(1);
    expect(edgeS - currentS).toBeGreaterThan(0.5);
    expect(edgeS - currentS).toBeLessThan(1);
  });
});

describe('trimmable', () => {
  it.each([
    { name: 'empty', buffered: [], currentS: 50, expected: null },
    { name: 'still small', buffered: [{ startS: 31, endS: 51 }], currentS: 50, expected: null },
    { name: 'grown', buffered: [{ startS: 30, endS: 51 }], currentS: 50, expected: { startS: 30, endS: 42 } },
  ])('$name', ({ buffered, currentS, expected }) => expect(trimmable(buffered, currentS)).toEqual(expected));
});

describe('targetBehindS', () => {
  it.each([
    { lagMs: null, arrivalMs: null, expected: 0.6 },
    { lagMs: 100, arrivalMs: 300, expected: 0.6 },
    { lagMs: 700, arrivalMs: 300, expected: 0.85 },
    { lagMs: 60_000, arrivalMs: 300, expected: 2 },
    { lagMs: 60_000, arrivalMs: 1400, expected: 1 },
    { lagMs: 100, arrivalMs: 2000, expected: 0.4 },
    { lagMs: 100, arrivalMs: 9000, expected: 0.3 },
    { lagMs: null, arrivalMs: -5000, expected: 0.6 },
  ])('boxes $lagMs ms after pictures that arrive after $arrivalMs ms: stay $expected s behind', ({ lagMs, arrivalMs, expected }) =>
    expect(targetBehindS(lagMs, arrivalMs)).toBeCloseTo(expected),
  );
});
