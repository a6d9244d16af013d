import type { RuleConfig } from '@safecity/contracts';
import { selectedClasses } from './class-filter.js';
import type { DwellState } from './dwell.js';
import { isOnFoot } from './on-foot.js';
import type { RuleFactory } from './rule-machine.js';
import { stayMachine } from './stay-rules.js';

type PedestrianOnRoadRule = Extract<RuleConfig, { type: 'pedestrian-on-road' }>;

/** A box on the border trembles. */
const LEAVE_MS = 1000;

/**
 * `pedestrian-on-road`: somebody on foot is where only vehicles should be.
 *
 * Measures: dwell of the anchor in the zone per track, ms of capture time; riders of two-wheelers are left out
 * (`tracking/riders.ts`). Source: tracks. A rider whose vehicle the detector does not see is taken for a
 * pedestrian. Raised at `dwellMs` or more. Default classes: person.
 */
export const pedestrianOnRoad: RuleFactory<PedestrianOnRoadRule, DwellState> = (rule, camera) =>
  stayMachine(rule, camera, {
    classes: selectedClasses(rule.classes, ['person']),
    forgivenMs: LEAVE_MS,
    does: { vi: 'đi bộ trên lòng đường', en: 'on foot on the road' },
    isMet: isOnFoot,
  });
