import { describe, expect, it } from 'vitest';
import { aCamera, anObservation, aTrack, T0 } from '../testing/scene.js';
import { createRule } from './index.js';
import type { FindingChange, Observation, ObservedTrack } from './rule-machine.js';

const rule = { id: 'crowd', name: 'Đông người', type: 'crowd-occupancy', zoneId: 'middle', minCount: 5, holdMs: 2000 };

function people(count: number, nowMs: number, overrides: Partial<ObservedTrack> = {}): ObservedTrack[] {
  return Array.from({ length: count }, (_, i) => aTrack(nowMs, { id: `p${i}`, class: 'person', ...overrides }));
}

/** Counts over time, one a second and a half-second between. */
function play(counts: number[], options: object = {}, extra: (i: number) => Partial<Observation> = () => ({})): FindingChange[] {
  const camera = aCamera({ rules: [{ ...rule, ...options }] });
  const machine = createRule(camera.rules[0] as never, camera);
  let state = machine.start();
  return counts.flatMap((count, i) => {
    const step = machine.step(state, anObservation(i * 500, people(count, T0 + i * 500), extra(i)));
    state = step.state;
    return structuredClone(step.changes);
  });
}

const times = (count: number, n: number) => new Array<number>(n).fill(count);
const phases = (changes: FindingChange[]) => changes.map(({ phase }) => phase);

describe('crowd-occupancy', () => {
  it.each([
    { name: 'one too few', counts: times(4, 20), expected: [] },
    { name: 'the threshold, held for less than holdMs', counts: [...times(5, 4), ...times(0, 10)], expected: [] },
    { name: 'the threshold, held for holdMs (both inclusive)', counts: times(5, 5), expected: ['raised'] },
    { name: 'a dip starts the hold anew', counts: [...times(5, 4), 4, ...times(5, 4), 4], expected: [] },
    { name: 'between clear and threshold nothing changes', counts: [...times(5, 5), ...times(4, 40)], expected: ['raised'] },
    { name: 'below clear for holdMs ends it', counts: [...times(5, 5), ...times(3, 5)], expected: ['raised', 'ended'] },
    { name: 'below clear for less does not', counts: [...times(5, 5), ...times(3, 4), ...times(4, 9)], expected: ['raised'] },
    {
      name: 'a count that trembles on the threshold is one',
      counts: Array.from({ length: 60 }, (_, i) => (i < 5 ? 5 : 4 + (i % 2))),
      expected: ['raised'],
    },
  ])('$name', ({ counts, expected }) => {
    expect(phases(play(counts))).toEqual(expected);
  });

  it('begins when the count was reached and ends when it fell', () => {
    const [raised, ended] = play([0, 0, ...times(5, 6), ...times(0, 6)]);
    expect(raised?.finding).toMatchObject({
      startMs: T0 + 1000,
      raisedAtMs: T0 + 3000,
      subject: { kind: 'zone', id: 'middle' },
      box: [0.2, 0.2, 0.8, 0.8],
    });
    expect(raised?.finding.trackIds).toHaveLength(5);
    expect(ended?.finding.endMs).toBe(T0 + 4000);
    expect(raised?.finding.reason).toEqual({
      text: {
        vi: '5 người trong vùng «lòng nút giao» (ngưỡng 5) suốt 2 giây',
        en: '5 people in zone “lòng nút giao” (threshold 5) for 2 s',
      },
      measures: [
        { name: 'count', value: 5, comparison: '>=', threshold: 5 },
        { name: 'holdMs', value: 2000, comparison: '>=', threshold: 2000 },
      ],
    });
  });

  it('tells a growing crowd again, at most every 10 s', () => {
    const changes = play([...times(5, 5), ...times(9, 30), ...times(12, 30)]);
    expect(phases(changes)).toEqual(['raised', 'updated', 'updated']);
    expect(changes.map(({ finding }) => finding.reason.measures[0]?.value)).toEqual([5, 9, 12]);
  });

  it.each([
    { name: 'clearCount given', options: { clearCount: 2 }, counts: [...times(5, 5), ...times(2, 10)], expected: ['raised'] },
    { name: 'one below it', options: { clearCount: 2 }, counts: [...times(5, 5), ...times(1, 10)], expected: ['raised', 'ended'] },
    { name: 'no hold', options: { holdMs: 0 }, counts: [5, 0], expected: ['raised', 'ended'] },
    { name: 'one person is a crowd', options: { minCount: 1, holdMs: 0 }, counts: [1, 0], expected: ['raised', 'ended'] },
  ])('$name', ({ options, counts, expected }) => {
    expect(phases(play(counts, options))).toEqual(expected);
  });

  it.each<{ name: string; overrides: Partial<ObservedTrack>; counted: boolean }>([
    { name: 'unseen for a second still counts (inclusive)', overrides: { seen: false, lastSeenMs: -1000 }, counted: true },
    { name: 'unseen for longer does not', overrides: { seen: false, lastSeenMs: -1001 }, counted: false },
    { name: 'a car does not', overrides: { class: 'car' }, counted: false },
    { name: 'outside does not', overrides: { zoneIds: [] }, counted: false },
    { name: 'too young does not', overrides: { firstMs: -599 }, counted: false },
    { name: 'old enough does (inclusive)', overrides: { firstMs: -600 }, counted: true },
  ])('$name', ({ overrides, counted }) => {
    const camera = aCamera({ rules: [{ ...rule, holdMs: 0 }] });
    const machine = createRule(camera.rules[0] as never, camera);
    const at = { ...overrides };
    if (at.lastSeenMs !== undefined) at.lastSeenMs += T0;
    if (at.firstMs !== undefined) at.firstMs += T0;
    expect(machine.step(machine.start(), anObservation(0, people(5, T0, at))).changes.length).toBe(counted ? 1 : 0);
  });

  it('ends what was going on at a discontinuity, when it was last seen', () => {
    const changes = play([...times(5, 6), 0], {}, (i) => (i === 6 ? { restarted: true } : {}));
    expect(phases(changes)).toEqual(['raised', 'ended']);
    expect(changes[1]?.finding.endMs).toBe(T0 + 2500);
  });

  it('does not count a gap as holding', () => {
    expect(play([5, 5, 5], {}, (i) => (i === 2 ? { nowMs: T0 + 60_000, watchedMs: 600, unbrokenSinceMs: T0 + 60_000 } : {}))).toEqual([]);
  });
});
