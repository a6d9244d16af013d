import { parseCamera } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { aCamera, anObservation, aTrack, boxAt, T0 } from '../testing/scene.js';
import { createRule } from './index.js';
import type { FindingChange, ObservedTrack } from './rule-machine.js';

const corners = [
  [0.3, 0],
  [0.7, 0],
  [0.7, 1],
  [0.3, 1],
];
const direction = [
  [0.5, 1],
  [0.5, 0],
];
const lanes = [{ id: 'up', name: 'làn lên', polygon: corners, direction, allowed: ['vehicle'], speedLimitKmh: 50 }];
/** 100 m of road over the height of the picture. */
const calibration = {
  points: [
    { picture: [0, 0], roadM: [0, 0] },
    { picture: [1, 0], roadM: [100, 0] },
    { picture: [1, 1], roadM: [100, 100] },
    { picture: [0, 1], roadM: [0, 100] },
  ],
};
const camera = { lanes, calibration };

type TrackAt = (atMs: number) => Partial<ObservedTrack> | null;

/** Plays one track at 5 frames a second; everything that is said of it. */
function changesOf(rule: object, trackAt: TrackAt, untilMs: number, extra: object = {}): FindingChange[] {
  const config = aCamera({ ...camera, rules: [{ id: 'r', name: 'n', ...rule }], ...extra });
  const machine = createRule(config.rules[0] as never, config);
  let state = machine.start();
  const changes: FindingChange[] = [];
  for (let atMs = 0; atMs <= untilMs; atMs += 200) {
    const track = trackAt(atMs);
    const step = machine.step(state, anObservation(atMs, track ? [aTrack(T0 + atMs, track)] : []));
    state = step.state;
    changes.push(...structuredClone(step.changes));
  }
  return changes;
}

const raisedOf = (...args: Parameters<typeof changesOf>) => changesOf(...args).filter(({ phase }) => phase === 'raised');
/** Up the lane, `kmh` on the calibrated road. */
const at =
  (kmh: number, overrides: (t: number) => Partial<ObservedTrack> = () => ({})): TrackAt =>
  (t) => ({ box: boxAt(0.5, 0.98 - (t / 1000) * (kmh / 360), 0.05, 0.05), velocity: [0, -kmh / 360], ...overrides(t) });

describe('speeding', () => {
  const rule = { type: 'speeding', laneIds: ['up'], toleranceKmh: 10 };

  it.each<{ name: string; track: TrackAt; count: number }>([
    { name: 'faster than limit and tolerance', track: at(72), count: 1 },
    { name: 'within the tolerance', track: at(58), count: 0 },
    { name: 'seen for less than the window', track: (t) => (t < 1600 ? at(72)(t) : null), count: 0 },
    { name: 'one box that jumps', track: (t) => at(40)(t === 2000 ? 3500 : t), count: 0 },
    { name: 'boxes that jump to and fro', track: (t) => at(40)(t + (t % 400 ? 1500 : 0)), count: 0 },
    { name: 'outside the lane', track: (t) => ({ ...at(72)(t), anchor: [0.1, 0.5] }), count: 0 },
    { name: 'a person', track: at(72, () => ({ class: 'person' })), count: 0 },
    { name: 'a box that is no number', track: () => ({ anchor: [Number.NaN, Number.NaN] }), count: 0 },
  ])('$name: $count', ({ track, count }) => {
    expect(raisedOf(rule, track, 4000)).toHaveLength(count);
  });

  it('says how fast, and is never fineable', () => {
    const finding = raisedOf(rule, at(72), 4000)[0]?.finding;
    expect(finding?.reason.measures[0]).toMatchObject({ name: 'speedKmh', comparison: '>', threshold: 60 });
    expect(finding?.reason.measures[0]?.value).toBeCloseTo(72, 0);
    expect(finding?.fineable).toMatchObject({
      value: false,
      reasons: [{ en: 'speed from video, not from a certified sensor' }, { en: 'the camera has no calibration certificate' }],
    });
  });

  it.each([
    { name: 'valid', days: ['2026-05-01', '2026-06-30'], reasons: 1 },
    { name: 'over before', days: ['2025-01-01', '2025-12-31'], reasons: 2 },
    { name: 'not yet begun', days: ['2026-08-01', '2027-01-01'], reasons: 2 },
  ])('names a certificate that is $name', ({ days: [issuedOn = '', validUntil = ''], reasons }) => {
    const certificate = { number: 'KĐ-1', issuer: 'Trung tâm', issuedOn, validUntil };
    const fineable = raisedOf(rule, at(72), 4000, { certificate })[0]?.finding.fineable;
    expect(fineable?.reasons).toHaveLength(reasons);
    if (reasons > 1) expect(fineable?.reasons[1]?.en).toContain('certificate KĐ-1');
  });

  it('ends when the vehicle has gone', () => {
    const phases = changesOf(rule, (t) => (t < 4000 ? at(72)(t) : null), 6000).map(({ phase }) => phase);
    expect(phases).toEqual(['raised', 'ended']);
  });
});

describe('wrong-lane', () => {
  const rule = { type: 'wrong-lane', laneIds: ['up'] };
  const motorcycle = at(30, () => ({ class: 'motorcycle' }));

  it.each<{ name: string; track: TrackAt; extra?: object; count: number }>([
    { name: 'a motorcycle in a lane for cars', track: motorcycle, count: 1 },
    { name: 'the same without calibration', track: motorcycle, extra: { calibration: undefined }, count: 1 },
    { name: 'a car', track: at(30), count: 0 },
    { name: 'a motorcycle that stands', track: () => ({ class: 'motorcycle', standingMs: 5000 }), count: 0 },
    { name: 'a motorcycle that creeps 5 m', track: at(4, () => ({ class: 'motorcycle', velocity: [0, -0.1] })), count: 0 },
    { name: 'one that crosses the lane', track: (t) => ({ ...motorcycle(t), anchor: [0.2 + 0.0004 * t, 0.5] }), count: 0 },
  ])('$name: $count', ({ track, extra, count }) => {
    expect(raisedOf(rule, track, 4000, extra)).toHaveLength(count);
  });

  it('tells time and distance', () => {
    const measures = raisedOf(rule, motorcycle, 4000)[0]?.finding.reason.measures;
    expect(measures?.map(({ name }) => name)).toEqual(['dwellMs', 'drivenDistanceM']);
    expect(measures?.[1]?.value).toBeCloseTo(16.667, 1);
  });
});

describe('illegal-turn', () => {
  // The line runs across at y = 0.5; the vehicle comes up over it and turns to the right of the picture.
  const lines = [
    { id: 'in', name: 'vào', a: [0.1, 0.5], b: [0.9, 0.5] },
    { id: 'out', name: 'ra', a: [0.8, 0], b: [0.8, 0.5] },
  ];
  const rule = { type: 'illegal-turn', entryLineId: 'in', exitLineId: 'out', withinMs: 10_000 };
  const turning: TrackAt = (t) => ({ box: t < 3000 ? boxAt(0.5, 0.8 - 0.0002 * t) : boxAt(0.5 + 0.0002 * (t - 3000), 0.2) });
  const straight: TrackAt = (t) => ({ box: boxAt(0.5, 0.95 - 0.0002 * t) });
  const back: TrackAt = (t) => ({ box: boxAt(0.5, 0.3 + Math.abs(0.4 - 0.0002 * t)) });
  const uTurn = { ...rule, exitLineId: 'in', entryDirection: 'left', exitDirection: 'right' };

  it.each<{ name: string; rule: object; track: TrackAt; count: number }>([
    { name: 'in and out', rule, track: turning, count: 1 },
    { name: 'straight on', rule, track: straight, count: 0 },
    { name: 'too long between', rule: { ...rule, withinMs: 1000 }, track: turning, count: 0 },
    { name: 'in the other direction', rule: { ...rule, entryDirection: 'right' }, track: turning, count: 0 },
    { name: 'out, then in', rule: { ...rule, entryLineId: 'out', exitLineId: 'in' }, track: turning, count: 0 },
    { name: 'a turn back over one line', rule: uTurn, track: back, count: 1 },
    { name: 'two tracks, one each', rule, track: (t) => ({ ...turning(t), id: t < 3000 ? 'a' : 'b' }), count: 0 },
    { name: 'a person', rule, track: (t) => ({ ...turning(t), class: 'person' }), count: 0 },
  ])('$name: $count', ({ rule: turn, track, count }) => {
    expect(raisedOf(turn, track, 5800, { lines })).toHaveLength(count);
  });

  it('keeps both moments and the time between', () => {
    const finding = raisedOf(rule, turning, 5800, { lines })[0]?.finding;
    expect(finding?.moments.map(({ name }) => name)).toEqual(['first', 'raised']);
    expect(finding?.reason.measures[0]).toMatchObject({ name: 'turnMs', value: 3000, threshold: 10_000 });
    expect(finding?.fineable).toEqual({ value: true, reasons: [] });
  });

  it('takes zones as well', () => {
    const zones = [
      {
        id: 'south',
        name: 'nam',
        polygon: [
          [0, 0.6],
          [1, 0.6],
          [1, 1],
          [0, 1],
        ],
      },
      {
        id: 'east',
        name: 'đông',
        polygon: [
          [0.8, 0],
          [1, 0],
          [1, 0.5],
          [0.8, 0.5],
        ],
      },
    ];
    const byZones = { type: 'illegal-turn', entryZoneId: 'south', exitZoneId: 'east' };
    const track: TrackAt = (t) => ({ ...turning(t), zoneIds: t < 1000 ? ['south'] : t >= 4500 ? ['east'] : [] });
    expect(raisedOf(byZones, track, 5800, { zones })).toHaveLength(1);
  });
});

it.each([
  {
    name: 'speed without calibration',
    rule: { type: 'speeding', laneIds: ['up'] },
    extra: { calibration: undefined },
    problem: /add calibration/,
  },
  { name: 'a lane without limit', rule: { type: 'speeding', laneIds: ['free'] }, extra: {}, problem: /has no speedLimitKmh/ },
  { name: 'a lane for everybody', rule: { type: 'wrong-lane', laneIds: ['free'] }, extra: {}, problem: /has no allowed/ },
  { name: 'a turn without exit', rule: { type: 'illegal-turn', entryLineId: 'stop' }, extra: {}, problem: /names no exit/ },
  {
    name: 'a turn with two entries',
    rule: { type: 'illegal-turn', entryLineId: 'stop', entryZoneId: 'middle', exitZoneId: 'middle' },
    extra: {},
    problem: /names two entry/,
  },
  {
    name: 'a turn that ends where it begins',
    rule: { type: 'illegal-turn', entryLineId: 'stop', exitLineId: 'stop' },
    extra: {},
    problem: /one place/,
  },
])('$name is refused with the mend', ({ rule, extra, problem }) => {
  const free = { id: 'free', name: 'làn chung', polygon: corners, direction };
  expect(() =>
    parseCamera({ ...aCamera(), lanes: [...lanes, free], calibration, rules: [{ id: 'r', name: 'n', ...rule }], ...extra }),
  ).toThrow(problem);
});
