import type { RuleConfig } from '@safecity/contracts';
import { selectedClasses } from './class-filter.js';
import type { DwellState } from './dwell.js';
import { isOnFoot, onFootSince } from './on-foot.js';
import type { RuleFactory } from './rule-machine.js';
import { stayMachine } from './stay-rules.js';

type PedestrianOnRoadRule = Extract<RuleConfig, { type: 'pedestrian-on-road' }>;

/** A box on the border trembles. */
const LEAVE_MS = 1000;

/**
 * `pedestrian-on-road`: somebody on foot is where only vehicles should be.
 *
 * Measures: dwell of the anchor in the zone per track, ms of capture time; riders are left out (`tracking/riders.ts`, and who
 * is faster than people are, `tracking/gait.ts`). Source: tracks. Raised at `dwellMs` or more that they are known to be on foot:
 * since they were first seen to walk, or stand with no vehicle that waits near them. Who was never seen to walk and stands amid
 * waiting traffic is taken for a rider for 120 s; a rider who creeps at walking pace for a pedestrian. Default classes: person.
 */
export const pedestrianOnRoad: RuleFactory<PedestrianOnRoadRule, DwellState> = (rule, camera) =>
  stayMachine(rule, camera, {
    classes: selectedClasses(rule.classes, ['person']),
    forgivenMs: LEAVE_MS,
    does: { vi: 'đi bộ trên lòng đường', en: 'on foot on the road' },
    isMet: isOnFoot,
    isShown: ({ trackId, startMs }, observation) => {
      const person = observation.tracks.find(({ id }) => id === trackId);
      const since = person ? onFootSince(person, observation) : null;
      return since !== null && observation.nowMs - Math.max(since, startMs) >= rule.dwellMs;
    },
  });
