import type { RuleConfig } from '@safecity/contracts';
import { countedIn, type LevelRule, type LevelState, levelMachine, zoneNameOf } from './level.js';
import type { RuleFactory } from './rule-machine.js';
import { sentence, wordDuration } from './wording.js';

type FireOrSmokeRule = Extract<RuleConfig, { type: 'fire' | 'smoke' }>;

const WORDS = { fire: { vi: 'lửa', en: 'fire' }, smoke: { vi: 'khói', en: 'smoke' } } as const;

/**
 * `fire`, `smoke`: flames or smoke are seen in a zone.
 *
 * Measures: how long at least one confirmed track of the class has been in the zone, ms of capture time. Source: tracks
 * of class `fire` or `smoke`. Only a model that gives these classes can find them: with another one the rule never raises;
 * `safecity analyze` says so, the live service does not. Raised after `holdMs` (inclusive), over when nothing was seen for
 * `holdMs`.
 */
export const fireOrSmoke: RuleFactory<FireOrSmokeRule, LevelState> = (rule, camera) => {
  const zoneName = zoneNameOf(camera, rule.zoneId);
  const word = WORDS[rule.type];
  const spec: LevelRule = {
    rule,
    camera,
    raiseAt: 1,
    clearBelow: 1,
    explain: (_count, heldMs) => ({
      text: sentence(
        (t) => `thấy ${t(word)} trong vùng «${zoneName}» suốt ${t(wordDuration(heldMs))} (ngưỡng ${t(wordDuration(rule.holdMs))})`,
        (t) => `${t(word)} in zone “${zoneName}” for ${t(wordDuration(heldMs))} (threshold ${t(wordDuration(rule.holdMs))})`,
      ),
      measures: [{ name: 'holdMs', value: heldMs, comparison: '>=', threshold: rule.holdMs }],
    }),
  };
  return levelMachine(spec, (observation) => {
    const burning = countedIn(observation, rule, new Set([rule.type]));
    return { level: burning.length, subjects: burning };
  });
};
