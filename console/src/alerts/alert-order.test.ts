import { describe, expect, it } from 'vitest';
import { neighbour, type OrderInput, visibleAlerts } from './alert-order.js';
import { anAlert } from './test-alert.js';

const fresh = anAlert({ id: 'fresh', raisedAtMs: 30 });
const seen = anAlert({ id: 'seen', raisedAtMs: 20, state: 'acknowledged' });
const wrong = anAlert({ id: 'wrong', raisedAtMs: 10, state: 'false-alarm' });
const input: OrderInput = {
  all: [fresh, seen, wrong],
  filter: 'open',
  username: 'me',
  leads: false,
  selectedId: null,
  shownIds: [],
  gathered: new Set(),
  digestOpen: false,
  held: false,
};
const ids = (given: Partial<OrderInput>) => visibleAlerts({ ...input, ...given }).rows.map(({ id }) => id);

describe('visibleAlerts', () => {
  it.each([
    { filter: 'open' as const, expected: ['fresh', 'seen'] },
    { filter: 'new' as const, expected: ['fresh'] },
    { filter: 'all' as const, expected: ['fresh', 'seen', 'wrong'] },
  ])('filter $filter', ({ filter, expected }) => expect(ids({ filter })).toEqual(expected));

  it('shows what is in my hands and open, the digest included', () => {
    const alerts = [
      anAlert({ id: 'mine', assignee: 'me' }),
      anAlert({ id: 'done', assignee: 'me', state: 'resolved' }),
      anAlert({ id: 'yours', assignee: 'you' }),
    ];
    expect(ids({ all: alerts, filter: 'mine', gathered: new Set(['mine']) })).toEqual(['mine']);
  });

  it.each([
    { name: 'at the top of a shift lead', leads: true, expected: ['waits', 'fresh'] },
    { name: 'in its place for everybody else', leads: false, expected: ['fresh', 'waits'] },
  ])('an alert that nobody looked at stands $name', ({ leads, expected }) => {
    const waits = anAlert({ id: 'waits', raisedAtMs: 5, escalationLevel: 1 });
    expect(ids({ all: [fresh, waits], leads })).toEqual(expected);
    expect(visibleAlerts({ ...input, all: [fresh, waits], leads, shownIds: ['fresh'], held: true }).rows.map(({ id }) => id)).toEqual([
      'fresh',
    ]);
  });

  it('keeps the alert in hand although the filter no longer lets it through', () => {
    expect(ids({ filter: 'new', selectedId: 'wrong' })).toEqual(['fresh', 'wrong']);
  });

  it('while held, counts new alerts instead of pushing rows down', () => {
    const held = visibleAlerts({ ...input, shownIds: ['seen', 'wrong'], held: true });
    expect(held.rows.map(({ id }) => id)).toEqual(['seen', 'wrong']);
    expect(held.waitingAbove).toBe(1);
  });

  it('while held, rows still change their words', () => {
    const held = visibleAlerts({ ...input, all: [{ ...fresh, state: 'resolved' }], shownIds: ['fresh'], held: true });
    expect(held.rows[0]?.state).toBe('resolved');
  });

  const gathered = new Set(['fresh']);
  it.each([
    { name: 'closed', given: {}, expected: ['seen'] },
    { name: 'opened, at the foot', given: { digestOpen: true }, expected: ['seen', 'fresh'] },
    { name: 'closed over the alert in hand', given: { selectedId: 'fresh' }, expected: ['seen', 'fresh'] },
    { name: 'not in the list of all', given: { filter: 'all' as const }, expected: ['fresh', 'seen', 'wrong'] },
    { name: 'held', given: { held: true, shownIds: ['seen'] }, expected: ['seen'] },
  ])('gathered alerts stand in the digest: $name', ({ given, expected }) => {
    const shown = visibleAlerts({ ...input, gathered, ...given });
    expect(shown.rows.map(({ id }) => id)).toEqual(expected);
    expect(shown.digest.map(({ id }) => id)).toEqual(given.filter === 'all' ? [] : ['fresh']);
    expect(shown.waitingAbove).toBe(0);
  });

  it('an empty list is never held: the first alert must be seen', () => {
    expect(visibleAlerts({ ...input, held: true }).rows.length).toBe(2);
  });
});

describe('neighbour', () => {
  const rows = [fresh, seen, wrong];
  it.each([
    { name: 'none selected', selectedId: null, step: 1 as const, expected: 'fresh' },
    { name: 'down', selectedId: 'fresh', step: 1 as const, expected: 'seen' },
    { name: 'up', selectedId: 'seen', step: -1 as const, expected: 'fresh' },
    { name: 'stops at the top', selectedId: 'fresh', step: -1 as const, expected: 'fresh' },
    { name: 'stops at the bottom', selectedId: 'wrong', step: 1 as const, expected: 'wrong' },
    { name: 'selected one is gone', selectedId: 'gone', step: 1 as const, expected: 'fresh' },
  ])('$name', ({ selectedId, step, expected }) => expect(neighbour(rows, selectedId, step)).toBe(expected));

  it('nothing in an empty list', () => expect(neighbour([], null, 1)).toBeNull());
});
