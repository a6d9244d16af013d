import { type CountryFormats, DIGITS, LETTERS } from '../plate-format.js';

/** Codes of provinces and central bodies in use: 11 to 99 without those never issued, and 80 for the traffic police. */
const NEVER_ISSUED = new Set([10, 13, 42, 44, 45, 46, 87, 91, 96]);
const AREA_CODES = new Set(
  Array.from({ length: 89 }, (_, index) => index + 11)
    .filter((code) => !NEVER_ISSUED.has(code))
    .map(String),
);

const TWO_LETTER_SERIES = ['LD', 'DA', 'RM', 'MK', 'HC', 'KT', 'CD', 'TD', 'LB', 'CT'];

/** Vietnam: Circular 79/2024 with 13/2025 and 51/2025, and older plates that stay in use. Đ is written D. */
export const VIETNAM: CountryFormats = {
  country: 'VN',
  symbols: {
    '#': DIGITS,
    '+': '123456789',
    '*': LETTERS,
    // First letter of a series: never I, J, O, Q, R, W.
    '@': 'ABCDEFGHKLMNPSTUVXYZ',
    // Second letter of a motorcycle's: R, but no G.
    '&': 'ABCDEFHKLMNPRSTUVXYZ',
  },
  areaCodes: AREA_CODES,
  formats: [
    { id: 'car', pattern: '##@#####', firstRow: 3 },
    { id: 'car', pattern: '##@####', firstRow: 3 },
    { id: 'motorcycle', pattern: '##@+#####', firstRow: 4 },
    { id: 'motorcycle', pattern: '##@+####', firstRow: 4 },
    ...TWO_LETTER_SERIES.map((series) => ({ id: 'special', pattern: `##${series}#####`, firstRow: 4 })),
    { id: 'motorcycle', pattern: '##@&#####', firstRow: 4, validFrom: '2023-08-15' },
    { id: 'electric-motorcycle', pattern: '##MD+#####', firstRow: 5 },
    { id: 'diplomatic', pattern: '#####NG##', firstRow: 5 },
    { id: 'diplomatic', pattern: '##NG#####', firstRow: 4 },
    { id: 'diplomatic', pattern: '##QT#####', firstRow: 4 },
    { id: 'temporary', pattern: 'T######', firstRow: 3 },
    { id: 'temporary', pattern: 'T#######', firstRow: 3 },
    { id: 'army', pattern: '@@####', firstRow: 2 },
  ],
};
