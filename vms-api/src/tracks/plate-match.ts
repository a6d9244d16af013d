import { invalidRequest } from '../server/failure.js';

/** How plates are looked for: what the database compares with, and by which comparison. */
export type PlateMatch =
  | { kind: 'exact'; text: string }
  | { kind: 'like'; pattern: string }
  | { kind: 'near'; text: string; distance: number };

/** Shorter ones are near to everything. */
const SHORTEST_NEAR = 5;

function nearMatch(text: string, distance: number): PlateMatch {
  if (text.length < SHORTEST_NEAR)
    throw invalidRequest({
      path: 'plate',
      code: 'plate-short',
      params: { least: SHORTEST_NEAR },
      message: `too short for plateDistance, give ${SHORTEST_NEAR} characters or more`,
    });
  return { kind: 'near', text, distance };
}

/** A pattern is looked up by its pieces: without a piece that the index knows, every plate would have to be looked at. */
function likeMatch(text: string): PlateMatch {
  const pieces = text.split(/[*?]+/);
  const usable = pieces.some((piece) => piece.length >= 3) || (pieces[0] as string).length >= 2 || (pieces.at(-1) as string).length >= 2;
  if (!usable)
    throw invalidRequest({
      path: 'plate',
      code: 'plate-pieces',
      message: 'give three characters in a row, or two at the beginning or the end',
    });
  return { kind: 'like', pattern: text.replaceAll('*', '%').replaceAll('?', '_') };
}

/**
 * Reads what somebody typed: separators and case do not matter, Đ is D, as plates are stored.
 * @throws SafecityError `API_INVALID` (400) for what no index can find
 */
export function plateMatch(typed: string, distance = 0): PlateMatch {
  const text = typed
    .toUpperCase()
    .replaceAll('Đ', 'D')
    .replaceAll(/[\s.\-_]/g, '');
  if (!/^[A-Z0-9*?]+$/.test(text)) throw invalidRequest({ path: 'plate', code: 'plate-signs', message: 'letters, digits, * and ? only' });
  const hasWildcards = /[*?]/.test(text);
  if (distance > 0 && hasWildcards)
    throw invalidRequest({ path: 'plateDistance', code: 'plate-exact', message: 'give a plate without * and ?' });
  if (hasWildcards) return likeMatch(text);
  return distance > 0 ? nearMatch(text, distance) : { kind: 'exact', text };
}
