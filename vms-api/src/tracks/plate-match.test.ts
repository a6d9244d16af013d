import { describe, expect, it } from 'vitest';
import { plateMatch } from './plate-match.js';

describe('a plate that is looked for', () => {
  it.each([
    ['51f-123.45', 0, { kind: 'exact', text: '51F12345' }],
    ['29-Đ1 234.56', 0, { kind: 'exact', text: '29D123456' }],
    ['51F*', 0, { kind: 'like', pattern: '51F%' }],
    ['*345', 0, { kind: 'like', pattern: '%345' }],
    ['5?F123*', 0, { kind: 'like', pattern: '5_F123%' }],
    ['51f-123.45', 2, { kind: 'near', text: '51F12345', distance: 2 }],
  ])('%s within %d', (typed, distance, expected) => {
    expect(plateMatch(typed, distance)).toEqual(expected);
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
