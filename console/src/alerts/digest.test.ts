import { describe, expect, it } from 'vitest';
import type { Severity } from '../api/types.js';
import { digestOf, gatheredIds, INTERRUPTIONS_PER_HOUR } from './digest.js';
import { anAlert } from './test-alert.js';

const MINUTE_MS = 60_000;

/** Alerts raised at these minutes, newest first, each named by its minute. */
function raisedAt(minutes: number[], severity: Severity = 'medium') {
  return minutes.toSorted((a, b) => b - a).map((minute) => anAlert({ id: `${minute}`, severity, raisedAtMs: minute * MINUTE_MS }));
}
const every = (stepMinutes: number, count: number) => Array.from({ length: count }, (_, index) => index * stepMinutes);

describe('gatheredIds', () => {
  it.each([
    { name: 'six an hour', minutes: every(10, 13), expected: [] },
    { name: 'the seventh within an hour', minutes: every(5, 7), expected: ['30'] },
    { name: 'a flood, and what comes after an hour of quiet', minutes: [...every(1, 9), 100], expected: ['6', '7', '8'] },
    { name: 'the seventh exactly an hour after the first', minutes: [0, 1, 2, 3, 4, 5, 60], expected: [] },
    { name: 'none', minutes: [], expected: [] },
  ])('$name', ({ minutes, expected }) => expect([...gatheredIds(raisedAt(minutes))].toSorted()).toEqual(expected));

  it.each([
    { severity: 'critical' as const, gathered: 0 },
    { severity: 'high' as const, gathered: 0 },
    { severity: 'medium' as const, gathered: 14 },
    { severity: 'low' as const, gathered: 14 },
  ])('$severity: $gathered of 20 within 20 minutes', ({ severity, gathered }) => {
    expect(gatheredIds(raisedAt(every(1, 20), severity)).size).toBe(gathered);
    expect(INTERRUPTIONS_PER_HOUR).toBe(6);
  });

  it('high ones neither count towards the hour nor are gathered', () => {
    const high = raisedAt(every(1, 20), 'high').map((alert) => ({ ...alert, id: `high-${alert.id}` }));
    const mixed = [...high, ...raisedAt(every(2, 7))].sort((a, b) => b.raisedAtMs - a.raisedAtMs);
    expect([...gatheredIds(mixed)]).toEqual(['12']);
  });

  it('what was gathered stays so as more come in, and what stood alone too', () => {
    const early = gatheredIds(raisedAt(every(5, 9)));
    const later = gatheredIds(raisedAt([...every(5, 9), 41, 42, 300]));
    expect([...early].every((id) => later.has(id))).toBe(true);
    expect(every(5, 6).some((minute) => later.has(`${minute}`))).toBe(false);
  });
});

describe('digestOf', () => {
  const alerts = [
    anAlert({ id: 'a', type: 'loitering', raisedAtMs: 50 * MINUTE_MS }),
    anAlert({ id: 'b', type: 'tripwire', raisedAtMs: 40 * MINUTE_MS }),
    anAlert({ id: 'c', type: 'tripwire', raisedAtMs: 5 * MINUTE_MS }),
  ];
  it.each([
    { name: 'within the last hour', nowMs: 60 * MINUTE_MS, sinceMs: null },
    { name: 'an hour after the oldest', nowMs: 65 * MINUTE_MS, sinceMs: 5 * MINUTE_MS },
  ])('$name', ({ nowMs, sinceMs }) =>
    expect(digestOf(alerts, nowMs)).toEqual({
      count: 3,
      sinceMs,
      byType: [
        { type: 'tripwire', count: 2 },
        { type: 'loitering', count: 1 },
      ],
    }),
  );

  it('nothing of nothing', () => expect(digestOf([], 0)).toBeNull());
});
