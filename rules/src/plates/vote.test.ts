import { type WatchlistEntry, watchlistPatternProblem } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import type { Plate } from './understand.js';
import { votePlate } from './vote.js';
import { watchlistHits } from './watchlist.js';

function aPlate(text: string, options: Partial<Plate> = {}): Plate {
  const score = options.score ?? 0.9;
  return {
    text,
    raw: text,
    score,
    characterScores: [...text].map(() => score),
    lines: 1,
    format: 'car',
    country: 'VN',
    valid: true,
    repaired: 0,
    colour: 'white',
    boxPx: [0, 0, 100, 25],
    characterHeightPx: 24,
    ...options,
  };
}

describe('the vote over a vehicle', () => {
  it.each([
    { name: 'nothing', plates: [], expected: undefined },
    { name: 'one reading', plates: [aPlate('51F31118')], expected: '51F31118' },
    { name: 'two against one', plates: [aPlate('51F31118'), aPlate('51F31113'), aPlate('51F31118')], expected: '51F31118' },
    {
      name: 'each reading wrong in another place',
      plates: [aPlate('51F31113'), aPlate('57F31118'), aPlate('51F37118')],
      expected: '51F31118',
    },
    {
      name: 'one large against two small',
      plates: [aPlate('51F31118'), ...['1', '2'].map(() => aPlate('51F31113', { characterHeightPx: 8 }))],
      expected: '51F31118',
    },
    {
      name: 'one with a format against one without',
      plates: [aPlate('51F31118', { score: 0.6 }), aPlate('51FB1118', { format: null, country: null, valid: false })],
      expected: '51F31118',
    },
  ])('of $name', ({ plates, expected }) => {
    expect(votePlate(plates)?.text).toBe(expected);
  });

  it('readings that contradict each other throughout are unread', () => {
    expect(votePlate([aPlate('51F31118'), aPlate('29A82605'), aPlate('60C97432')])).toBeUndefined();
  });

  it('agreement raises the score, dissent lowers it', () => {
    const alone = votePlate([aPlate('51F31118')])?.score ?? 0;
    const dissent = votePlate([aPlate('51F31118'), aPlate('51F31118'), aPlate('51F31113')]);
    expect(dissent).toMatchObject({ agreeing: 2, readings: 3 });
    expect(dissent?.score).toBeLessThan(alone);
    expect(dissent?.characterScores[7]).toBeLessThan(dissent?.characterScores[0] as number);
  });
});

describe('watchlists', () => {
  const entry = (plate: string, rest: Partial<WatchlistEntry> = {}): WatchlistEntry => ({
    id: plate,
    plate,
    reason: 'stolen',
    ...rest,
  });

  it.each([
    { plate: '51F-311.18', text: '51F31118', hit: true },
    { plate: '51F-311.19', text: '51F31118', hit: false },
    { plate: '51F3111?', text: '51F31118', hit: true },
    { plate: '51F31?', text: '51F31118', hit: false },
    { plate: '51F*18', text: '51F31118', hit: true },
    { plate: '29-MĐ1 024.83', text: '29MD102483', hit: true },
    { plate: '*', text: '51F31118', hit: false },
  ])('$plate and $text: $hit', ({ plate, text, hit }) => {
    expect(watchlistHits(text, 0, [entry(plate)]).length > 0).toBe(hit);
  });

  it('an entry is in force from its first moment to before its last', () => {
    const entries = [entry('51F31118', { validFromMs: 100, validUntilMs: 200 })];
    expect([99, 100, 199, 200].map((atMs) => watchlistHits('51F31118', atMs, entries).length)).toEqual([0, 1, 1, 0]);
  });

  it.each(['**', '5?', '51*', '[0-9]+', ''])('"%s" is refused', (plate) => {
    expect(watchlistPatternProblem(plate)).toBeDefined();
  });
});
