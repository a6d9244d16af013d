import { type CountryFormats, DIGITS, LETTERS } from '../plate-format.js';

const SYMBOLS = { '#': DIGITS, '*': LETTERS };

function country(code: string, patterns: readonly string[], symbols: Readonly<Record<string, string>> = SYMBOLS): CountryFormats {
  return { country: code, symbols, formats: patterns.map((pattern) => ({ id: 'car', pattern })) };
}

/** Every pattern of so many letters and so many digits. */
function lettersThenDigits(letters: readonly number[], digits: readonly number[]): string[] {
  return letters.flatMap((l) => digits.map((d) => '*'.repeat(l) + '#'.repeat(d)));
}

/** Countries beside Vietnam; Lao script is not read, of Laos's plates only digits would be. */
export const OTHER_COUNTRIES: readonly CountryFormats[] = [
  country('SK', ['**###**']),
  country('CZ', ['#L#####', '#LL####', '***####'], { ...SYMBOLS, L: 'ABCDEFHIJKLMNPRSTUVXYZ' }),
  country('GB', ['**##***']),
  country('DE', [...lettersThenDigits([2, 3], [2, 3, 4]), '****##', '****###', '****####', '*****##', '*****###']),
  country('FR', ['LL###LL'], { ...SYMBOLS, L: 'ABCDEFGHJKLMNPQRSTVWXYZ' }),
  country('IT', ['LL###LL'], { ...SYMBOLS, L: 'ABCDEFGHJKLMNPRSTVWXYZ' }),
  country('PL', ['**#####', '**####*', '**###**', '***####', '***##**', '***#####']),
  country('ES', ['####LLL'], { ...SYMBOLS, L: 'BCDFGHJKLMNPRSTVWXYZ' }),
  country('HU', ['***###', '****###']),
  country('HR', ['**###**', '**####**', '**###*', '**####*']),
  country('AT', ['*####**', '**###**', '**####*', '*#####*', '**##***']),
  country('RO', ['**##***', '*##***', '*###***']),
  country('BG', ['**####**', '*####**']),
  country('US', ['***####', '***###', '#***###', '###***', '####***']),
  country('BR', ['***####', '***#*##']),
  country('KH', ['#*####', '##*####']),
];
