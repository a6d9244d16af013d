import type { RuleConfig } from '@safecity/contracts';
import { selectedClasses } from './class-filter.js';
import { makeFinding } from './finding.js';
import { type LineState, stepLine } from './line-crossings.js';
import { COMMON_DEFAULTS, type RuleFactory } from './rule-machine.js';
import { sentence, wordClass } from './wording.js';

type TripwireRule = Extract<RuleConfig, { type: 'tripwire' }>;

const SIDE_WORDS = { left: { vi: 'trái', en: 'left' }, right: { vi: 'phải', en: 'right' } } as const;

/**
 * `tripwire`: somebody goes over a line that nobody should cross.
 *
 * Measures: crossings of the line by the anchor, between A and B, in the direction asked for; one finding each, already
 * over when it is raised. Source: tracks. Default classes: person.
 */
export const tripwire: RuleFactory<TripwireRule, LineState> = (rule, camera) => {
  const classes = selectedClasses(rule.classes, ['person']);
  const line = camera.lines.find(({ id }) => id === rule.lineId);
  const minTrackAgeMs = rule.minTrackAgeMs ?? COMMON_DEFAULTS.minTrackAgeMs;
  return {
    rule,
    start: () => ({}),
    step: (state, observation) => {
      if (!line) return { state, changes: [] };
      const crossings = stepLine({ line, classes, minTrackAgeMs }, state, observation).filter(
        ({ towards }) => rule.direction === 'both' || towards === rule.direction,
      );
      const changes = crossings.map(({ track, towards, atMs }) => ({
        phase: 'raised' as const,
        finding: makeFinding(rule, camera, {
          subject: { kind: 'track', id: track.id },
          trackIds: [track.id],
          class: track.class,
          startMs: atMs,
          raisedAtMs: observation.nowMs,
          endMs: atMs,
          confidence: Math.min(1, Math.max(0, track.score)),
          reason: {
            text: sentence(
              (t) => `${t(wordClass(track.class))} vượt vạch «${line.name}» sang bên ${t(SIDE_WORDS[towards])}`,
              (t) => `${t(wordClass(track.class))} crossed line “${line.name}” to the ${t(SIDE_WORDS[towards])}`,
            ),
            measures: [{ name: 'crossings', value: 1, comparison: '>=', threshold: 1 }],
          },
          box: [...track.box],
          moments: [{ name: 'raised', atMs: observation.nowMs, box: [...track.box] }],
        }),
      }));
      return { state, changes };
    },
  };
};
