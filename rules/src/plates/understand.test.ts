import type { PlateCharacter, PlateReading } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { choosePlates, PLATE_COUNTRIES, understandPlate } from './understand.js';

function row(text: string, scores: Record<number, Partial<PlateCharacter>> = {}): PlateCharacter[] {
  return [...text].map((character, index) => ({ character, score: 0.98, alternatives: [], ...scores[index] }));
}

function aReading(rows: readonly PlateCharacter[][], boxPx: PlateReading['boxPx'] = [0, 0, 100, 25]): PlateReading {
  return { rows: [...rows], boxPx, characterHeightPx: 20, colour: 'white' };
}

const inVietnam = { country: 'VN' };

describe('Vietnamese plates', () => {
  it.each([
    { name: 'a car in one row', rows: ['51F-311.18'], text: '51F31118', format: 'car' },
    { name: 'a car in two rows', rows: ['30E', '220.70'], text: '30E22070', format: 'car' },
    { name: 'a car of four digits', rows: ['30A-1234'], text: '30A1234', format: 'car' },
    { name: 'a motorcycle', rows: ['59-E1', '215.00'], text: '59E121500', format: 'motorcycle' },
    { name: 'an old motorcycle', rows: ['54-S9', '2073'], text: '54S92073', format: 'motorcycle' },
    { name: 'a motorcycle of two letters', rows: ['29-AA', '481.65'], text: '29AA48165', format: 'motorcycle' },
    { name: 'an electric motorcycle', rows: ['23-MD1', '024.83'], text: '23MD102483', format: 'electric-motorcycle' },
    { name: 'a foreign company', rows: ['60LD-005.84'], text: '60LD00584', format: 'special' },
    { name: 'diplomats', rows: ['80-011-NG-01'], text: '80011NG01', format: 'diplomatic' },
    { name: 'the army', rows: ['TM', '12-34'], text: 'TM1234', format: 'army' },
    { name: 'temporary', rows: ['T61-123.45'], text: 'T6112345', format: 'temporary' },
  ])('$name', ({ rows, text, format }) => {
    const reading = aReading(rows.map((one) => row(one)));
    expect(understandPlate(reading, inVietnam)).toMatchObject({
      text,
      format,
      valid: true,
      lines: rows.length,
      raw: rows.join(' '),
      repaired: 0,
    });
  });

  it('eight characters in two rows are a motorcycle or a car by where the row breaks', () => {
    expect(understandPlate(aReading([row('51F1'), row('2345')]), inVietnam)?.format).toBe('motorcycle');
    expect(understandPlate(aReading([row('51F'), row('12345')]), inVietnam)?.format).toBe('car');
  });

  it('there are 81 codes, and none that was never issued', () => {
    expect(PLATE_COUNTRIES.find(({ country }) => country === 'VN')?.areaCodes?.size).toBe(81);
    for (const code of ['13', '42', '87', '96'])
      expect(understandPlate(aReading([row(`${code}F-311.18`)]), inVietnam)?.valid).not.toBe(true);
  });

  it.each([
    { name: 'O in a number', rows: ['51F-3O1.18'], text: '51F30118' },
    { name: 'S in a number', rows: ['51F-12.S82'], text: '51F12582' },
    { name: '8 for the series letter B', rows: ['518-311.18'], text: '51B31118' },
  ])('repairs $name and keeps what was read', ({ rows, text }) => {
    const plate = understandPlate(aReading(rows.map((one) => row(one))), inVietnam);
    expect(plate).toMatchObject({ text, valid: true, raw: rows[0] });
    expect(plate?.score).toBeLessThan(0.9);
  });

  it('leaves out what was hardly read: a seal, an edge', () => {
    const edge = row('I51F-311.18', { 0: { score: 0.4 } });
    expect(understandPlate(aReading([edge]), inVietnam)).toMatchObject({ text: '51F31118', valid: true });
  });

  it.each(['0398.260.260', '2023 073418', '3073402', 'TU2200-500', '3MB7771'])('makes no plate of %s', (text) => {
    expect(understandPlate(aReading([row(text)]), inVietnam)).toBeUndefined();
  });

  it('lets the reader own second choice decide', () => {
    const first = row('59-01', { 3: { score: 0.7, alternatives: [{ character: 'U', score: 0.25 }] } });
    expect(understandPlate(aReading([first, row('650.72')]), inVietnam)).toMatchObject({ text: '59U165072', repaired: 1 });
  });

  it('leaves an ambiguous place alone', () => {
    const between = row('51?31118', {
      2: {
        character: '0',
        score: 0.4,
        alternatives: [
          { character: 'D', score: 0.2 },
          { character: 'C', score: 0.19 },
        ],
      },
    });
    expect(understandPlate(aReading([between]), inVietnam)?.valid ?? false).toBe(false);
  });

  it('a format counts only from its first day on', () => {
    const reading = aReading([row('29-AA'), row('481.65')]);
    expect(understandPlate(reading, { country: 'VN', atMs: Date.UTC(2023, 7, 15) })?.format).toBe('motorcycle');
    expect(understandPlate(reading, { country: 'VN', atMs: Date.UTC(2023, 7, 14) })?.valid ?? false).toBe(false);
  });
});

describe('other countries', () => {
  it.each([
    { rows: ['RK-755AJ'], text: 'RK755AJ', country: 'SK' },
    { rows: ['PP-587A0'], text: 'PP587AO', country: 'SK' },
    { rows: ['LM-298A1'], text: 'LM298AI', country: 'SK' },
    { rows: ['4B4 0262'], text: '4B40262', country: 'CZ' },
    { rows: ['OY09 FEU'], text: 'OY09FEU', country: 'GB' },
    { rows: ['ABC1D23'], text: 'ABC1D23', country: 'BR' },
  ])('$rows.0', ({ rows, text, country }) => {
    expect(understandPlate(aReading(rows.map((one) => row(one))), { country: 'any' })).toMatchObject({ text, valid: true });
    expect(understandPlate(aReading(rows.map((one) => row(one))), { country })).toMatchObject({ text, valid: true, country });
  });
});

describe('what is no plate', () => {
  it.each(['EXIT', 'LIQUI MOLY', '0903.123.456', 'CUMBERLAND', '79B', '12345', 'PHO24'])('%s is not a Vietnamese plate', (text) => {
    expect(understandPlate(aReading([row(text)]), inVietnam)?.valid ?? false).toBe(false);
  });
  it('a number for the telephone is no plate anywhere', () => {
    expect(understandPlate(aReading([row('0903.123.456')]), { country: 'any' })).toBeUndefined();
  });
});

describe('all readings of a picture', () => {
  it('two rows are taken as one plate, and the row beneath is not a plate of its own', () => {
    const upper = row('59-E1');
    const lower = row('215.00');
    const plates = choosePlates(
      [aReading([upper], [20, 0, 80, 25]), aReading([lower], [10, 28, 90, 55]), aReading([upper, lower], [10, 0, 90, 55])],
      inVietnam,
    );
    expect(plates.map(({ text }) => text)).toEqual(['59E121500']);
  });

  it('two plates are two, best first', () => {
    const weak = aReading([row('30A-194.74', { 0: { score: 0.6 } })], [200, 0, 300, 25]);
    const plates = choosePlates([weak, aReading([row('51F-311.18')], [0, 0, 100, 25])], inVietnam);
    expect(plates.map(({ text }) => text)).toEqual(['51F31118', '30A19474']);
  });
});
