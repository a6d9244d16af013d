import { describe, expect, it } from 'vitest';
import { bucketStart, stepsOf } from './buckets.js';
import { wilsonShare } from './wilson.js';

const ms = (text: string) => Date.parse(text);

describe('steps of the clock in Viet Nam', () => {
  it.each([
    ['day', '2026-11-28T16:59:59.999Z', '2026-11-28T00:00:00+07:00'],
    ['day', '2026-11-28T17:00:00Z', '2026-11-29T00:00:00+07:00'],
    ['week', '2026-11-29T16:59:59.999Z', '2026-11-23T00:00:00+07:00'],
    ['week', '2026-11-29T17:00:00Z', '2026-11-30T00:00:00+07:00'],
    ['hour', '2026-11-28T16:59:59.999Z', '2026-11-28T23:00:00+07:00'],
    ['day', '1969-12-31T16:59:59Z', '1969-12-31T00:00:00+07:00'],
  ] as const)('the %s of %s begins at %s', (bucket, at, start) => {
    expect(bucketStart(ms(at), bucket)).toBe(ms(start));
  });

  it('are cut to the span', () => {
    const span = { fromMs: ms('2026-11-27T12:00:00+07:00'), toMs: ms('2026-11-29T00:00:00+07:00') };
    const midnight = ms('2026-11-28T00:00:00+07:00');
    expect(stepsOf(span, 'day')).toEqual([
      { fromMs: span.fromMs, toMs: midnight },
      { fromMs: midnight, toMs: span.toMs },
    ]);
  });
});

describe('a share of few', () => {
  // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
  it.each([
    [81, 263, 0.308, 0.2553, 0.3662],
    [15, 148, 0.1014, 0.0624, 0.1605],
    [0, 20, 0, 0, 0.1611],
    [1, 29, 0.0345, 0.0061, 0.1718],
  ])('%d of %d', (hits, total, value, low, high) => {
    const share = wilsonShare(hits, total);
    for (const [actual, wanted] of [
      [share?.value, value],
      [share?.low, low],
      [share?.high, high],
    ] as const)
      expect(actual).toBeCloseTo(wanted, 4);
  });

  it('of nothing is no share', () => expect(wilsonShare(0, 0)).toBeNull());
});
