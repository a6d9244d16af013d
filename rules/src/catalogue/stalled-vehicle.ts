import type { RuleConfig } from '@safecity/contracts';
import type { DwellState } from './dwell.js';
import type { RuleFactory } from './rule-machine.js';
import { standstill } from './standstill.js';

type StalledVehicleRule = Extract<RuleConfig, { type: 'stalled-vehicle' }>;

/**
 * `stalled-vehicle`: a vehicle stands where vehicles should not stand.
 *
 * Measures: how long a track has kept its place (ms of capture time, gaps in the video left out) with its anchor in
 * the zone, and how far it has shifted meanwhile (sizes of its box; heights of its box per second). Source: the tracker's
 * account of standing. Raised at `dwellMs` or more; ends when the vehicle moves off, leaves the zone or its track is
 * gone. A detector that loses it for some seconds changes nothing: the time counts once it is seen again at its place. With `signalId` it is raised only
 * after `releaseMs` of the dwell were not red or yellow, so a queue at red is no stall and a broken-down car is one from the
 * next green on. Default classes: every road vehicle, two-wheelers included.
 */
export const stalledVehicle: RuleFactory<StalledVehicleRule, DwellState> = (rule, camera) => standstill(rule, camera);
