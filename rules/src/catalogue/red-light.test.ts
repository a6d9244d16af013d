import type { Finding } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { aCamera, anObservation, aTrack, boxAt, T0 } from '../testing/scene.js';
import { createRule } from './index.js';
import type { Observation, ObservedTrack } from './rule-machine.js';

/** The signal is red for the first 20 s of every 30 s; the line runs to the right at y 0.5, so down the picture is `right`. */
const rule = {
  id: 'red',
  name: 'Đèn đỏ',
  type: 'red-light',
  lineId: 'stop',
  direction: 'right',
  signalId: 'north',
  graceMs: 500,
  pastDistance: 0.05,
};

function play(observations: Observation[], options: object = {}): Finding[] {
  const camera = aCamera({ rules: [{ ...rule, ...options }] });
  const machine = createRule(camera.rules[0] as never, camera);
  let state = machine.start();
  return observations.flatMap((observation) => {
    const step = machine.step(state, observation);
    state = step.state;
    return structuredClone(step.changes.map(({ finding }) => finding));
  });
}

/** A car whose anchor is at `yAt(atMs)`, every 200 ms. */
function drive(
  fromMs: number,
  untilMs: number,
  yAt: (atMs: number) => number | null,
  overrides: Partial<ObservedTrack> = {},
): Observation[] {
  const list: Observation[] = [];
  for (let atMs = fromMs; atMs <= untilMs; atMs += 200) {
    const y = yAt(atMs);
    list.push(anObservation(atMs, y === null ? [] : [aTrack(T0 + atMs, { box: boxAt(0.5, y), ...overrides })]));
  }
  return list;
}

/** Crosses y 0.5 at `crossMs` with 0.1 picture heights per second. */
const crossingAt = (crossMs: number) => (atMs: number) => 0.5 + (0.1 * (atMs - crossMs)) / 1000;

describe('red-light', () => {
  it('keeps three moments with the state of the signal, and says why', () => {
    const [finding] = play(drive(3000, 8000, crossingAt(5000)));
    expect(finding).toMatchObject({ startMs: T0 + 5000, class: 'car', trackIds: ['track-1'], endMs: T0 + 5600, raisedAtMs: T0 + 5600 });
    expect(finding?.moments.map(({ name, atMs, note }) => [name, atMs - T0, note?.vi])).toEqual([
      ['before-line', 4800, 'đèn đỏ 4,8 giây (mô phỏng)'],
      ['over-line', 5200, 'đèn đỏ 5,2 giây (mô phỏng)'],
      ['past-line', 5600, 'đèn đỏ 5,6 giây (mô phỏng)'],
    ]);
    expect(finding?.moments.every(({ box }) => box !== undefined)).toBe(true);
    expect(finding?.reason.text).toEqual({
      vi: 'ô tô con vượt vạch dừng «vạch dừng» khi đèn «đèn bắc» đã đỏ 5 giây (châm chước 0,5 giây)',
      en: 'car crossed stop line “vạch dừng” when signal “đèn bắc” had been red for 5 s (grace 0.5 s)',
    });
    expect(finding?.reason.measures[0]).toEqual({ name: 'redMs', value: 5000, comparison: '>', threshold: 500 });
  });

  it('is never fineable with a scripted signal', () => {
    expect(play(drive(3000, 8000, crossingAt(5000)))[0]?.fineable).toEqual({
      value: false,
      reasons: [{ vi: 'đèn mô phỏng, không dùng để xử phạt', en: 'simulated signal, not fineable' }],
    });
  });

  it.each([
    { name: 'on green', crossMs: 25_000, raised: 0 },
    { name: 'at the grace exactly (exclusive)', crossMs: 500, raised: 0 },
    { name: 'just after the grace', crossMs: 502, raised: 1 },
    { name: 'in the last moment of red', crossMs: 19_900, raised: 1 },
    { name: 'in the first moment of green', crossMs: 20_010, raised: 0 },
  ])('$name: $raised', ({ crossMs, raised }) => {
    const start = Math.floor((crossMs - 2000) / 200) * 200;
    expect(play(drive(start, start + 6000, crossingAt(crossMs)))).toHaveLength(raised);
  });

  it('looks at one direction only, and a reversed line turns it round', () => {
    const down = drive(3000, 8000, crossingAt(5000));
    const up = drive(3000, 8000, (atMs) => 1 - crossingAt(5000)(atMs));
    expect([play(down).length, play(up).length]).toEqual([1, 0]);
    expect([play(down, { direction: 'left' }).length, play(up, { direction: 'left' }).length]).toEqual([0, 1]);
  });

  it('tells of a vehicle that leaves the picture over the line, without the third moment', () => {
    const [finding] = play(drive(3000, 9000, (atMs) => (atMs <= 5300 ? crossingAt(5000)(atMs) : null)));
    expect(finding?.moments.map(({ name }) => name)).toEqual(['before-line', 'over-line']);
    expect(finding?.endMs).toBe(T0 + 5200);
    expect(finding?.fineable).toMatchObject({ value: false });
    expect(finding?.fineable?.reasons.map(({ en }) => en)).toContain('no picture past the line');
  });

  it('tells of a vehicle too fast for a picture over the line', () => {
    const [finding] = play(drive(3000, 8000, (atMs) => (atMs < 5000 ? 0.4 : 0.7)));
    expect(finding?.moments.map(({ name }) => name)).toEqual(['before-line', 'past-line']);
    expect(finding?.fineable?.reasons.map(({ vi }) => vi)).toContain('thiếu hình trên vạch');
  });

  it('waits for the third moment when the second is far already', () => {
    const [finding] = play(drive(3000, 8000, (atMs) => (atMs < 5000 ? 0.48 : 0.57 + (atMs - 5000) / 2000)));
    expect(finding?.moments.map(({ name, atMs }) => [name, atMs - T0])).toEqual([
      ['before-line', 4800],
      ['over-line', 5000],
      ['past-line', 5200],
    ]);
  });

  it.each([
    { name: 'stops before the line', yAt: (t: number) => Math.min(0.49, crossingAt(5000)(t)) },
    { name: 'trembles on the line', yAt: (t: number) => (t < 5000 ? crossingAt(5000)(t) : 0.5 + (t % 400 ? 0.005 : -0.005)) },
    {
      name: 'stops over the line and goes on at green',
      yAt: (t: number) => (t < 22_000 ? Math.min(0.53, crossingAt(10_000)(t)) : 0.53 + (t - 22_000) / 10_000),
    },
    { name: 'stops over the line for good', yAt: (t: number) => Math.min(0.53, crossingAt(3000)(t)) },
    { name: 'backs off again', yAt: (t: number) => (t < 5300 ? crossingAt(5000)(t) : 0.4) },
  ])('leaves alone a vehicle that $name', ({ yAt }) => {
    expect(play(drive(1000, 28_000, yAt))).toEqual([]);
  });

  it.each<{ name: string; overrides: Partial<ObservedTrack> }>([
    { name: 'a person', overrides: { class: 'person' } },
    { name: 'a track too young', overrides: { firstMs: T0 + 4700 } },
  ])('leaves alone $name', ({ overrides }) => {
    expect(play(drive(3000, 8000, crossingAt(5000), overrides))).toEqual([]);
  });

  it('raises what crossed before a discontinuity, and forgets the rest', () => {
    const list = [...drive(3000, 5400, crossingAt(5000)), anObservation(5600, [], { restarted: true })];
    expect(play(list)).toHaveLength(1);
    const camera = aCamera({ rules: [rule] });
    const machine = createRule(camera.rules[0] as never, camera);
    let state = machine.start();
    for (const observation of list) state = machine.step(state, observation).state;
    expect(state).toEqual({ approaches: {}, held: {}, fromRest: [] });
  });
});
