import { describe, expect, it } from 'vitest';
import { centred, DAY_MS, localText, moved, msAt, msOfLocal, ticksOf, xOf, zoomed } from './timeline-scale.js';

const NOON = Date.UTC(2026, 10, 28, 5);
const NOW = NOON + 10 * DAY_MS;
const hour = { fromMs: NOON, toMs: NOON + 3_600_000 };

describe('the scale', () => {
  it('turns places into moments and back', () => {
    expect(xOf(NOON + 900_000, hour, 800)).toBe(200);
    expect(msAt(200, hour, 800)).toBe(NOON + 900_000);
  });

  const zooms = [
    { name: 'in, about the pointer', factor: 0.5, aboutMs: NOON + 900_000, expected: [450_000, 2_250_000] },
    { name: 'in, no further than a minute', factor: 0.0001, aboutMs: NOON, expected: [0, 60_000] },
    { name: 'out, no further than a day', factor: 1000, aboutMs: NOON + 3_600_000, expected: [3_600_000 - DAY_MS, 3_600_000] },
  ];
  it.each(zooms)('zooms $name', ({ factor, aboutMs, expected }) => {
    const { fromMs, toMs } = zoomed(hour, factor, aboutMs, NOW);
    expect([fromMs - NOON, toMs - NOON]).toEqual(expected);
  });

  it('moves and centres, not beyond the present', () => {
    expect(moved(hour, -60_000, NOW).fromMs).toBe(NOON - 60_000);
    expect(moved(hour, 20 * DAY_MS, NOW).toMs).toBe(NOW + 360_000);
    expect(centred(hour, NOON, NOW)).toEqual({ fromMs: NOON - 1_800_000, toMs: NOON + 1_800_000 });
  });

  it('writes the time at full local hours and minutes, never closer than can be read', () => {
    expect(ticksOf(hour, 900)).toEqual({ stepMs: 600_000, ticksMs: [0, 1, 2, 3, 4, 5, 6].map((count) => NOON + count * 600_000) });
    const day = { fromMs: NOON - 1, toMs: NOON - 1 + DAY_MS };
    expect(ticksOf(day, 900)).toEqual({ stepMs: 10_800_000, ticksMs: Array.from({ length: 8 }, (_, count) => NOON + count * 10_800_000) });
  });

  it('speaks the time of Viet Nam in its input', () => {
    expect(localText(NOON)).toBe('2026-11-28T12:00:00');
    expect([msOfLocal('2026-11-28T12:00:00'), msOfLocal('2026-11-28T12:00'), msOfLocal('tomorrow')]).toEqual([NOON, NOON, null]);
  });
});
