import { describe, expect, it } from 'vitest';
import { aCamera, anObservation, aTrack, boxAt, T0 } from '../testing/scene.js';
import { createRule } from './index.js';
import type { FindingChange, Observation, ObservedTrack } from './rule-machine.js';

const stalled = { id: 'stalled', name: 'Xe dừng', type: 'stalled-vehicle', zoneId: 'middle', dwellMs: 20_000 };
const intrusion = { id: 'fence', name: 'Hàng rào', type: 'intrusion', zoneId: 'middle', dwellMs: 1000 };

function machineOf(rule: object) {
  const camera = aCamera({ rules: [rule] });
  return createRule(camera.rules[0] as never, camera);
}

function play(rule: object, observations: Observation[]): FindingChange[] {
  const machine = machineOf(rule);
  let state = machine.start();
  return observations.flatMap((observation) => {
    const step = machine.step(state, observation);
    state = step.state;
    return structuredClone(step.changes);
  });
}

/** Observations every `stepMs` from 0 to `untilMs` inclusive. */
function every(
  stepMs: number,
  untilMs: number,
  tracksAt: (atMs: number) => ObservedTrack[],
  extra: (atMs: number) => Partial<Observation> = () => ({}),
): Observation[] {
  const list: Observation[] = [];
  for (let atMs = 0; atMs <= untilMs; atMs += stepMs) list.push(anObservation(atMs, tracksAt(atMs), extra(atMs)));
  return list;
}

/** A car that has stood since the beginning, as the tracker tells it from three seconds on. */
function standing(atMs: number, overrides: Partial<ObservedTrack> = {}): ObservedTrack {
  return aTrack(T0 + atMs, { class: 'truck', stillSinceMs: T0, standingMs: atMs >= 3000 ? atMs : 0, firstMs: T0, ...overrides });
}

const phases = (changes: FindingChange[]) => changes.map(({ phase }) => phase);

describe('stalled-vehicle', () => {
  it.each([
    { name: 'below the threshold', untilMs: 19_800, raised: false },
    { name: 'at the threshold (inclusive)', untilMs: 20_000, raised: true },
  ])('$name', ({ untilMs, raised }) => {
    expect(
      phases(
        play(
          stalled,
          every(200, untilMs, (t) => [standing(t)]),
        ),
      ).includes('raised'),
    ).toBe(raised);
  });

  it('says what it measured, in both languages', () => {
    const [raised] = play(
      stalled,
      every(200, 22_000, (t) => [standing(t)]),
    ).filter(({ phase }) => phase === 'raised');
    expect(raised?.finding.reason).toEqual({
      text: {
        vi: 'xe tải đứng yên 20 giây (ngưỡng 20 giây) trong vùng «lòng nút giao», xê dịch 0 % kích thước xe',
        en: 'truck standing for 20 s (threshold 20 s) in zone “lòng nút giao”, shifted by 0 % of its size',
      },
      measures: [
        { name: 'dwellMs', value: 20_000, comparison: '>=', threshold: 20_000 },
        { name: 'shiftBoxSizes', value: 0, comparison: '<=', threshold: 0.35 },
        { name: 'speedBoxHeightsPerSecond', value: 0, comparison: '<=', threshold: 0.0175 },
      ],
    });
    expect(raised?.finding).toMatchObject({ startMs: T0, raisedAtMs: T0 + 20_000, trackIds: ['track-1'], class: 'truck', confidence: 0.8 });
    expect(raised?.finding.moments).toEqual([
      { name: 'first', atMs: T0, box: boxAt(0.5, 0.5) },
      { name: 'raised', atMs: T0 + 20_000, box: boxAt(0.5, 0.5) },
    ]);
  });

  it('asks for evidence before the pictures of the beginning are forgotten, and lets go when nothing comes of it', () => {
    const leaves = (t: number) => [standing(t, t > 18_000 ? { stillSinceMs: T0 + t, standingMs: 0 } : {})];
    const changes = play(stalled, every(200, 25_000, leaves));
    expect(phases(changes)).toEqual(['candidate', 'dropped']);
    expect(changes[0]?.finding).toMatchObject({ raisedAtMs: T0 + 15_000, moments: [{ name: 'first', atMs: T0 }] });
    expect(changes[1]?.finding.id).toBe(changes[0]?.finding.id);
  });

  it('is raised once, told again ever more rarely, ended once, all under one id', () => {
    const changes = play(
      stalled,
      every(500, 400_000, (t) => [standing(t, t > 300_000 ? { stillSinceMs: T0 + t, standingMs: 0 } : {})]),
    );
    expect(phases(changes)).toEqual(['candidate', 'raised', 'updated', 'updated', 'updated', 'updated', 'updated', 'updated', 'ended']);
    expect(new Set(changes.map(({ finding }) => finding.id)).size).toBe(1);
    expect(changes.at(-1)?.finding.endMs).toBe(T0 + 300_000);
    expect(changes.at(-1)?.finding.reason.text.vi).toContain('đứng yên 5 phút');
  });

  it.each<{ name: string; overrides: Partial<ObservedTrack> }>([
    { name: 'a person', overrides: { class: 'person' } },
    { name: 'outside the zone', overrides: { zoneIds: [] } },
    { name: 'moving', overrides: { standingMs: 0 } },
  ])('leaves alone what is $name', ({ overrides }) => {
    expect(
      play(
        stalled,
        every(200, 40_000, (t) => [standing(t, overrides)]),
      ),
    ).toEqual([]);
  });

  it.each([
    { classes: undefined, class: 'motorcycle' as const, raised: true },
    { classes: ['vehicle'], class: 'motorcycle' as const, raised: false },
    { classes: ['large-vehicle'], class: 'bus' as const, raised: true },
    { classes: ['large-vehicle'], class: 'car' as const, raised: false },
    { classes: ['car'], class: 'car' as const, raised: true },
  ])('classes $classes and a $class: $raised', ({ classes, class: name, raised }) => {
    const changes = play(
      { ...stalled, ...(classes ? { classes } : {}) },
      every(200, 21_000, (t) => [standing(t, { class: name })]),
    );
    expect(phases(changes).includes('raised')).toBe(raised);
  });

  it('does not count a gap in the video as dwell', () => {
    const gap = (t: number): Partial<Observation> => (t >= 12_000 ? { watchedMs: t - 10_000, unbrokenSinceMs: T0 + 12_000 } : {});
    const list = every(200, 31_000, (t) => [standing(t)], gap).filter(({ nowMs }) => nowMs <= T0 + 2000 || nowMs >= T0 + 12_000);
    const late = list.map((observation) => ({
      ...observation,
      tracks: observation.tracks.map((track) => ({ ...track, standingMs: 5000 })),
    }));
    const [raised] = play(stalled, late).filter(({ phase }) => phase === 'raised');
    expect(raised?.finding).toMatchObject({ startMs: T0, raisedAtMs: T0 + 30_000 });
    expect(raised?.finding.reason.measures[0]?.value).toBe(20_000);
  });

  it('counts the time of a detector drop-out once the vehicle is seen again, if it was seen half of the time', () => {
    const dropsOut = (from: number, to: number) => (t: number) => [standing(t, { seen: t < from || t >= to })];
    expect(phases(play(stalled, every(200, 21_000, dropsOut(8000, 15_000)))).includes('raised')).toBe(true);
    expect(phases(play(stalled, every(200, 21_000, dropsOut(4000, 20_000)))).includes('raised')).toBe(false);
  });

  it.each([
    // A detector stretches one box over two vehicles for a while: it never scores what a vehicle must score.
    { name: 'a box that is weak nearly always', clear: (t: number) => t < 4000, raised: false },
    { name: 'a vehicle that is weak now and then', clear: (t: number) => t % 1000 !== 0, raised: true },
  ])('$name: raised $raised', ({ clear, raised }) => {
    const changes = play(
      stalled,
      every(200, 30_000, (t) => [standing(t, { clearlySeen: clear(t) })]),
    );
    expect(phases(changes).includes('raised')).toBe(raised);
  });

  it('ends when the track is gone, at the time it was last seen', () => {
    const changes = play(
      stalled,
      every(200, 40_000, (t) => (t <= 25_000 ? [standing(t)] : [])),
    );
    expect(phases(changes)).toEqual(['candidate', 'raised', 'ended']);
    expect(changes[2]?.finding.endMs).toBe(T0 + 25_000);
  });

  it('ends at a discontinuity', () => {
    const list = [...every(200, 21_000, (t) => [standing(t)]), anObservation(22_000, [], { restarted: true })];
    expect(phases(play(stalled, list)).at(-1)).toBe('ended');
  });
});

describe('intrusion', () => {
  const person = (atMs: number, overrides: Partial<ObservedTrack> = {}) => aTrack(T0 + atMs, { class: 'person', ...overrides });

  it.each([
    { name: 'below the dwell', untilMs: 900, expected: [] },
    { name: 'at the dwell (inclusive)', untilMs: 1000, expected: ['raised'] },
  ])('$name', ({ untilMs, expected }) => {
    expect(
      phases(
        play(
          intrusion,
          every(100, untilMs, (t) => [person(t)]),
        ),
      ),
    ).toEqual(expected);
  });

  it.each([
    { name: 'a car', track: { class: 'car' as const } },
    { name: 'a person beside the zone', track: { zoneIds: ['other'] } },
  ])('ignores $name', ({ track }) => {
    expect(
      play(
        intrusion,
        every(100, 5000, (t) => [person(t, track)]),
      ),
    ).toEqual([]);
  });

  it('waits until the track is old enough (inclusive)', () => {
    const changes = play(
      { ...intrusion, dwellMs: 0 },
      every(100, 2000, (t) => [person(t, { firstMs: T0 })]),
    );
    expect(changes[0]?.finding.raisedAtMs).toBe(T0 + 600);
  });

  it.each([
    { name: 'a second outside is forgiven', outMs: 1000, expected: ['raised'] },
    { name: 'more is a new visit', outMs: 1300, expected: ['raised', 'ended', 'raised'] },
  ])('$name', ({ outMs, expected }) => {
    const visit = (t: number) => [person(t, t >= 2000 && t < 2000 + outMs ? { zoneIds: [] } : {})];
    expect(phases(play(intrusion, every(100, 6000, visit)))).toEqual(expected);
  });

  it('judges every person alone', () => {
    const changes = play(
      intrusion,
      every(100, 3000, (t) => [person(t, { id: 'a' }), person(t, { id: 'b', zoneIds: t > 1500 ? ['middle'] : [] })]),
    );
    expect(changes.map(({ finding }) => [finding.subject.id, finding.raisedAtMs - T0])).toEqual([
      ['a', 1000],
      ['b', 2600],
    ]);
    expect(changes[0]?.finding.reason.text).toEqual({
      vi: 'người ở trong vùng «lòng nút giao» 1 giây (ngưỡng 1 giây)',
      en: 'person in zone “lòng nút giao” for 1 s (threshold 1 s)',
    });
  });

  it('forgets tracks that are gone', () => {
    const machine = machineOf(intrusion);
    let state = machine.start();
    for (let i = 0; i < 2000; i++) state = machine.step(state, anObservation(i * 100, [person(i * 100, { id: `p${i}` })])).state;
    expect(Object.keys(state as object).length).toBe(1);
  });
});
