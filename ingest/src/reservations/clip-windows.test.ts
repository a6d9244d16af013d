import { describe, expect, it } from 'vitest';
import { ClipBudget } from './clip-budget.js';
import { withMoments } from './clip-windows.js';

const roll = { preRollS: 10, postRollS: 10 };

describe('clips around moments', () => {
  it('are one where their times meet, at the limit too, and two where they do not', () => {
    const windows = withMoments([], [{ name: 'first', atMs: 100_000 }], roll);
    expect(windows).toEqual([{ name: 'clip-first', moments: ['first'], fromMs: 90_000, toMs: 110_000 }]);
    expect(withMoments(windows, [{ name: 'raised', atMs: 120_000 }], roll)).toEqual([
      { name: 'clip-first', moments: ['first', 'raised'], fromMs: 90_000, toMs: 130_000 },
    ]);
    expect(withMoments(windows, [{ name: 'raised', atMs: 120_001 }], roll).map(({ name }) => name)).toEqual(['clip-first', 'clip-raised']);
  });

  it('are never longer than two minutes', () => {
    const moments = Array.from({ length: 12 }, (_, index) => ({ name: `m${index}`, atMs: index * 15_000 }));
    const windows = withMoments([], moments, roll);
    expect(windows.length).toBeGreaterThan(1);
    for (const { fromMs, toMs } of windows) expect(toMs - fromMs).toBeLessThanOrEqual(120_000);
    expect(windows.flatMap((window) => window.moments)).toEqual(moments.map(({ name }) => name));
  });
});

describe('what clips may take on disk', () => {
  it('removes the oldest reservation of that camera only, and counts', () => {
    const budget = new ClipBudget(100);
    for (const [id, camera] of [
      ['a', 'cam1'],
      ['b', 'cam2'],
      ['c', 'cam1'],
    ] as const)
      budget.add(id, camera, 40);
    expect(budget.makeRoom('d', 'cam1', 20)).toEqual([]);
    expect(budget.makeRoom('d', 'cam1', 21)).toEqual(['a']);
    expect(budget.makeRoom('d', 'cam1', 60)).toEqual([]);
    expect(budget.figures).toEqual({ refused: 0, dropped: 1 });
  });

  it('refuses what alone is too big, and never removes the reservation it is for', () => {
    const budget = new ClipBudget(100);
    budget.add('a', 'cam1', 60);
    expect(budget.makeRoom('b', 'cam1', 101)).toBeNull();
    expect(budget.makeRoom('a', 'cam1', 50)).toBeNull();
    expect(budget.figures).toEqual({ refused: 2, dropped: 0 });
  });
});
