import type { RuleConfig } from '@safecity/contracts';
import { type AgainstLaneState, againstLane } from './against-lane.js';
import type { RuleFactory } from './rule-machine.js';

type WrongWayRule = Extract<RuleConfig, { type: 'wrong-way' }>;

/**
 * `wrong-way`: a vehicle goes against the direction of a lane: a violation, for traffic police.
 *
 * Measures: distance gone against the lane's direction (m with a calibration, else picture heights; inclusive), source:
 * tracks. A vehicle that crosses a lane, or whose box only changes its shape, is none. Ends when the vehicle leaves the
 * lanes or its track is gone. Default classes: every road vehicle.
 */
export const wrongWay: RuleFactory<WrongWayRule, AgainstLaneState> = againstLane;
