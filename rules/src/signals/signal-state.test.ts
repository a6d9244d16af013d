import type { Signal, SignalState } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { signalStateAt } from './signal-state.js';

function aSignal(...cycle: ['red' | 'yellow' | 'green', number][]): Signal {
  return {
    id: 's',
    name: 's',
    source: { kind: 'script', epochMs: 1000, cycle: cycle.map(([state, durationMs]) => ({ state, durationMs })) },
  };
}
const usual = aSignal(['green', 10], ['yellow', 3], ['red', 20]);
const seam = aSignal(['red', 5], ['green', 10], ['red', 7]);

describe('signalStateAt', () => {
  it.each<{ name: string; signal: Signal; atMs: number; state: SignalState; sinceMs: number }>([
    { name: 'at the epoch', signal: usual, atMs: 1000, state: 'green', sinceMs: 1000 },
    { name: 'last moment of a phase', signal: usual, atMs: 1009, state: 'green', sinceMs: 1000 },
    { name: 'first moment of the next (inclusive)', signal: usual, atMs: 1010, state: 'yellow', sinceMs: 1010 },
    { name: 'red', signal: usual, atMs: 1020, state: 'red', sinceMs: 1013 },
    { name: 'next cycle', signal: usual, atMs: 1033, state: 'green', sinceMs: 1033 },
    { name: 'many cycles on', signal: usual, atMs: 1000 + 33 * 1_000_000 + 15, state: 'red', sinceMs: 1000 + 33 * 1_000_000 + 13 },
    { name: 'before the epoch', signal: usual, atMs: 999, state: 'red', sinceMs: 980 },
    { name: 'red over the seam of the cycle', signal: seam, atMs: 1023, state: 'red', sinceMs: 1015 },
    { name: 'the same from before the seam', signal: seam, atMs: 1021, state: 'red', sinceMs: 1015 },
    { name: 'always red', signal: aSignal(['red', 5], ['red', 5]), atMs: 5000, state: 'red', sinceMs: 1000 },
    { name: 'always red, before the epoch', signal: aSignal(['red', 5]), atMs: 10, state: 'red', sinceMs: 10 },
  ])('$name', ({ signal, atMs, state, sinceMs }) => {
    expect(signalStateAt(signal, {}, atMs)).toMatchObject({ state, sinceMs, isChangeSeen: true, source: 'script', doubt: null });
  });
});
