import { describe, expect, it } from 'vitest';
import { localTime, momentOf, spanOf } from './span.js';

const vn = (text: string) => Date.parse(`${text}+07:00`);
/** Saturday morning in Viet Nam, Friday still in UTC. */
const NOW = vn('2026-11-28T05:30:00');

describe('a stretch of time', () => {
  it.each([
    ['', '2026-11-28T00:00', '2026-11-29T00:00'],
    ['range=yesterday', '2026-11-27T00:00', '2026-11-28T00:00'],
    ['range=7-days', '2026-11-22T00:00', '2026-11-29T00:00'],
    ['range=30-days', '2026-10-30T00:00', '2026-11-29T00:00'],
    ['range=custom&from=2026-11-01T08:00&to=2026-11-02T09:30', '2026-11-01T08:00', '2026-11-02T09:30'],
    ['range=custom&from=nonsense', '2026-11-28T00:00', '2026-11-29T00:00'],
    ['range=custom&from=2026-11-02T08:00&to=2026-11-01T08:00', '2026-11-02T08:00', '2026-11-02T08:01'],
  ])('of "%s" is by the clock in Viet Nam', (query, from, to) => {
    const { fromMs, toMs } = spanOf(new URLSearchParams(query), NOW);
    expect([localTime(fromMs), localTime(toMs)]).toEqual([from, to]);
  });

  it('is read as it is shown', () => expect([momentOf(localTime(NOW)), momentOf('')]).toEqual([NOW, null]));
});
