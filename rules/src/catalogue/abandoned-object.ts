import type { RuleConfig } from '@safecity/contracts';
import { selectedClasses } from './class-filter.js';
import type { DwellState } from './dwell.js';
import type { RuleFactory } from './rule-machine.js';
import { stayMachine } from './stay-rules.js';

type AbandonedObjectRule = Extract<RuleConfig, { type: 'abandoned-object' }>;

/** Somebody who passes close by for no longer does not own it. */
const PASSING_MS = 5000;
/** A person nearer than this many heights of their box is with the object (inclusive). */
const NEAR_HEIGHTS = 1.5;

/**
 * `abandoned-object`: a bag is left with nobody near.
 *
 * Measures: how long a bag has stood in the zone with no person within 1.5 heights of that person's box, ms of capture
 * time. Source: tracks of the classes backpack, handbag and suitcase, which is all that COCO detectors know of such
 * objects: boxes, sacks and small parcels are not seen. Raised at `dwellMs` or more; passers-by of up to 5 s change
 * nothing. Default classes: bag.
 */
export const abandonedObject: RuleFactory<AbandonedObjectRule, DwellState> = (rule, camera) =>
  stayMachine(rule, camera, {
    classes: selectedClasses(rule.classes, ['bag']),
    forgivenMs: PASSING_MS,
    does: { vi: 'bị bỏ lại', en: 'left alone' },
    isMet: (bag, { tracks, aspect, nowMs }) =>
      bag.standingMs > 0 &&
      !tracks.some((person) => {
        if (person.class !== 'person' || nowMs - person.lastSeenMs > PASSING_MS) return false;
        const distance = Math.hypot((person.anchor[0] - bag.anchor[0]) * aspect, person.anchor[1] - bag.anchor[1]);
        return distance <= NEAR_HEIGHTS * (person.box[3] - person.box[1]);
      }),
  });
