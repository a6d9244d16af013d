import { expect, it } from 'vitest';
import { shownPlate } from './plate.js';

it.each([
  { plate: { text: '51F31118', confidence: 0.8 }, shown: '51F31118' },
  { plate: { text: '51F31118', confidence: 0.79 }, shown: '51F31118?' },
  { plate: { text: null, confidence: 0 }, shown: '' },
])('$plate is shown as "$shown"', ({ plate, shown }) => {
  expect(shownPlate(plate)).toBe(shown);
});
