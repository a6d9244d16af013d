import { readFileSync } from 'node:fs';
import { parseWith } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { chooseProvision, isInForce, vehicleOf } from './legal-choice.js';
import { type Provision, ProvisionFile, TemplateFile } from './legal-schemas.js';

const AT = Date.parse('2026-03-01T05:00:00Z');
const aRow = (changes: Partial<Provision> = {}): Provision => ({
  id: 'row-1',
  type: 'red-light',
  vehicle: 'car',
  variant: '',
  act: { vi: 'a', en: 'a' },
  article: 6,
  clause: 9,
  point: 'b',
  fineMinVnd: 1,
  fineMaxVnd: 2,
  licencePoints: 4,
  document: { vi: 'd', en: 'd' },
  note: null,
  source: 'test',
  validFrom: '2025-01-01',
  validUntil: null,
  approval: null,
  ...changes,
});

describe('the law of a violation', () => {
  const old = aRow({ id: 'old', validUntil: '2026-08-15' });
  const amended = aRow({ id: 'amended', validFrom: '2026-08-15' });
  it.each([
    { name: 'the last second of the old row, in Viet Nam', at: '2026-08-14T16:59:59Z', id: 'old' },
    { name: 'the first second of the row after it', at: '2026-08-14T17:00:00Z', id: 'amended' },
    { name: 'long after', at: '2027-01-01T00:00:00Z', id: 'amended' },
    { name: 'the first day', at: '2024-12-31T17:00:00Z', id: 'old' },
    { name: 'the day before the first', at: '2024-12-31T16:59:59Z', id: undefined },
  ])('is that of its time: $name', ({ at, id }) => {
    expect(chooseProvision([old, amended], { violationAtMs: Date.parse(at), vehicle: 'car' }).chosen?.id).toBe(id);
  });

  const choice = (rows: Provision[], wantedId?: string, vehicle: 'car' | 'motorcycle' | null = 'car') => {
    const { candidates, chosen, problem } = chooseProvision(rows, { violationAtMs: AT, vehicle, wantedId });
    return [candidates.map(({ id }) => id), chosen?.id, problem?.code];
  };

  it('is never guessed', () => {
    const [stop, jam] = [aRow({ id: 'stop', variant: 'stop' }), aRow({ id: 'jam', variant: 'jam' })];
    expect(choice([])).toEqual([[], undefined, 'gap']);
    expect(choice([aRow()], undefined, 'motorcycle')).toEqual([[], undefined, 'gap']);
    expect(choice([aRow()], undefined, null)).toEqual([[], undefined, 'vehicle']);
    expect(choice([aRow(), aRow({ id: 'row-2' })])).toEqual([['row-1', 'row-2'], undefined, 'conflict']);
    expect(choice([aRow(), aRow({ id: 'row-2' })], 'row-1')).toEqual([['row-1', 'row-2'], undefined, 'conflict']);
    expect(choice([stop, jam])).toEqual([['stop', 'jam'], undefined, 'choose']);
    expect(choice([stop, jam], 'jam')).toEqual([['stop', 'jam'], 'jam', undefined]);
    expect(choice([aRow(), jam], 'elsewhere')).toEqual([['row-1', 'jam'], undefined, 'choose']);
  });

  it('knows cars and motorcycles', () => {
    expect([vehicleOf('bus'), vehicleOf('truck'), vehicleOf('motorcycle'), vehicleOf('bicycle'), vehicleOf(undefined)]).toEqual([
      'car',
      'car',
      'motorcycle',
      null,
      null,
    ]);
  });
});

describe('the files of the law', () => {
  const file = (name: string) => JSON.parse(readFileSync(new URL(`../../legal/${name}`, import.meta.url), 'utf8'));

  it('hold one row an act, none of them a conflict', () => {
    const { rows } = parseWith(ProvisionFile, file('decree-168-2024.json'), 'file');
    const acts = rows.map(({ type, vehicle, variant }) => `${type} ${vehicle} ${variant}`);
    expect(new Set(acts).size).toBe(acts.length);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    expect(rows.every(({ fineMinVnd, fineMaxVnd }) => fineMinVnd > 0 && fineMinVnd < fineMaxVnd)).toBe(true);
    const red = rows.find(({ type, vehicle }) => type === 'red-light' && vehicle === 'motorcycle');
    expect(red).toMatchObject({ article: 7, clause: 7, point: 'c', fineMinVnd: 4_000_000, fineMaxVnd: 6_000_000, licencePoints: 4 });
  });

  it('say that every row is to be compared with the amendment', () => {
    const { note, validFrom } = parseWith(ProvisionFile, file('decree-168-2024.json'), 'file');
    expect(note?.en).toContain('re-check against 238/2026');
    expect(isInForce({ validFrom, validUntil: null }, AT)).toBe(true);
  });

  it('have both forms with their time limits', () => {
    const { templates, identifyDays, noShowDays } = parseWith(TemplateFile, file('forms-2025.json'), 'file');
    expect([templates.map(({ form }) => form), identifyDays, noShowDays]).toEqual([['02', '03'], 10, 20]);
  });
});
