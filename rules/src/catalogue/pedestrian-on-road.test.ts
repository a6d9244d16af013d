import { describe, expect, it } from 'vitest';
import { createCameraPipeline } from '../pipeline/pipeline.js';
import { aCamera, aDetection, boxAt, frames, play, T0 } from '../testing/scene.js';

const pipeline = createCameraPipeline(
  aCamera({ rules: [{ id: 'walker', name: 'Người', type: 'pedestrian-on-road', zoneId: 'middle', dwellMs: 2000 }] }),
);
const person = (x: number, y = 0.5, height = 0.1) => aDetection({ class: 'person', box: boxAt(x, y, height * 0.4, height) });
const motorcycle = (x: number, y = 0.5) => aDetection({ class: 'motorcycle', box: boxAt(x, y, 0.08, 0.08) });

/** Capture times, from the scene's beginning, at which somebody was told of. */
function raised(untilMs: number, at: (atMs: number) => ReturnType<typeof aDetection>[]): number[] {
  const { findings } = play(pipeline, frames(untilMs, 200, at));
  return findings.flatMap(({ phase, finding }) => (phase === 'raised' ? [finding.raisedAtMs - T0] : []));
}

describe('pedestrian-on-road', () => {
  it('tells of who walks, 2 s after that was first seen', () => {
    const [atMs, ...more] = raised(6000, (ms) => [person(0.3 + 0.08 * (ms / 1000))]);
    expect(more).toEqual([]);
    expect(atMs).toBeGreaterThanOrEqual(2000);
    expect(atMs).toBeLessThanOrEqual(2600);
  });

  it('tells of who walked in and stands now, also amid waiting traffic', () => {
    const at = (ms: number) => [person(Math.min(0.4, 0.1 + 0.08 * (ms / 1000))), motorcycle(0.45)];
    expect(raised(10_000, at)).toHaveLength(1);
  });

  it('tells of who stands alone from the first picture on', () => {
    expect(raised(8000, () => [person(0.5)])).toHaveLength(1);
  });

  it.each([
    { name: 'who rides by without a two-wheeler that is seen', at: (ms: number) => [person(0.2 + 0.35 * (ms / 1000))] },
    {
      name: 'who comes riding and waits',
      at: (ms: number) => [person(Math.min(0.7, 0.21 + 0.35 * (ms / 1000))), motorcycle(0.62)],
    },
    { name: 'who waits amid traffic from the first picture on', at: () => [person(0.5), motorcycle(0.62)] },
  ])('does not tell of $name', ({ at }) => {
    expect(raised(20_000, at)).toEqual([]);
  });

  it('tells of who stands amid traffic for longer than any red', () => {
    const [atMs] = raised(126_000, () => [person(0.5), motorcycle(0.62)]);
    expect(atMs).toBeGreaterThanOrEqual(120_000);
  });
});
