/** A plate that somebody looks for. */
export interface WatchlistEntry {
  id: string;
  /** Capitals and digits, Đ as D; `?` stands for one character, `*` for any number of them. */
  plate: string;
  /** Why it is looked for; never empty. */
  reason: string;
  /** Who put it on the list. */
  owner: string;
  /** Epoch ms; from inclusive, until exclusive; open when absent. */
  validFromMs?: number;
  validUntilMs?: number;
}

const normal = (plate: string): string =>
  plate
    .toUpperCase()
    .replaceAll('Đ', 'D')
    .replaceAll(/[^0-9A-Z?*]/g, '');

function patternOf(plate: string): RegExp {
  const body = [...normal(plate)].map((sign) => (sign === '?' ? '[0-9A-Z]' : sign === '*' ? '[0-9A-Z]*' : sign)).join('');
  return new RegExp(`^${body}$`);
}

/** What is wrong with the pattern of an entry, or undefined: a pattern of wildcards alone would hit every vehicle. */
export function watchlistPatternProblem(plate: string): string | undefined {
  const pattern = normal(plate);
  if (!/^[0-9A-Z?*]{2,12}$/.test(pattern)) return `"${plate}" is no plate: 2 to 12 letters, digits, ? or *`;
  const fixed = pattern.replaceAll(/[?*]/g, '').length;
  return fixed >= 3 ? undefined : `"${plate}" would match too many vehicles: give at least 3 letters or digits`;
}

/** Entries in force at `atMs` that a plate meets. */
export function watchlistHits(text: string, atMs: number, entries: readonly WatchlistEntry[]): WatchlistEntry[] {
  return entries.filter(
    ({ plate, validFromMs, validUntilMs }) =>
      (validFromMs === undefined || atMs >= validFromMs) &&
      (validUntilMs === undefined || atMs < validUntilMs) &&
      watchlistPatternProblem(plate) === undefined &&
      patternOf(plate).test(text),
  );
}
