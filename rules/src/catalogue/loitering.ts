import type { RuleConfig } from '@safecity/contracts';
import { selectedClasses } from './class-filter.js';
import type { DwellState } from './dwell.js';
import { isOnFoot } from './on-foot.js';
import type { RuleFactory } from './rule-machine.js';
import { stayMachine } from './stay-rules.js';

type LoiteringRule = Extract<RuleConfig, { type: 'loitering' }>;

/** Who steps out of the zone for no longer has not left. */
const LEAVE_MS = 10_000;

/**
 * `loitering`: somebody stays where people only pass.
 *
 * Measures: dwell of the anchor in the zone per track, ms of capture time without gaps in the video. Source: tracks: whoever
 * the tracker loses in a crowd begins anew. Raised at `dwellMs` or more; leaving for up to 10 s is forgiven. Riders
 * of two-wheelers are left out. Default classes: person.
 */
export const loitering: RuleFactory<LoiteringRule, DwellState> = (rule, camera) =>
  stayMachine(rule, camera, {
    classes: selectedClasses(rule.classes, ['person']),
    forgivenMs: LEAVE_MS,
    does: { vi: 'lảng vảng', en: 'loitering' },
    isMet: isOnFoot,
  });
