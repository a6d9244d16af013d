import type { RuleConfig } from '@safecity/contracts';
import { selectedClasses } from './class-filter.js';
import { countedIn, emptyLevel, type LevelRule, type LevelState, stepLevel, zoneNameOf } from './level.js';
import type { Observation, RuleFactory } from './rule-machine.js';
import { sentence, wordDuration } from './wording.js';

type CrowdSurgeRule = Extract<RuleConfig, { type: 'crowd-surge' }>;

/** The window is kept as this many means, so that one frame's miscount is no growth. */
const SAMPLES = 12;

/** State: mean counts of the window, oldest first, and the sample being made. */
export interface SurgeState {
  level: LevelState;
  samples: number[];
  sampleStartMs: number;
  sum: number;
  frames: number;
}

function empty(): SurgeState {
  return { level: emptyLevel(), samples: [], sampleStartMs: 0, sum: 0, frames: 0 };
}

/** Takes a count in; returns how many more there are than at the window's beginning; null while that is not known. Mutates `state`. */
function growth(state: SurgeState, count: number, windowMs: number, observation: Observation): { before: number; now: number } | null {
  const sampleMs = windowMs / SAMPLES;
  if (observation.restarted || observation.unbrokenSinceMs > state.sampleStartMs) {
    Object.assign(state, { samples: [], sampleStartMs: observation.nowMs, sum: 0, frames: 0 });
  }
  state.sum += count;
  state.frames++;
  if (observation.nowMs - state.sampleStartMs >= sampleMs) {
    state.samples.push(state.sum / state.frames);
    if (state.samples.length > SAMPLES + 1) state.samples.shift();
    Object.assign(state, { sampleStartMs: observation.nowMs, sum: 0, frames: 0 });
  }
  if (state.samples.length <= SAMPLES) return null;
  return { before: state.samples[0] as number, now: state.samples.at(-1) as number };
}

/**
 * `crowd-surge`: a place fills faster than it should.
 *
 * Measures: how many more people are in the zone than `windowMs` ago, both as means of a twelfth of the window. Source:
 * tracks. Raised when the increase is `minIncrease` or more and `minGrowthShare` of the count before or more, held for
 * `holdMs` (all inclusive); over below 80 % of `minIncrease`. After a break in the video a whole window must pass first.
 * Default classes: person.
 */
export const crowdSurge: RuleFactory<CrowdSurgeRule, SurgeState> = (rule, camera) => {
  const classes = selectedClasses(rule.classes, ['person']);
  const zoneName = zoneNameOf(camera, rule.zoneId);
  let before = 0;
  const spec: LevelRule = {
    rule,
    camera,
    raiseAt: rule.minIncrease,
    clearBelow: rule.minIncrease * 0.8,
    explain: (increase, heldMs) => ({
      text: sentence(
        (t) =>
          `tăng ${Math.round(increase)} người trong ${t(wordDuration(rule.windowMs))} ở vùng «${zoneName}» (ngưỡng ${rule.minIncrease}), trước đó ${Math.round(before)}`,
        (t) =>
          `${Math.round(increase)} more people within ${t(wordDuration(rule.windowMs))} in zone “${zoneName}” (threshold ${rule.minIncrease}), ${Math.round(before)} before`,
      ),
      measures: [
        { name: 'increase', value: Math.round(increase * 10) / 10, comparison: '>=', threshold: rule.minIncrease },
        {
          name: 'growthShare',
          value: Math.round((increase / Math.max(1, before)) * 100) / 100,
          comparison: '>=',
          threshold: rule.minGrowthShare,
        },
        { name: 'holdMs', value: heldMs, comparison: '>=', threshold: rule.holdMs },
      ],
    }),
  };
  return {
    rule,
    start: empty,
    step: (state, observation) => {
      const inside = countedIn(observation, rule, classes);
      const counts = growth(state, inside.length, rule.windowMs, observation);
      before = counts?.before ?? 0;
      const increase = counts ? counts.now - counts.before : 0;
      const isGrowth = increase >= rule.minGrowthShare * Math.max(1, before);
      return { state, changes: stepLevel(spec, state.level, isGrowth ? increase : 0, inside, observation) };
    },
  };
};
