import { type Static, Type } from 'typebox';
import { Id } from '../ids.js';
import { commonRule, strict } from './common.js';

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
