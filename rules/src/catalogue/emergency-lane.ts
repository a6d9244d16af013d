import type { RuleConfig } from '@safecity/contracts';
import { selectedClasses } from './class-filter.js';
import { hasGone, isDriving } from './driving.js';
import type { DwellState } from './dwell.js';
import { fineableUnless } from './fineable.js';
import type { RuleFactory } from './rule-machine.js';
import { stayMachine } from './stay-rules.js';

type EmergencyLaneRule = Extract<RuleConfig, { type: 'emergency-lane' }>;

/** Out of the zone, or slow, for no longer than this is a tremble of the box. */
const LEAVE_MS = 1000;

/**
 * `emergency-lane`: a vehicle drives on the hard shoulder or in a lane kept free for emergencies.
 *
 * Measures: time that the anchor drives in the zone, ms of capture time without gaps in the video (inclusive), at 0.2 sizes
 * of its box per second or more, having gone one size of it. Source: tracks. What stands there, as a broken-down car
 * may, is none (see `stalled-vehicle`); emergency vehicles are not told from others. Not fineable on a simulated camera.
 * Default classes: every road vehicle.
 */
export const emergencyLane: RuleFactory<EmergencyLaneRule, DwellState> = (rule, camera) =>
  stayMachine(rule, camera, {
    classes: selectedClasses(rule.classes, ['road-vehicle']),
    forgivenMs: LEAVE_MS,
    does: { vi: 'chạy', en: 'driving' },
    isMet: (track, { aspect }) => isDriving(track, aspect),
    isShown: (episode, { aspect }) => hasGone(episode, aspect),
    fineable: () => fineableUnless(rule, camera),
  });
