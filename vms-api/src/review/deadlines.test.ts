import { describe, expect, it } from 'vitest';
import { dayInWords, dayOf, lastDay, timeInWords } from './deadlines.js';

const at = (iso: string) => Date.parse(iso);

describe('days of time limits', () => {
  it.each([
    { name: 'a morning', from: '2026-11-28T02:00:00Z', days: 10, last: '2026-12-08' },
    { name: 'one second before midnight in Viet Nam', from: '2026-11-28T16:59:59Z', days: 10, last: '2026-12-08' },
    { name: 'midnight in Viet Nam, still the day before in UTC', from: '2026-11-28T17:00:00Z', days: 10, last: '2026-12-09' },
    { name: 'over the end of a year', from: '2026-12-20T03:00:00Z', days: 20, last: '2027-01-09' },
    { name: 'over 29 February', from: '2028-02-19T03:00:00Z', days: 10, last: '2028-02-29' },
  ])('are counted in Viet Nam: $name', ({ from, days, last }) => {
    expect(lastDay(at(from), days)).toBe(last);
  });

  it('are written as officers write them', () => {
    expect(dayOf(at('2026-08-14T17:00:00Z'))).toBe('2026-08-15');
    expect(timeInWords(at('2026-11-28T02:05:07.900Z'))).toBe('09 giờ 05 phút 07 giây, ngày 28/11/2026');
    expect(dayInWords('2026-12-08')).toBe('08/12/2026');
  });
});
