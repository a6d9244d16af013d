/** One layout of characters that a country issues or has issued. */
export interface PlateFormat {
  /** What kind of plate it is: `car`, `motorcycle`, `diplomatic` … */
  id: string;
  /** One sign a place: a key of the country's `symbols`, or the character itself. */
  pattern: string;
  /** Characters in the first of two rows; absent when any split will do or it is never in two rows. */
  firstRow?: number;
  /** First and last day of validity, `YYYY-MM-DD`, both inclusive; open when absent. */
  validFrom?: string;
  validTo?: string;
}

/** All formats of a country, as data. */
export interface CountryFormats {
  country: string;
  /** Sign in a pattern → characters that may stand there. */
  symbols: Readonly<Record<string, string>>;
  /** Two-digit codes, one of which must stand at the place of the first two `#` of a format that begins with them (or with T and them). */
  areaCodes?: ReadonlySet<string>;
  formats: readonly PlateFormat[];
}

export const DIGITS = '0123456789';
export const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
