import { describe, expect, it } from 'vitest';
import type { MediaFragment } from '../mp4/fragment.js';
import { PacketMotion } from './packet-motion.js';

/** Numbers that look like noise and are the same each time (Park and Miller). */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647 - 0.5;
  };
}

function fragment(sizes: number[], key = false): MediaFragment {
  const samples = sizes.map((sizeBytes, index) => ({
    dtsTicks: index,
    ptsTicks: index,
    durationTicks: 1,
    offset: 0,
    sizeBytes,
    key: key && index === 0,
  }));
  return { data: Buffer.alloc(0), samples, key };
}

/** Plays fragments of five pictures; gives the index of each at which motion was told. */
function judge(sizeAt: (index: number, random: () => number) => number, count: number, sensitivity = 1): number[] {
  const motion = new PacketMotion();
  const random = noise(7);
  const told: number[] = [];
  for (let i = 0; i < count; i++) {
    const sizes = Array.from({ length: 5 }, () => Math.round(sizeAt(i, random)));
    if (motion.take(fragment(sizes), sensitivity, true)) told.push(i);
  }
  return told;
}

describe('motion from packet sizes', () => {
  it.each([
    { name: 'an almost silent stream', quiet: 60, spread: 20 },
    { name: 'a stream of some noise', quiet: 2000, spread: 400 },
    { name: 'a noisy stream', quiet: 15_000, spread: 6000 },
  ])('$name is quiet for ten minutes and tells a rise within a second', ({ quiet, spread }) => {
    const still = (_i: number, random: () => number) => quiet + spread * random();
    expect(judge(still, 3000)).toEqual([]);
    const [first] = judge((i, random) => still(i, random) + (i >= 100 ? 0.4 * quiet + 30 : 0), 110);
    expect(first).toBeGreaterThanOrEqual(100);
    expect(first).toBeLessThanOrEqual(105);
  });

  it('tells a small rise that lasts', () => {
    const [first] = judge((i, random) => 4000 + 400 * random() + (i >= 100 ? 320 : 0), 130);
    expect(first).toBeGreaterThanOrEqual(100);
    expect(first).toBeLessThanOrEqual(108);
  });

  it('needs more when it has woken for nothing before', () => {
    const rise = (i: number, random: () => number) => 4000 + 400 * random() + (i >= 100 ? 320 : 0);
    expect(judge(rise, 130, 3)[0] ?? 130).toBeGreaterThan(judge(rise, 130)[0] ?? 0);
  });

  it('gets used to a new level, such as noise that grows at dusk', () => {
    const told = judge((i, random) => (i < 100 ? 2000 : 3000) + 200 * random(), 1500);
    expect(told.filter((index) => index >= 1000)).toEqual([]);
  });

  it('learns nothing while something is known to move, and judges no keyframe', () => {
    const motion = new PacketMotion();
    const quiet = () => motion.take(fragment([500, 500]), 1, true);
    for (let i = 0; i < 20; i++) quiet();
    for (let i = 0; i < 200; i++) motion.take(fragment([5000, 5000]), 1, false);
    expect(quiet()).toBe(false);
    expect(motion.take(fragment([90_000], true), 1, true)).toBe(false);
    expect(motion.take(fragment([90_000, 520, 490], true), 1, true)).toBe(false);
    expect(motion.take(fragment([900, 900]), 1, true)).toBe(true);
  });
});
