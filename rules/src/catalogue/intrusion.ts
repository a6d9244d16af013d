import type { RuleConfig } from '@safecity/contracts';
import { selectedClasses } from './class-filter.js';
import { type DwellRule, type DwellState, dwellMachine } from './dwell.js';
import type { RuleFactory } from './rule-machine.js';
import { sentence, wordClass, wordDuration } from './wording.js';

type IntrusionRule = Extract<RuleConfig, { type: 'intrusion' }>;

/** Outside for no longer than this is a tremble of the box on the border, not a leaving. */
const LEAVE_MS = 1000;

/**
 * `intrusion`: someone, or something of the chosen classes, is where nobody should be.
 *
 * Measures: dwell of the anchor (bottom centre) in the zone, border included, per track; ms of capture time without
 * gaps in the video. Source: tracks. Raised at `dwellMs` or more, by a track of `minTrackAgeMs` or more; ends when the
 * subject has been outside for more than a second or its track is gone. Default classes: person.
 */
export const intrusion: RuleFactory<IntrusionRule, DwellState> = (rule, camera) => {
  const classes = selectedClasses(rule.classes, ['person']);
  const zoneName = camera.zones.find((zone) => zone.id === rule.zoneId)?.name ?? rule.zoneId;
  const spec: DwellRule = {
    rule,
    camera,
    forgivenMs: LEAVE_MS,
    metSince: (track, observation, episode) => {
      if (!classes.has(track.class) || !track.zoneIds.includes(rule.zoneId)) return null;
      return episode?.startMs ?? observation.nowMs;
    },
    explain: ({ class: subject, dwellMs }) => ({
      text: sentence(
        (t) => `${t(wordClass(subject))} ở trong vùng «${zoneName}» ${t(wordDuration(dwellMs))} (ngưỡng ${t(wordDuration(rule.dwellMs))})`,
        (t) =>
          `${t(wordClass(subject))} in zone “${zoneName}” for ${t(wordDuration(dwellMs))} (threshold ${t(wordDuration(rule.dwellMs))})`,
      ),
      measures: [{ name: 'dwellMs', value: dwellMs, comparison: '>=', threshold: rule.dwellMs }],
    }),
  };
  return dwellMachine(spec);
};
