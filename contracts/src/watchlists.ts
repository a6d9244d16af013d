import { type Static, Type } from 'typebox';
import { Id } from './ids.js';
import type { Problem } from './validate.js';

/** A plate that somebody looks for. */
export const WatchlistEntry = Type.Object({
  id: Type.String(),
  /** Capitals and digits, Đ as D; `?` stands for one character, `*` for any number of them. */
  plate: Type.String(),
  /** Why it is looked for; never empty. */
  reason: Type.String(),
  /** Epoch ms; from inclusive, until exclusive; open when absent. */
  validFromMs: Type.Optional(Type.Number()),
  validUntilMs: Type.Optional(Type.Number()),
});
export type WatchlistEntry = Static<typeof WatchlistEntry>;

/** A list of plates, and where it counts. KV `watchlists`. */
export const Watchlist = Type.Object({
  id: Id,
  name: Type.String(),
  /** The owner's unit and every unit below it: cameras of others never match. */
  unitIds: Type.Array(Id),
  entries: Type.Array(WatchlistEntry, { maxItems: 10_000 }),
});
export type Watchlist = Static<typeof Watchlist>;

/** A plate as it is compared: capitals and digits, Đ as D, and the signs `?` and `*` of a pattern. */
export function plainPlate(plate: string): string {
  return plate
    .toUpperCase()
    .replaceAll('Đ', 'D')
    .replaceAll(/[^0-9A-Z?*]/g, '');
}

/** What is wrong with the pattern of an entry, or undefined: a pattern of wildcards alone would hit every vehicle. */
export function watchlistPatternProblem(plate: string): Omit<Problem, 'path'> | undefined {
  const pattern = plainPlate(plate);
  if (!/^[0-9A-Z?*]{2,12}$/.test(pattern))
    return { code: 'plate-pattern', message: `"${plate}" is no plate: 2 to 12 letters, digits, ? or *` };
  const fixed = pattern.replaceAll(/[?*]/g, '').length;
  if (fixed >= 3) return undefined;
  return { code: 'plate-wide', message: `"${plate}" would match too many vehicles: give at least 3 letters or digits` };
}
