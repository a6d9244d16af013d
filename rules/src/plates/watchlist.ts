import { plainPlate, type WatchlistEntry, watchlistPatternProblem } from '@safecity/contracts';

function patternOf(plate: string): RegExp {
  const body = [...plainPlate(plate)].map((sign) => (sign === '?' ? '[0-9A-Z]' : sign === '*' ? '[0-9A-Z]*' : sign)).join('');
  return new RegExp(`^${body}$`);
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
