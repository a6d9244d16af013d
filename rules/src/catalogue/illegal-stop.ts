import type { RuleConfig } from '@safecity/contracts';
import type { DwellState } from './dwell.js';
import type { RuleFactory } from './rule-machine.js';
import { standstill } from './standstill.js';

type IllegalStopRule = Extract<RuleConfig, { type: 'illegal-stop' }>;

/**
 * `illegal-stop`: a vehicle stops or parks where that is forbidden.
 *
 * Measures: how long a track has kept its place with its anchor in the zone, ms of capture time without gaps in the video
 * (inclusive), and its shift meanwhile (sizes of its box). Source: the tracker's account of standing. With `signalId` a
 * queue at red is none: it is raised only after `releaseMs` of the dwell were not red or yellow. Not fineable on a
 * simulated camera, with a scripted signal, or when its sources disagree meanwhile. Default classes: every road vehicle.
 */
export const illegalStop: RuleFactory<IllegalStopRule, DwellState> = (rule, camera) => standstill(rule, camera);
