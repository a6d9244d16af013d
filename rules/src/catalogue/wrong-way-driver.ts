import type { RuleConfig } from '@safecity/contracts';
import { type AgainstLaneState, againstLane } from './against-lane.js';
import type { RuleFactory } from './rule-machine.js';

type WrongWayDriverRule = Extract<RuleConfig, { type: 'wrong-way-driver' }>;

/**
 * `wrong-way-driver`: a vehicle goes against the direction of a lane where that endangers everybody: an incident, for the emergency centre.
 *
 * Measures: distance gone against the lane's direction (m with a calibration, else picture heights; inclusive), source:
 * tracks. A vehicle that crosses a lane, or whose box only changes its shape, is none. Ends when the vehicle leaves the
 * lanes or its track is gone. Default classes: every road vehicle.
 */
export const wrongWayDriver: RuleFactory<WrongWayDriverRule, AgainstLaneState> = againstLane;
