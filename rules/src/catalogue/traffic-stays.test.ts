import { parseCamera } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { aCamera, anObservation, aTrack, boxAt, T0 } from '../testing/scene.js';
import { createRule } from './index.js';
import type { FindingChange, ObservedTrack } from './rule-machine.js';

type TrackAt = (atMs: number) => Partial<ObservedTrack> | null;

/** Plays one track at 5 frames a second; what it raises. The scripted signal is red for the first 20 s, then green for 10 s. */
function raised(rule: object, trackAt: TrackAt, untilMs: number, camera: object = {}): FindingChange[] {
  const config = aCamera({ rules: [{ id: 'r', name: 'n', ...rule }], ...camera });
  const machine = createRule(config.rules[0] as never, config);
  let state = machine.start();
  const changes: FindingChange[] = [];
  for (let atMs = 0; atMs <= untilMs; atMs += 200) {
    const track = trackAt(atMs);
    const step = machine.step(state, anObservation(atMs, track ? [aTrack(T0 + atMs, track)] : []));
    state = step.state;
    changes.push(...structuredClone(step.changes).filter(({ phase }) => phase === 'raised'));
  }
  return changes;
}

const driving: TrackAt = (t) => ({ box: boxAt(0.25 + 0.00008 * t, 0.5), velocity: [0.08, 0] });
const parked: TrackAt = (t) => ({ stillSinceMs: T0, standingMs: t >= 3000 ? t : 0 });
const riding: TrackAt = (t) => ({ ...driving(t), class: 'motorcycle' });
const lane = { type: 'emergency-lane', zoneId: 'middle' };
const pavement = { type: 'pavement-riding', zoneId: 'middle' };
const stop = { type: 'illegal-stop', zoneId: 'middle', dwellMs: 10_000 };

describe('emergency-lane and pavement-riding', () => {
  it.each<{ name: string; rule: object; track: TrackAt; count: number }>([
    { name: 'a car driving in the lane', rule: lane, track: driving, count: 1 },
    { name: 'a car standing in it', rule: lane, track: parked, count: 0 },
    { name: 'a car trembling in it', rule: lane, track: (t) => ({ velocity: [t % 400 ? 0.1 : -0.1, 0] }), count: 0 },
    { name: 'a car beside it', rule: lane, track: (t) => ({ ...driving(t), zoneIds: [] }), count: 0 },
    { name: 'a class that may', rule: { ...lane, classes: ['large-vehicle'] }, track: driving, count: 0 },
    { name: 'a motorcycle ridden on the pavement', rule: pavement, track: riding, count: 1 },
    { name: 'a motorcycle parked there', rule: pavement, track: (t) => ({ ...parked(t), class: 'motorcycle' }), count: 0 },
    { name: 'somebody walking there', rule: pavement, track: (t) => ({ ...driving(t), class: 'person' }), count: 0 },
    { name: 'a box that is no number', rule: lane, track: () => ({ velocity: [Number.NaN, 0] }), count: 0 },
  ])('$name: $count', ({ rule, track, count }) => {
    expect(raised(rule, track, 5000)).toHaveLength(count);
  });

  it('says how long, at the threshold (inclusive)', () => {
    const [change] = raised(lane, driving, 5000);
    expect(change?.finding).toMatchObject({ startMs: T0, raisedAtMs: T0 + 2000, fineable: { value: true, reasons: [] } });
    expect(change?.finding.reason.text.en).toBe('car driving in zone “lòng nút giao” for 2 s (threshold 2 s)');
  });

  it('is not fineable on a simulated camera', () => {
    expect(raised(lane, driving, 5000, { simulated: true })[0]?.finding.fineable).toMatchObject({ value: false });
  });
});

describe('illegal-stop', () => {
  it.each<{ name: string; rule: object; track: TrackAt; untilMs: number; count: number }>([
    { name: 'below the dwell', rule: stop, track: parked, untilMs: 9800, count: 0 },
    { name: 'at the dwell (inclusive)', rule: stop, track: parked, untilMs: 10_000, count: 1 },
    { name: 'a queue at red', rule: { ...stop, signalId: 'north', releaseMs: 5000 }, track: parked, untilMs: 24_000, count: 0 },
    { name: 'still there after green', rule: { ...stop, signalId: 'north', releaseMs: 5000 }, track: parked, untilMs: 26_000, count: 1 },
    { name: 'a car that moves', rule: stop, track: driving, untilMs: 12_000, count: 0 },
  ])('$name: $count', ({ rule, track, untilMs, count }) => {
    expect(raised(rule, track, untilMs)).toHaveLength(count);
  });

  it.each([
    { name: 'plainly', rule: stop, camera: {}, value: true },
    { name: 'with a scripted signal', rule: { ...stop, signalId: 'north', releaseMs: 0 }, camera: {}, value: false },
    { name: 'on a simulated camera', rule: stop, camera: { simulated: true }, value: false },
  ])('$name fineable is $value', ({ rule, camera, value }) => {
    expect(raised(rule, parked, 12_000, camera)[0]?.finding.fineable).toMatchObject({ value });
  });
});

describe('stop-line', () => {
  // The line runs across at y = 0.5; walking from A to B its left side is above it.
  const rule = { type: 'stop-line', lineId: 'stop', direction: 'left', signalId: 'north', dwellMs: 5000 };
  const standingAt =
    (x: number, y: number, sinceMs = 0): TrackAt =>
    (t) => ({ box: boxAt(x, y), stillSinceMs: T0 + Math.min(t, sinceMs), standingMs: t - sinceMs >= 3000 ? t - sinceMs : 0 });

  it.each<{ name: string; track: TrackAt; untilMs?: number; count: number }>([
    { name: 'a car standing past the line', track: standingAt(0.5, 0.45), count: 1 },
    { name: 'below the dwell', track: standingAt(0.5, 0.45), untilMs: 4800, count: 0 },
    { name: 'before the line', track: standingAt(0.5, 0.55), count: 0 },
    { name: 'on the line, not past it', track: standingAt(0.5, 0.495), count: 0 },
    { name: 'out in the junction', track: standingAt(0.5, 0.35), count: 0 },
    { name: 'beside the end of the line', track: standingAt(0.95, 0.45), count: 0 },
    { name: 'driving over it', track: (t) => ({ box: boxAt(0.5, 0.6 - 0.00002 * t) }), count: 0 },
    { name: 'caught there by a jam at green', track: standingAt(0.5, 0.45, 22_000), untilMs: 49_800, count: 0 },
    { name: 'a person', track: (t) => ({ ...standingAt(0.5, 0.45)(t), class: 'person' }), count: 0 },
  ])('$name: $count', ({ track, untilMs, count }) => {
    expect(raised(rule, track, untilMs ?? 15_000)).toHaveLength(count);
  });

  it('is not fineable with a scripted signal, and says so', () => {
    const verdict = raised(rule, standingAt(0.5, 0.45), 15_000)[0]?.finding.fineable;
    expect(verdict).toMatchObject({ value: false, reasons: [{ en: 'simulated signal, not fineable' }] });
  });
});

it.each([
  { name: 'a zone that is not there', rule: { ...lane, zoneId: 'elsewhere' }, problem: /rules\/0\/zoneId/ },
  { name: 'a dwell that is no number', rule: { ...pavement, dwellMs: 'long' }, problem: /rules\/0\/dwellMs/ },
  { name: 'a signal that is not there', rule: { ...stop, signalId: 'south' }, problem: /rules\/0\/signalId/ },
  { name: 'a stop line without a side', rule: { type: 'stop-line', lineId: 'stop', signalId: 'north' }, problem: /rules\/0/ },
])('$name is refused', ({ rule, problem }) => {
  const camera = { ...aCamera(), rules: [{ id: 'r', name: 'n', ...rule }] };
  expect(() => parseCamera(camera)).toThrow(problem);
});
