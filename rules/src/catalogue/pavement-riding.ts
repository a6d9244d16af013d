import type { RuleConfig } from '@safecity/contracts';
import { selectedClasses } from './class-filter.js';
import { hasGone, isDriving } from './driving.js';
import type { DwellState } from './dwell.js';
import { fineableUnless } from './fineable.js';
import type { RuleFactory } from './rule-machine.js';
import { stayMachine } from './stay-rules.js';

type PavementRidingRule = Extract<RuleConfig, { type: 'pavement-riding' }>;

/** Out of the zone, or slow, for no longer than this is a tremble of the box. */
const LEAVE_MS = 1000;

/**
 * `pavement-riding`: a two-wheeler is ridden where people walk.
 *
 * Measures: time that the anchor moves in the zone, ms of capture time without gaps in the video (inclusive), at 0.2 sizes
 * of its box per second or more, having gone one size of it. Source: tracks. A parked one is none; one that is pushed is
 * not told from one that is ridden. Not fineable on a simulated camera. Default classes: two-wheelers.
 */
export const pavementRiding: RuleFactory<PavementRidingRule, DwellState> = (rule, camera) =>
  stayMachine(rule, camera, {
    classes: selectedClasses(rule.classes, ['two-wheeler']),
    forgivenMs: LEAVE_MS,
    does: { vi: 'chạy', en: 'ridden' },
    isMet: (track, { aspect }) => isDriving(track, aspect),
    isShown: (episode, { aspect }) => hasGone(episode, aspect),
    fineable: () => fineableUnless(rule, camera),
  });
