import { expect, it } from 'vitest';
import { liesIn } from './units.js';

const units = [
  { id: 'ward', parentId: 'city' },
  { id: 'block', parentId: 'ward' },
  { id: 'other', parentId: 'city' },
];

it.each([
  ['block', 'ward', true],
  ['ward', 'ward', true],
  ['ward', 'block', false],
  ['other', 'ward', false],
  // Above everything that is known.
  ['block', 'city', true],
])('%s lies in %s: %s', (unitId, aboveId, expected) => expect(liesIn(units, unitId, aboveId)).toBe(expected));
