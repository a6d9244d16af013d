import { describe, expect, it } from 'vitest';
import { aFinding } from '../testing/builders.js';
import { type PlateRead, plateReadOf, retypeReasons, typedPlate } from './plate-check.js';

const aPlate = (changes: Partial<PlateRead> = {}): PlateRead => ({
  text: '51F12345',
  confidence: 0.95,
  format: 'car',
  colour: 'white',
  repaired: 0,
  ...changes,
});

describe('a plate must be typed', () => {
  const { repaired: _unsaid, ...withoutRepairs } = aPlate();
  it.each([
    { name: 'never looked at', read: null, expected: ['unread'] },
    { name: 'looked at and unread', read: aPlate({ text: null, confidence: 0 }), expected: ['unread'] },
    { name: 'sure, as it was read', read: aPlate(), expected: [] },
    { name: 'exactly sure enough', read: aPlate({ confidence: 0.9 }), expected: [] },
    { name: 'just not sure enough', read: aPlate({ confidence: 0.899 }), expected: ['unsure'] },
    { name: 'repaired', read: aPlate({ repaired: 1 }), expected: ['repaired'] },
    { name: 'nobody says whether it was repaired', read: withoutRepairs, expected: ['repaired'] },
    { name: 'of no known format', read: aPlate({ format: null }), expected: ['ambiguous'] },
    { name: 'all at once', read: aPlate({ confidence: 0.3, repaired: 2, format: null }), expected: ['unsure', 'repaired', 'ambiguous'] },
  ])('$name', ({ read, expected }) => {
    expect(retypeReasons(read, 'car')).toEqual(expected);
  });

  it('when eight characters are a car by format and a motorcycle in the picture, or the other way round', () => {
    expect(retypeReasons(aPlate(), 'motorcycle')).toEqual(['ambiguous']);
    expect(retypeReasons(aPlate({ format: 'motorcycle-old' }), 'car')).toEqual(['ambiguous']);
    expect(retypeReasons(aPlate({ format: 'motorcycle-old' }), 'motorcycle')).toEqual([]);
    expect(retypeReasons(aPlate(), undefined)).toEqual(['ambiguous']);
    expect(retypeReasons(aPlate({ text: '51F1234' }), 'motorcycle')).toEqual([]);
  });
});

describe('plates', () => {
  it('are taken from the finding', () => {
    expect(plateReadOf(aFinding())).toBeNull();
    const plate = { ...aPlate(), looks: 3, agreeing: 2, atMs: 5 };
    expect(plateReadOf(aFinding({ plate }))).toEqual(aPlate());
  });

  it.each([
    ['51f-123.45', '51F12345'],
    [' 59 MĐ1 234.56 ', '59MD123456'],
  ])('are stored without separators: %s', (typed, stored) => expect(typedPlate(typed)).toBe(stored));

  it.each(['', '51F', 'ABCDEF', '51F12345; DROP', '5'.repeat(13)])('refuses %j', (typed) => {
    expect(() => typedPlate(typed)).toThrow('plate: 4 to 12 letters and digits');
  });
});
