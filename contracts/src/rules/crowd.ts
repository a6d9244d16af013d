import { type Static, Type } from 'typebox';
import { Id } from '../ids.js';
import { commonRule, strict } from './common.js';

/** At least `minCount` subjects in the zone for `holdMs`; over when fewer than `clearCount` for `holdMs`. */
export const CrowdOccupancyRule = Type.Object(
  {
    ...commonRule,
    type: Type.Literal('crowd-occupancy'),
    zoneId: Id,
    minCount: Type.Integer({ minimum: 1, description: 'Raised at this count or more (inclusive)' }),
    clearCount: Type.Optional(Type.Integer({ minimum: 0, description: 'Over below this count (exclusive); default 80 % of minCount' })),
    holdMs: Type.Number({ minimum: 0, default: 2000 }),
  },
  strict,
);
export type CrowdOccupancyRule = Static<typeof CrowdOccupancyRule>;
