import { expect, it } from 'vitest';
import { DEFAULT_SITE } from '../site/settings.js';
import { shiftEnd } from './shifts.js';

const local = (text: string) => Date.parse(`${text}+07:00`);

it.each([
  ['2026-11-28T05:59:59', '2026-11-28T06:00:00'],
  ['2026-11-28T06:00:00', '2026-11-28T14:00:00'],
  ['2026-11-28T14:30:00', '2026-11-28T22:00:00'],
  ['2026-11-28T22:00:00', '2026-11-29T06:00:00'],
  ['2026-11-28T00:10:00', '2026-11-28T06:00:00'],
])('of the shift at %s is %s', (at, expected) => expect(shiftEnd(DEFAULT_SITE, local(at))).toBe(local(expected)));

it('follows the times of the site', () => {
  const site = { ...DEFAULT_SITE, shiftStarts: ['07:30'] };
  expect(shiftEnd(site, local('2026-11-28T07:30:00'))).toBe(local('2026-11-29T07:30:00'));
});

it.each([[[]], [['6:00']], [['06:00', '24:00']], [['06:00 ']]])('is refused for shifts that begin at %j', (shiftStarts) =>
  expect(() => shiftEnd({ ...DEFAULT_SITE, shiftStarts }, local('2026-11-28T07:30:00'))).toThrow('shiftStarts: give one time HH:MM'),
);
