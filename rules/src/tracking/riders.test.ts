import type { Box } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import type { ObservedTrack } from '../catalogue/rule-machine.js';
import { aTrack, T0 } from '../testing/scene.js';
import { newRidersState, withRiders } from './riders.js';

const bike = (x: number, changes: Partial<ObservedTrack> = {}) => ({
  id: 'bike',
  class: 'motorcycle' as const,
  box: [x, 0.45, x + 0.1, 0.6] as Box,
  ...changes,
});
const on = (id: string, x: number, changes: Partial<ObservedTrack> = {}) => ({
  id,
  class: 'person' as const,
  box: [x + 0.02, 0.38, x + 0.08, 0.55] as Box,
  ...changes,
});

/** Plays frames 200 ms apart; returns what each two-wheeler carried and who rode in the last of them. */
function play(count: number, at: (frame: number) => Partial<ObservedTrack>[]) {
  const state = newRidersState();
  let tracks: ObservedTrack[] = [];
  for (let frame = 0; frame < count; frame++) {
    const nowMs = T0 + frame * 200;
    tracks = withRiders(
      state,
      at(frame).map((track) => aTrack(nowMs, track)),
      nowMs,
    );
    Object.assign(state, JSON.parse(JSON.stringify(state)));
  }
  return {
    state,
    persons: tracks.find(({ id }) => id === 'bike')?.persons,
    riding: tracks.filter(({ rides }) => rides).map(({ id }) => id),
  };
}

describe('withRiders', () => {
  it.each<{ name: string; frames?: number; at: (frame: number) => Partial<ObservedTrack>[]; persons?: number; riding: string[] }>([
    { name: 'one rider', at: () => [bike(0.4), on('a', 0.4)], persons: 1, riding: ['a'] },
    { name: 'a driver and a passenger', at: () => [bike(0.4), on('a', 0.39), on('b', 0.41)], persons: 2, riding: ['a', 'b'] },
    {
      name: 'a passenger seen in half of the pictures',
      at: (frame) => [bike(0.4), on('a', 0.39), on('b', 0.41, { seen: frame % 2 === 0 })],
      persons: 2,
      riding: ['a', 'b'],
    },
    {
      name: 'a passenger seen now and then',
      at: (frame) => [bike(0.4), on('a', 0.39), on('b', 0.41, { seen: frame % 4 === 0 })],
      persons: 1,
      riding: ['a', 'b'],
    },
    { name: 'nobody before 0.3 s', frames: 2, at: () => [bike(0.4), on('a', 0.4)], riding: [] },
    { name: 'a parked one', at: () => [bike(0.4)], riding: [] },
    { name: 'somebody beside it', at: () => [bike(0.4), on('a', 0.46)], riding: [] },
    {
      name: 'somebody who walks past a parked one',
      at: (frame) => [bike(0.4), on('a', 0.3 + frame * 0.028, { velocity: [0.14, 0] })],
      riding: [],
    },
    {
      name: 'riders who drive',
      at: (frame) => [bike(0.1 + frame * 0.04, { velocity: [0.2, 0] }), on('a', 0.1 + frame * 0.04, { velocity: [0.22, 0.02] })],
      persons: 1,
      riding: ['a'],
    },
    {
      name: 'somebody behind one that has stood for two minutes',
      at: () => [bike(0.4, { standingMs: 120_000 }), on('a', 0.4)],
      riding: [],
    },
    {
      name: 'a rider who waits for nearly two minutes',
      at: () => [bike(0.4, { standingMs: 119_999 }), on('a', 0.4)],
      persons: 1,
      riding: ['a'],
    },
    { name: 'a car', at: () => [{ ...bike(0.4), class: 'car' }, on('a', 0.4)], riding: [] },
    {
      name: 'a vehicle that the detector loses for a second',
      at: (frame) => [bike(0.4, { seen: frame < 7, lastSeenMs: T0 + Math.min(frame, 6) * 200 }), on('a', 0.4)],
      persons: 1,
      riding: ['a'],
    },
  ])('$name', ({ frames = 12, at, persons, riding }) => {
    const played = play(frames, at);
    expect(played.persons).toBe(persons);
    expect(played.riding).toEqual(riding);
  });

  it('lets go of a rider who gets off, after as long as he was on', () => {
    const at = (frame: number) => [bike(0.4), on('a', frame < 6 ? 0.4 : 0.6)];
    expect(play(10, at).riding).toEqual(['a']);
    expect(play(12, at).riding).toEqual([]);
  });

  it('is ridden no more when nobody was seen on it for 5 s', () => {
    const at = (frame: number) => [bike(0.4), ...(frame < 10 ? [on('a', 0.4)] : [])];
    expect(play(35, at).persons).toBe(1);
    expect(play(36, at).persons).toBeUndefined();
  });

  it('forgets tracks that are gone', () => {
    const { state } = play(20, (frame) => (frame < 10 ? [bike(0.4), on('a', 0.4)] : []));
    expect([state.people, state.vehicles]).toEqual([{}, {}]);
  });
});
