import { describe, expect, it } from 'vitest';
import { plateMatch } from './plate-match.js';

/** As the database takes characters out of a stored plate. */
const shortened = (plate: string) => [plate, ...Array.from(plate, (_, place) => plate.slice(0, place) + plate.slice(place + 1))];

describe('a plate that is looked for', () => {
  it.each([
    ['51f-123.45', 0, { kind: 'exact', text: '51F12345' }],
    ['29-Đ1 234.56', 0, { kind: 'exact', text: '29D123456' }],
    ['51F*', 0, { kind: 'like', pattern: '51F%' }],
    ['*345', 0, { kind: 'like', pattern: '%345' }],
    ['5?F123*', 0, { kind: 'like', pattern: '5_F123%' }],
  ])('%s within %d', (typed, distance, expected) => {
    expect(plateMatch(typed, distance)).toEqual(expected);
  });

  it.each([
    ['51F12345', 1, true],
    ['51F12344', 1, true],
    ['51F1234', 1, true],
    ['51F123455', 1, true],
    ['51F12399', 1, false],
    ['51F12399', 2, true],
    ['1F1234', 2, true],
    ['A51F123450', 2, true],
    ['A51F1235', 2, true],
    ['51F32145', 2, true],
    ['61F32145', 2, false],
    ['88A77777', 2, false],
  ])('51F12345 is near %s within %d: %s', (plate, distance, near) => {
    const match = plateMatch('51F12345', distance);
    const keys = new Set(match.kind === 'near' ? match.keys : []);
    expect(shortened(plate).some((word) => keys.has(word))).toBe(near);
  });

  it.each([
    ['*1*', 0, 'three characters in a row'],
    ['?5*6?', 0, 'three characters in a row'],
    ['51F*', 1, 'without * and ?'],
    ['51F1', 2, 'too short for plateDistance, give 5 characters or more'],
    ["51F' OR 1", 0, 'letters, digits, * and ? only'],
    ['51%', 0, 'letters, digits, * and ? only'],
  ])('%s within %d is refused', (typed, distance, message) => {
    expect(() => plateMatch(typed, distance)).toThrow(message);
  });
});
