import type { RuleConfig } from '@safecity/contracts';
import { selectedClasses } from './class-filter.js';
import type { DwellState } from './dwell.js';
import { isRider } from './on-foot.js';
import type { RuleFactory } from './rule-machine.js';
import { stayMachine } from './stay-rules.js';

type PersonDownRule = Extract<RuleConfig, { type: 'person-down' }>;

/** A box this many times as wide as it is high is that of somebody who lies (inclusive). */
const LYING_ASPECT = 1.2;
/** Nearer to the picture's border than this a box is cut off: its shape says nothing. */
const BORDER = 0.01;
/** Slower than this, box sizes per second, is lying still (inclusive). */
const STILL_SPEED = 0.3;
/** A box that is upright again for no longer is the detector's tremble. */
const TREMBLE_MS = 1500;

/**
 * `person-down`: somebody lies on the ground.
 *
 * Measures: how long the box of a person on foot has been 1.2 times as wide as high, or wider, without moving, ms of
 * capture time. Source: tracks. Detectors that learnt from people who stand lose most of those who lie, above all when
 * they lie along the camera's view, so what is raised is worth a look and silence proves nothing. Boxes at the picture's
 * border are left out. Raised at `dwellMs` or more. Default classes: person.
 */
export const personDown: RuleFactory<PersonDownRule, DwellState> = (rule, camera) =>
  stayMachine(rule, camera, {
    classes: selectedClasses(rule.classes, ['person']),
    forgivenMs: TREMBLE_MS,
    does: { vi: 'nằm', en: 'lying' },
    isMet: (track, observation) => {
      const [x1, y1, x2, y2] = track.box;
      if (x1 < BORDER || y1 < BORDER || x2 > 1 - BORDER || y2 > 1 - BORDER) return false;
      const width = (x2 - x1) * observation.aspect;
      const height = y2 - y1;
      if (width < LYING_ASPECT * height) return false;
      return Math.hypot(...track.velocity) <= STILL_SPEED * Math.sqrt(width * height) && !isRider(track);
    },
  });
