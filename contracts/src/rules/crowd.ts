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

/** At least `minPerM2` people per square metre of the zone for `holdMs`. */
export const CrowdDensityRule = Type.Object(
  {
    ...commonRule,
    type: Type.Literal('crowd-density'),
    zoneId: Id,
    areaM2: Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000, description: 'Ground that the zone covers, m²' }),
    minPerM2: Type.Number({ exclusiveMinimum: 0, maximum: 20, description: 'Raised at this density or more (inclusive)' }),
    clearPerM2: Type.Optional(Type.Number({ minimum: 0, description: 'Over below this density (exclusive); default 80 % of minPerM2' })),
    holdMs: Type.Number({ minimum: 0, default: 3000 }),
  },
  strict,
);
export type CrowdDensityRule = Static<typeof CrowdDensityRule>;

/** A count in the zone that grows by `minIncrease` or more, and by `minGrowthShare` or more, within `windowMs`. */
export const CrowdSurgeRule = Type.Object(
  {
    ...commonRule,
    type: Type.Literal('crowd-surge'),
    zoneId: Id,
    minIncrease: Type.Integer({ minimum: 2, description: 'How many more than at the beginning of the window (inclusive)' }),
    minGrowthShare: Type.Number({ minimum: 0, default: 0.5, description: 'Increase as a share of the count before (inclusive)' }),
    windowMs: Type.Number({ minimum: 2000, maximum: 900_000, default: 60_000 }),
    holdMs: Type.Number({ minimum: 0, default: 2000 }),
  },
  strict,
);
export type CrowdSurgeRule = Static<typeof CrowdSurgeRule>;

/** `minShare` or more of at least `minCount` people move away from their middle at speed. */
export const CrowdDispersalRule = Type.Object(
  {
    ...commonRule,
    type: Type.Literal('crowd-dispersal'),
    zoneId: Id,
    minCount: Type.Integer({ minimum: 3, default: 6 }),
    minShare: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: 0.6 }),
    minSpeedBoxHeightsPerSecond: Type.Number({
      exclusiveMinimum: 0,
      default: 1.2,
      description: 'Outward speed; walking is about 0.8 of a body height per second, running 1.5 and more',
    }),
    holdMs: Type.Number({ minimum: 0, default: 600 }),
  },
  strict,
);
export type CrowdDispersalRule = Static<typeof CrowdDispersalRule>;

/** Somebody who stays in the zone for `dwellMs` or more. */
export const LoiteringRule = Type.Object(
  { ...commonRule, type: Type.Literal('loitering'), zoneId: Id, dwellMs: Type.Number({ minimum: 1000, default: 120_000 }) },
  strict,
);
export type LoiteringRule = Static<typeof LoiteringRule>;

/** At least `minCount` people or vehicles that wait in the zone, for `holdMs`. */
export const QueueRule = Type.Object(
  {
    ...commonRule,
    type: Type.Literal('queue'),
    zoneId: Id,
    minCount: Type.Integer({ minimum: 1, description: 'Length of the queue (inclusive)' }),
    clearCount: Type.Optional(Type.Integer({ minimum: 0, description: 'Over below this length (exclusive); default 80 % of minCount' })),
    holdMs: Type.Number({ minimum: 0, default: 10_000 }),
  },
  strict,
);
export type QueueRule = Static<typeof QueueRule>;
