import { describe, expect, it } from 'vitest';
import { aCamera, anObservation, aTrack, boxAt, T0 } from '../testing/scene.js';
import { createRule } from './index.js';
import type { ObservedTrack } from './rule-machine.js';

type TracksAt = (atMs: number) => ObservedTrack[];

/** Plays tracks at 5 frames a second; times at which a rule raised, ms after the scene's beginning. */
function raisedAt(rule: object, tracksAt: TracksAt, untilMs: number, camera: object = {}): number[] {
  const config = aCamera({ rules: [{ id: 'r', name: 'n', ...rule }], ...camera });
  const machine = createRule(config.rules[0] as never, config);
  let state = machine.start();
  const times: number[] = [];
  for (let atMs = 0; atMs <= untilMs; atMs += 200) {
    const step = machine.step(state, anObservation(atMs, tracksAt(atMs)));
    state = step.state;
    for (const { phase, finding } of step.changes) if (phase === 'raised') times.push(finding.raisedAtMs - T0);
  }
  return times;
}

const standing = (atMs: number, more: Partial<ObservedTrack> = {}) =>
  aTrack(T0 + atMs, { id: 'standing', stillSinceMs: T0, standingMs: atMs >= 3000 ? atMs : 0, ...more });

describe('a place that others drive over holds nobody', () => {
  const stalled = { type: 'stalled-vehicle', zoneId: 'middle', dwellMs: 20_000 };
  /** Another vehicle over the place at 12 s, for one frame in which the standing one is not seen. */
  const scene =
    ({ isSeen = false, x = 0.5, speed = 0.1, name = 'car' as ObservedTrack['class'] }) =>
    (atMs: number) => {
      if (atMs !== 12_000) return [standing(atMs)];
      const other = aTrack(T0 + atMs, { id: 'other', class: name, box: boxAt(x, 0.5), velocity: [speed, 0] });
      return [standing(atMs, { seen: isSeen }), other];
    };
  it.each([
    { name: 'a vehicle drives over it', options: {}, at: [32_000] },
    { name: 'a vehicle drives past beside it', options: { x: 0.56 }, at: [20_000] },
    { name: 'the standing one is seen all the while', options: { isSeen: true }, at: [20_000] },
    { name: 'the other one stands too', options: { speed: 0 }, at: [20_000] },
    { name: 'it is somebody on foot', options: { name: 'person' as const }, at: [20_000] },
  ])('$name', ({ options, at }) => {
    expect(raisedAt(stalled, scene(options), 33_000)).toEqual(at);
  });

  it('ends what was raised', () => {
    const config = aCamera({ rules: [{ id: 'r', name: 'n', ...stalled, dwellMs: 10_000 }] });
    const machine = createRule(config.rules[0] as never, config);
    let state = machine.start();
    const ended: number[] = [];
    for (let atMs = 0; atMs <= 13_000; atMs += 200) {
      const step = machine.step(state, anObservation(atMs, scene({})(atMs)));
      state = step.state;
      for (const { phase, finding } of step.changes) if (phase === 'ended') ended.push((finding.endMs ?? 0) - T0);
    }
    expect(ended).toEqual([11_800]);
  });
});

describe('green counts for a queue only while its vehicle is seen', () => {
  const queue = { type: 'stalled-vehicle', zoneId: 'middle', dwellMs: 15_000, signalId: 'north', releaseMs: 8000 };
  it.each([
    { name: 'a vehicle that stays through green', goneMs: [0, 0], at: [27_800] },
    // The place was empty during green; the next vehicle in the queue stops there before red.
    { name: 'one that left and was replaced', goneMs: [20_000, 29_800], at: [] },
  ])('$name', ({ goneMs: [fromMs = 0, toMs = 0], at }) => {
    const tracks: TracksAt = (atMs) => [standing(atMs, { seen: atMs < fromMs || atMs >= toMs })];
    expect(raisedAt(queue, tracks, 31_000)).toEqual(at);
  });
});

describe('a vehicle that stood already at a contact did not drive into anybody', () => {
  const rule = { type: 'collision', zoneId: 'middle', stillMs: 1000, minPeople: 0 };
  /** They touch at 2 s, when the box of the first one still seems to move. */
  const scene = (stillSinceMs: number) => (atMs: number) => {
    const isContact = atMs === 2000;
    const rest =
      atMs > 2000 ? { stillSinceMs: T0 + stillSinceMs, standingMs: atMs - stillSinceMs, velocity: [0, 0] as [number, number] } : {};
    const first = aTrack(T0 + atMs, { id: 'first', velocity: [0.2, 0], ...rest });
    const partner = aTrack(T0 + atMs, { id: 'partner', box: boxAt(0.55, 0.5), velocity: [-0.2, 0] });
    return isContact ? [first, partner] : [first];
  };
  it.each([
    { name: 'it stops after it', stillSinceMs: 2400, count: 1 },
    { name: 'it stood before it', stillSinceMs: 1800, count: 0 },
    { name: 'it stood since then', stillSinceMs: 2000, count: 0 },
  ])('$name: $count', ({ stillSinceMs, count }) => {
    expect(raisedAt(rule, scene(stillSinceMs), 8000)).toHaveLength(count);
  });
});

describe('a leap against a lane is the box of another vehicle', () => {
  const polygon = [
    [0.3, 0],
    [0.7, 0],
    [0.7, 1],
    [0.3, 1],
  ];
  const up = [
    [0.5, 1],
    [0.5, 0],
  ];
  const camera = { lanes: [{ id: 'up', name: 'làn lên', polygon, direction: up }] };
  const rule = { type: 'wrong-way', laneIds: ['up'] };
  const moving = (yAt: (step: number) => number) => (atMs: number) => {
    const box = boxAt(0.5, yAt(atMs / 200));
    return [aTrack(T0 + atMs, { box, anchor: [0.5, box[3]] })];
  };
  it.each([
    { name: 'even steps', y: (step: number) => 0.3 + 0.02 * step, count: 1 },
    {
      name: 'one leap of two vehicle lengths, then along the lane',
      y: (step: number) => 0.5 - 0.004 * step + (step >= 10 ? 0.16 : 0),
      count: 0,
    },
    {
      name: 'one leap, then steps that outweigh it',
      y: (step: number) => 0.3 + 0.02 * Math.max(0, step - 10) + (step >= 10 ? 0.1 : 0),
      count: 1,
    },
  ])('$name: $count', ({ y, count }) => {
    expect(raisedAt(rule, moving(y), 4000, camera)).toHaveLength(count);
  });
});
