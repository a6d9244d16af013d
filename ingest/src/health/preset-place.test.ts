import { describe, expect, test } from 'vitest';
import type { PictureMeasures } from './picture-judge.js';
import { PresetPlace, type ViewVerdict, viewVerdict } from './preset-place.js';

/** `a`: preset a is shown; `a~`: seemingly shifted; `a-`: another view, a is nearest; `a?`: cannot be said; `0`: nothing is known. */
function look(place: PresetPlace, word: string): string {
  const verdicts: Record<string, ViewVerdict> = { '': 'here', '~': 'shifted', '-': 'away', '?': null };
  place.take(word === '0' ? null : (word[0] as string), verdicts[word.slice(1)] ?? null);
  return place.presetId ?? '.';
}

describe('the preset at which a camera stands', () => {
  test.each([
    { name: 'two looks arrive', looks: 'a a a', stands: '. a a' },
    { name: 'panning past one is no arrival', looks: 'a b a- b b', stands: '. . . . b' },
    { name: 'one look at another view leaves', looks: 'a a a-', stands: '. a .' },
    { name: 'one look at another preset leaves', looks: 'a a b b', stands: '. a . b' },
    { name: 'back and forth', looks: 'a a b b a a b b', stands: '. a . b . a . b' },
    { name: 'back to where it stood takes two looks as well', looks: 'a a a- a a', stands: '. a . . a' },
    { name: 'one seeming shift is none', looks: 'a a a~ a a~ a', stands: '. a a a a a' },
    { name: 'two in a row are', looks: 'a a a~ a~ a~', stands: '. a a . .' },
    { name: 'what cannot be said changes nothing', looks: 'a? a a? a a? a?', stands: '. . . a a a' },
    { name: 'a camera without presets stands at none', looks: '0 0 0', stands: '. . .' },
  ])('$name', ({ looks, stands }) => {
    const place = new PresetPlace();
    expect(
      looks
        .split(' ')
        .map((word) => look(place, word))
        .join(' '),
    ).toBe(stands);
  });

  test('is not known after a reset', () => {
    const place = new PresetPlace();
    for (const word of ['a', 'a', 'b']) look(place, word);
    place.reset();
    expect([look(place, 'b'), look(place, 'b')]).toEqual(['.', 'b']);
  });
});

describe('one look', () => {
  const shift = (displacement: number) => ({ x: displacement, y: 0, rotationDegrees: 0, zoom: 1, displacement, support: 0.8 });
  test.each<[string, Partial<PictureMeasures>, ViewVerdict]>([
    ['without a reference', { agreement: null }, null],
    ['that agrees, exactly', { agreement: 0.5 }, 'here'],
    ['that half agrees and nothing explains it', { agreement: 0.49 }, null],
    ['that half agrees, shifted', { agreement: 0.49, shift: shift(0.015) }, 'shifted'],
    ['shifted by less than counts', { agreement: 0.1, shift: shift(0.0149) }, 'here'],
    ['at another view, exactly', { agreement: 0.15 }, 'away'],
    ['at another view, shifted', { agreement: 0.15, shift: shift(0.2) }, 'away'],
    ['just above another view', { agreement: 0.16 }, null],
  ])('%s', (_name, measures, expected) => {
    expect(viewVerdict({ shift: null, ...measures } as PictureMeasures)).toBe(expected);
  });
});
