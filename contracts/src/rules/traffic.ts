import { type Static, Type } from 'typebox';
import { Id } from '../ids.js';
import { ClassSelector, commonRule, strict } from './common.js';
import { Schedule } from './schedule.js';

/**
 * A movement that is no violation at red, for example motorcycles that turn right: who meets everything that is given. At
 * least one of lanes, exit and classes is.
 */
export const AllowedOnRed = Type.Object(
  {
    laneIds: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 32, description: 'Lanes in which the vehicle comes to the line' })),
    exitLineId: Type.Optional(Type.String({ ...Id, description: 'Line over which the movement leaves the junction' })),
    exitDirection: Type.Optional(
      Type.Enum(['left', 'right', 'both'], { description: 'Side towards which the exit is crossed, walking from A to B; default both' }),
    ),
    exitWithinMs: Type.Optional(
      Type.Number({ minimum: 1000, maximum: 60_000, description: 'Time from the stop line to the exit (inclusive); default 15000' }),
    ),
    classes: Type.Optional(Type.Array(ClassSelector, { minItems: 1 })),
    schedule: Type.Optional(Schedule),
  },
  strict,
);
export type AllowedOnRed = Static<typeof AllowedOnRed>;

/**
 * A vehicle that crosses the stop line in `direction` while the signal is red for longer than `graceMs`.
 * Three moments are kept: before the line, over it, past it.
 */
export const RedLightRule = Type.Object(
  {
    ...commonRule,
    type: Type.Literal('red-light'),
    lineId: Id,
    direction: Type.Enum(['left', 'right'], { description: 'Side towards which the forbidden movement crosses, walking from A to B' }),
    signalId: Id,
    graceMs: Type.Number({ minimum: 0, default: 500, description: 'Time in red before a crossing counts (exclusive)' }),
    pastDistance: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.05,
      description: 'How far past the line, as a share of the picture height, the third moment is taken',
    }),
    minYellowMs: Type.Number({
      minimum: 0,
      maximum: 10_000,
      default: 2000,
      description: 'Yellow that must have been seen before the red (inclusive); less, or none, and it is not fineable. 0: not asked for',
    }),
    allowedOnRed: Type.Optional(Type.Array(AllowedOnRed, { minItems: 1, maxItems: 16, description: 'Movements that are allowed at red' })),
  },
  strict,
);
export type RedLightRule = Static<typeof RedLightRule>;

const againstLane = {
  ...commonRule,
  laneIds: Type.Array(Id, { minItems: 1, maxItems: 32, description: 'Lanes whose direction is looked at' }),
  minDistanceM: Type.Number({
    minimum: 1,
    default: 8,
    description: 'Distance against the direction at which it is raised on a calibrated camera, m (inclusive)',
  }),
  minDistance: Type.Number({
    exclusiveMinimum: 0,
    maximum: 1,
    default: 0.12,
    description: 'The same without calibration, as a share of the picture height (inclusive)',
  }),
};

/** A vehicle that goes against the direction of a lane: a violation. */
export const WrongWayRule = Type.Object({ ...againstLane, type: Type.Literal('wrong-way') }, strict);
export type WrongWayRule = Static<typeof WrongWayRule>;

/** The same where it endangers everybody (a motorway, a tunnel, a one-way arterial): an incident. */
export const WrongWayDriverRule = Type.Object({ ...againstLane, type: Type.Literal('wrong-way-driver') }, strict);
export type WrongWayDriverRule = Static<typeof WrongWayDriverRule>;

/** A vehicle of the chosen classes that drives in the zone for `dwellMs` or more; what stands there is none. */
export const EmergencyLaneRule = Type.Object(
  { ...commonRule, type: Type.Literal('emergency-lane'), zoneId: Id, dwellMs: Type.Number({ minimum: 0, default: 2000 }) },
  strict,
);
export type EmergencyLaneRule = Static<typeof EmergencyLaneRule>;

/** A two-wheeler that is ridden in the zone, a pavement, for `dwellMs` or more; one that is parked there is none. */
export const PavementRidingRule = Type.Object(
  { ...commonRule, type: Type.Literal('pavement-riding'), zoneId: Id, dwellMs: Type.Number({ minimum: 0, default: 1500 }) },
  strict,
);
export type PavementRidingRule = Static<typeof PavementRidingRule>;

/** Somebody on a two-wheeler without a helmet. Needs a model that tells helmets; without one the rule is off. */
export const NoHelmetRule = Type.Object(
  {
    ...commonRule,
    type: Type.Literal('no-helmet'),
    minLooks: Type.Integer({
      minimum: 1,
      maximum: 16,
      default: 3,
      description: 'Pictures in which it must be seen of the same person (inclusive)',
    }),
    minScore: Type.Number({ minimum: 0, maximum: 1, default: 0.6, description: 'A look that is less sure does not count' }),
  },
  strict,
);
export type NoHelmetRule = Static<typeof NoHelmetRule>;

/**
 * A vehicle that stops for `dwellMs` or more where stopping is forbidden. With `signalId`, a vehicle that has not yet had
 * `releaseMs` of green waits in a queue.
 */
export const IllegalStopRule = Type.Object(
  {
    ...commonRule,
    type: Type.Literal('illegal-stop'),
    zoneId: Id,
    dwellMs: Type.Number({ minimum: 1000, default: 60_000 }),
    signalId: Type.Optional(Type.String({ ...Id, description: 'Signal that the zone waits for' })),
    releaseMs: Type.Optional(
      Type.Number({ minimum: 0, description: 'Green that a queue needs to move off, with signalId; default 10000' }),
    ),
  },
  strict,
);
export type IllegalStopRule = Static<typeof IllegalStopRule>;

/** A vehicle that stopped at red or yellow past the stop line and stands there for `dwellMs` or more of red. */
export const StopLineRule = Type.Object(
  {
    ...commonRule,
    type: Type.Literal('stop-line'),
    lineId: Id,
    direction: Type.Enum(['left', 'right'], { description: 'Side of the line on which nobody may wait, walking from A to B' }),
    signalId: Id,
    dwellMs: Type.Number({ minimum: 1000, default: 3000, description: 'Time standing past the line in red (inclusive)' }),
    maxPast: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.1,
      description: 'How far past the line it may stand, as a share of the picture height (inclusive): what is farther is in the junction',
    }),
  },
  strict,
);
export type StopLineRule = Static<typeof StopLineRule>;

const Way = (end: string) =>
  Type.Enum(['left', 'right', 'both'], {
    default: 'both',
    description: `Side towards which the ${end} line is crossed, walking from A to B`,
  });

/** A vehicle that comes over the entry (line or zone) and leaves over the exit within `withinMs`: a forbidden turn. */
export const IllegalTurnRule = Type.Object(
  {
    ...commonRule,
    type: Type.Literal('illegal-turn'),
    entryLineId: Type.Optional(Id),
    entryZoneId: Type.Optional(Id),
    entryDirection: Way('entry'),
    exitLineId: Type.Optional(Id),
    exitZoneId: Type.Optional(Id),
    exitDirection: Way('exit'),
    withinMs: Type.Number({ minimum: 500, default: 30_000, description: 'Time from entry to exit (inclusive)' }),
  },
  strict,
);
export type IllegalTurnRule = Static<typeof IllegalTurnRule>;

/** A vehicle that drives in a lane whose `allowed` does not name its class. */
export const WrongLaneRule = Type.Object(
  {
    ...commonRule,
    type: Type.Literal('wrong-lane'),
    laneIds: Type.Array(Id, { minItems: 1, maxItems: 32, description: 'Lanes that are looked at; each has `allowed`' }),
    dwellMs: Type.Number({ minimum: 0, default: 2000, description: 'Time in the lane (inclusive)' }),
    minDistanceM: Type.Number({ minimum: 1, default: 10, description: 'Distance driven in it on a calibrated camera, m (inclusive)' }),
    minDistance: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.1,
      description: 'The same without calibration, as a share of the picture height (inclusive)',
    }),
  },
  strict,
);
export type WrongLaneRule = Static<typeof WrongLaneRule>;

/** A vehicle faster than the lane's `speedLimitKmh` by more than `toleranceKmh`; analytics, never fineable. */
export const SpeedingRule = Type.Object(
  {
    ...commonRule,
    type: Type.Literal('speeding'),
    laneIds: Type.Array(Id, { minItems: 1, maxItems: 32, description: 'Lanes that are looked at; each has `speedLimitKmh`' }),
    toleranceKmh: Type.Number({ minimum: 0, default: 10, description: 'Over the limit before it is raised, km/h (exclusive)' }),
    windowMs: Type.Number({ minimum: 1000, maximum: 10_000, default: 2500, description: 'Time over which speed is measured' }),
  },
  strict,
);
export type SpeedingRule = Static<typeof SpeedingRule>;
