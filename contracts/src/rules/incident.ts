import { type Static, Type } from 'typebox';
import { Id } from '../ids.js';
import { commonRule, strict } from './common.js';

/**
 * A vehicle that stands in the zone for `dwellMs` or more. With `signalId`, a vehicle that has not yet had `releaseMs` of
 * green waits in a queue and is not stalled.
 */
export const StalledVehicleRule = Type.Object(
  {
    ...commonRule,
    type: Type.Literal('stalled-vehicle'),
    zoneId: Id,
    dwellMs: Type.Number({ minimum: 1000, default: 20_000 }),
    signalId: Type.Optional(Type.String({ ...Id, description: 'Signal that the zone waits for' })),
    releaseMs: Type.Optional(
      Type.Number({ minimum: 0, description: 'Green that a queue needs to move off, with signalId; default 10000' }),
    ),
  },
  strict,
);
export type StalledVehicleRule = Static<typeof StalledVehicleRule>;

/** Road users that meet, one of which stops suddenly and stays, with people on the road beside it. */
export const CollisionRule = Type.Object(
  {
    ...commonRule,
    type: Type.Literal('collision'),
    zoneId: Id,
    stillMs: Type.Number({ minimum: 500, default: 2000, description: 'How long it must stand after the sudden stop (inclusive)' }),
    minPeople: Type.Integer({ minimum: 0, default: 1, description: 'People on foot that must be beside it afterwards (inclusive)' }),
  },
  strict,
);
export type CollisionRule = Static<typeof CollisionRule>;

/** Somebody on foot in the zone for `dwellMs` or more. */
export const PedestrianOnRoadRule = Type.Object(
  { ...commonRule, type: Type.Literal('pedestrian-on-road'), zoneId: Id, dwellMs: Type.Number({ minimum: 0, default: 2000 }) },
  strict,
);
export type PedestrianOnRoadRule = Static<typeof PedestrianOnRoadRule>;

/** At least `minVehicles` in the zone that move at `maxSpeedShare` of free flow or less, for `holdMs`. */
export const CongestionRule = Type.Object(
  {
    ...commonRule,
    type: Type.Literal('congestion'),
    zoneId: Id,
    minVehicles: Type.Integer({ minimum: 2, default: 5 }),
    maxSpeedShare: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.4,
      description: 'Mean speed as a share of the speed that this camera saw when the road was free (inclusive)',
    }),
    holdMs: Type.Number({ minimum: 0, default: 60_000 }),
  },
  strict,
);
export type CongestionRule = Static<typeof CongestionRule>;

/** Somebody on foot whose box is wider than high (1.2 times or more) and does not move for `dwellMs`. */
export const PersonDownRule = Type.Object(
  { ...commonRule, type: Type.Literal('person-down'), zoneId: Id, dwellMs: Type.Number({ minimum: 1000, default: 5000 }) },
  strict,
);
export type PersonDownRule = Static<typeof PersonDownRule>;

/** A bag or suitcase that stands in the zone for `dwellMs` or more with nobody near. */
export const AbandonedObjectRule = Type.Object(
  { ...commonRule, type: Type.Literal('abandoned-object'), zoneId: Id, dwellMs: Type.Number({ minimum: 1000, default: 60_000 }) },
  strict,
);
export type AbandonedObjectRule = Static<typeof AbandonedObjectRule>;

/** Flames in the zone for `holdMs`; needs a model that knows fire. */
export const FireRule = Type.Object(
  { ...commonRule, type: Type.Literal('fire'), zoneId: Id, holdMs: Type.Number({ minimum: 0, default: 2000 }) },
  strict,
);
export type FireRule = Static<typeof FireRule>;

/** Smoke in the zone for `holdMs`; needs a model that knows smoke. */
export const SmokeRule = Type.Object(
  { ...commonRule, type: Type.Literal('smoke'), zoneId: Id, holdMs: Type.Number({ minimum: 0, default: 4000 }) },
  strict,
);
export type SmokeRule = Static<typeof SmokeRule>;
