import { describe, expect, it } from 'vitest';
import { FragmentPlacer, type PlacedFragment } from './fragment-placer.js';

function fragment(ptsMs: number, rest: Partial<PlacedFragment> = {}): PlacedFragment {
  return { ptsMs, durationMs: 200, key: false, discontinuity: false, ...rest };
}

describe('FragmentPlacer', () => {
  it('starts the time line at zero whatever the stream counts from', () => {
    expect(new FragmentPlacer().place(fragment(7_200_000, { key: true }))).toEqual({ offsetS: -7200, startS: 0, endS: 0.2 });
  });

  it('waits for a keyframe at the start, after an init and after a discontinuity', () => {
    const placer = new FragmentPlacer();
    expect(placer.place(fragment(0))).toBeNull();
    expect(placer.place(fragment(200, { key: true }))?.startS).toBe(0);
    expect(placer.place(fragment(400))?.startS).toBeCloseTo(0.2);
    placer.restart();
    expect(placer.place(fragment(600))).toBeNull();
    expect(placer.place(fragment(800, { discontinuity: true }))).toBeNull();
    expect(placer.place(fragment(1000, { key: true }))?.startS).toBeCloseTo(0.4);
  });

  it.each([
    { name: 'lost fragments', nextPtsMs: 5000, discontinuity: false },
    { name: 'a time line that starts again', nextPtsMs: 0, discontinuity: true },
    { name: 'a time line that goes back unannounced', nextPtsMs: 100, discontinuity: false },
  ])('closes up over $name', ({ nextPtsMs, discontinuity }) => {
    const placer = new FragmentPlacer();
    placer.place(fragment(1000, { key: true }));
    const placed = placer.place(fragment(nextPtsMs, { key: true, discontinuity }));
    expect(placed?.startS).toBeCloseTo(0.2);
    expect(placed?.endS).toBeCloseTo(0.4);
    expect(placed?.offsetS).toBeCloseTo(0.2 - nextPtsMs / 1000);
  });

  it('keeps its offset over rounding of a few milliseconds, without drifting', () => {
    const placer = new FragmentPlacer();
    const first = placer.place(fragment(0, { key: true }));
    for (let i = 1; i < 1000; i++) {
      const placed = placer.place(fragment(i * 200 + (i % 3) * 7));
      expect(placed?.offsetS).toBe(first?.offsetS);
    }
  });
});
