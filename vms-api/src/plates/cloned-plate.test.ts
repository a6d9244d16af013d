import { describe, expect, it } from 'vitest';
import { clonedPlateHints, type PlateSighting } from './cloned-plate.js';

describe('the same plate twice', () => {
  const seen = (rest: Partial<PlateSighting> = {}): PlateSighting => ({
    text: '51F31118',
    atMs: 0,
    cameraId: 'a',
    place: { latitude: 10.98, longitude: 106.65 },
    class: 'car',
    colour: 'white',
    ...rest,
  });
  const far = { latitude: 11.08, longitude: 106.65 };

  it.each([
    { name: '11 km in two minutes', other: seen({ atMs: 120_000, place: far }), kinds: ['impossible-travel'] },
    { name: '11 km in ten minutes', other: seen({ atMs: 600_000, place: far }), kinds: [] },
    { name: 'another plate', other: seen({ text: '51F31113', place: far }), kinds: [] },
    { name: 'cameras beside each other at once', other: seen({ place: { latitude: 10.981, longitude: 106.65 } }), kinds: [] },
    { name: 'a camera without a place', other: { ...seen({ atMs: 1 }), place: undefined }, kinds: [] },
    { name: 'on a motorcycle', other: seen({ class: 'motorcycle' }), kinds: ['other-vehicle'] },
    { name: 'on what may be a truck', other: seen({ class: 'truck' }), kinds: [] },
    { name: 'in yellow', other: seen({ colour: 'yellow' }), kinds: ['other-colour'] },
    { name: 'in no colour that could be told', other: seen({ colour: 'unknown' }), kinds: [] },
  ])('$name', ({ other, kinds }) => {
    expect(clonedPlateHints(seen(), other as PlateSighting).map(({ kind }) => kind)).toEqual(kinds);
    expect(clonedPlateHints(other as PlateSighting, seen()).map(({ kind }) => kind)).toEqual(kinds);
  });
});
