import { type Static, Type } from 'typebox';
import { Id } from '../ids.js';
import { commonRule, strict } from './common.js';

/** A subject whose anchor is in the zone for `dwellMs` or more. */
export const IntrusionRule = Type.Object(
  { ...commonRule, type: Type.Literal('intrusion'), zoneId: Id, dwellMs: Type.Number({ minimum: 0, default: 1000 }) },
  strict,
);
export type IntrusionRule = Static<typeof IntrusionRule>;

/** A subject that crosses the line in `direction`. */
export const TripwireRule = Type.Object(
  {
    ...commonRule,
    type: Type.Literal('tripwire'),
    lineId: Id,
    direction: Type.Enum(['left', 'right', 'both'], { default: 'both', description: 'Side towards which it goes, walking from A to B' }),
  },
  strict,
);
export type TripwireRule = Static<typeof TripwireRule>;

/** A vehicle whose plate is on a watchlist that counts for this camera. Its reader is switched on with `plates`. */
export const PlateWatchlistRule = Type.Object(
  {
    ...commonRule,
    type: Type.Literal('plate-watchlist'),
    listIds: Type.Optional(Type.Array(Id, { minItems: 1, description: 'Lists that count; absent: all of the own and the higher units' })),
    minConfidence: Type.Number({ minimum: 0, maximum: 1, default: 0.7, description: 'A plate read with less is no hit' }),
  },
  strict,
);
export type PlateWatchlistRule = Static<typeof PlateWatchlistRule>;
