import type { ControllerMessage, ControllerSource, SignalState } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { ControllerClock } from './controller-clock.js';
import { ControllerStates } from './controller-states.js';

const T0 = 1_780_000_000_000;
const source: ControllerSource = { kind: 'controller', controllerId: 'c-1', group: 'g1', maxAgeMs: 5000 };
type Group = ControllerMessage['groups'][number];

function message(sentAtMs: number, state: SignalState, overrides: Partial<Group> & { manual?: boolean } = {}): ControllerMessage {
  const { manual, ...group } = overrides;
  return { controllerId: 'c-1', sentAtMs, groups: [{ group: 'g1', state, ...group }], ...(manual ? { manual } : {}) };
}

/** A controller whose clock is `aheadMs` ahead, each message `tookMs` under way. */
function hear(
  states: ControllerStates,
  list: [sentMs: number, state: SignalState, tookMs?: number, extra?: Partial<Group>][],
  aheadMs = 0,
) {
  for (const [sentMs, state, tookMs = 20, extra] of list)
    states.take('c-1', message(T0 + sentMs + aheadMs, state, extra), T0 + sentMs + tookMs);
}
const at = (states: ControllerStates, atMs: number) => states.readingAt('north', source, T0 + atMs);

describe('the clock of a controller', () => {
  it.each([0, 3_600_000, -86_400_000, 250])('is known however far it is off: %i ms', (aheadMs) => {
    const states = new ControllerStates();
    hear(
      states,
      [
        [0, 'green', 400],
        [1000, 'green', 20],
        [2000, 'red', 300],
        [3000, 'red', 80],
      ],
      aheadMs,
    );
    // The change lies where it was sent, plus the 20 ms that the quickest message took.
    expect(at(states, 2019).state).toBe('green');
    expect(at(states, 2020)).toMatchObject({ state: 'red', confidence: 1, sinceMs: T0 + 2020, uncertainMs: 1000 });
  });

  it('leaves out what comes late or out of order, and counts it', () => {
    const states = new ControllerStates();
    hear(states, [
      [0, 'green'],
      [2000, 'red'],
      [1000, 'green', 1500],
      [2000, 'green'],
      [3000, 'yellow', 2500],
      [6000, 'red'],
    ]);
    expect(states.counts).toEqual({ taken: 3, invalid: 0, late: 1, outOfOrder: 2 });
    expect(at(states, 2500).state).toBe('red');
  });

  it('begins anew when it was set back by more than 5 s', () => {
    const states = new ControllerStates();
    hear(
      states,
      [
        [0, 'green'],
        [1000, 'green'],
      ],
      60_000,
    );
    hear(
      states,
      [
        [2000, 'red'],
        [3000, 'red'],
      ],
      0,
    );
    expect(at(states, 3100)).toMatchObject({ state: 'red', sinceMs: T0 + 2020 });
  });

  it('notices after five messages that it was set back by a little', () => {
    const clock = new ControllerClock();
    const kinds = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((second) => {
      const aheadMs = second < 3 ? 3000 : 0;
      return clock.observe(T0 + second * 1000 + aheadMs, T0 + second * 1000 + 20).kind;
    });
    expect(kinds).toEqual([
      ...['placed', 'placed', 'placed'],
      // Two before, and one at, the newest that was sent.
      ...['out-of-order', 'out-of-order', 'out-of-order'],
      ...['late', 'late', 'late', 'late', 'placed'],
    ]);
  });

  it('follows a clock that drifts, within the window', () => {
    const clock = new ControllerClock();
    let placed = 0;
    // 100 ppm slow: an hour later 360 ms behind.
    for (let second = 0; second <= 3600; second++) {
      const placement = clock.observe(T0 + second * 1000 * (1 - 1e-4), T0 + second * 1000 + 20);
      if (placement.kind === 'placed') placed = placement.sentAtMs;
    }
    expect(Math.abs(placed - (T0 + 3_600_020))).toBeLessThanOrEqual(35);
  });
});

describe('what a controller tells', () => {
  it("counts since its own word, in the server's time, and no later than it was sent", () => {
    const states = new ControllerStates();
    const aheadMs = 7000;
    hear(
      states,
      [
        [0, 'green'],
        [1000, 'red', 20, { sinceMs: T0 + 600 + aheadMs }],
        [2000, 'red', 20, { sinceMs: T0 + 600 + aheadMs }],
      ],
      aheadMs,
    );
    expect(at(states, 2100)).toMatchObject({ state: 'red', sinceMs: T0 + 620, uncertainMs: 0 });
    hear(states, [[3000, 'green', 20, { sinceMs: T0 + 99_000 + aheadMs }]], aheadMs);
    expect(at(states, 3100)).toMatchObject({ state: 'green', sinceMs: T0 + 3020 });
  });

  it('is unknown when nothing is heard for longer than allowed, and of unknown age after a long silence', () => {
    const states = new ControllerStates();
    hear(states, [
      [0, 'green'],
      [1000, 'red'],
    ]);
    expect(at(states, 6020).state).toBe('red');
    expect(at(states, 6021)).toEqual({ signalId: 'north', source: 'controller', state: 'unknown', confidence: 0 });
    hear(states, [[20_000, 'red']]);
    expect(at(states, 20_100).state).toBe('red');
    expect(at(states, 20_100)).not.toHaveProperty('sinceMs');
  });

  it('tells of a cycle that was missed by since when it is red', () => {
    const states = new ControllerStates();
    hear(states, [
      [0, 'red', 20, { sinceMs: T0 - 1000 }],
      [30_000, 'red', 20, { sinceMs: T0 + 25_000 }],
    ]);
    expect(at(states, 30_100)).toMatchObject({ sinceMs: T0 + 25_020 });
  });

  it('answers for times that have passed, for a camera that catches up', () => {
    const states = new ControllerStates();
    hear(states, [
      [0, 'green'],
      [4000, 'yellow'],
      [7000, 'red'],
      [9000, 'red'],
    ]);
    expect([-1, 20, 4019, 4020, 7019, 7020].map((atMs) => at(states, atMs).state)).toEqual([
      'unknown',
      'green',
      'green',
      'yellow',
      'yellow',
      'red',
    ]);
  });

  it('goes on in its state while it is worked by hand', () => {
    const states = new ControllerStates();
    hear(states, [
      [0, 'green'],
      [1000, 'red'],
    ]);
    states.take('c-1', message(T0 + 2000, 'red', { manual: true }), T0 + 2020);
    expect(at(states, 2100)).toMatchObject({ state: 'red', sinceMs: T0 + 1020, manual: true });
    expect(at(states, 1500)).not.toHaveProperty('manual');
  });

  it.each([
    { name: 'no JSON', controllerId: 'c-1', value: null },
    { name: 'another name than its subject', controllerId: 'c-2', value: message(T0, 'red') },
    { name: 'a state that there is not', controllerId: 'c-1', value: message(T0, 'blue' as never) },
    { name: 'a key that is not known', controllerId: 'c-1', value: { ...message(T0, 'red'), mode: 1 } },
    { name: 'no group', controllerId: 'c-1', value: { ...message(T0, 'red'), groups: [] } },
  ])('counts a message with $name, and nothing else comes of it', ({ controllerId, value }) => {
    const states = new ControllerStates();
    states.take(controllerId, value, T0);
    expect(states.counts).toMatchObject({ taken: 0, invalid: 1 });
    expect(at(states, 0).state).toBe('unknown');
  });

  it('knows nothing of another group', () => {
    const states = new ControllerStates();
    hear(states, [[0, 'green']]);
    expect(states.readingAt('north', { ...source, group: 'g2' }, T0 + 100).state).toBe('unknown');
  });
});
