import type { Bilingual, RuleConfig } from '@safecity/contracts';
import { selectedClasses } from './class-filter.js';
import { countedIn, type LevelRule, type LevelState, levelMachine, zoneNameOf } from './level.js';
import type { RuleFactory } from './rule-machine.js';
import { sentence, wordDuration } from './wording.js';

type CrowdOccupancyRule = Extract<RuleConfig, { type: 'crowd-occupancy' }>;

/** What is counted, in words: people unless the rule names other classes. */
export function countedWord(classes: readonly string[] = ['person']): Bilingual {
  return classes.every((selector) => selector === 'person') ? { vi: 'người', en: 'people' } : { vi: 'đối tượng', en: 'objects' };
}

/**
 * `crowd-occupancy`: more people in a zone than it should hold.
 *
 * Measures: confirmed tracks whose anchor is in the zone, border included, and that were detected within the last
 * second; a number. Source: tracks. Raised at `minCount` or more held for `holdMs` (both inclusive); over below
 * `clearCount` (exclusive; default 80 % of `minCount`) held for `holdMs`: between the two nothing changes, so a count that
 * trembles on the threshold is one finding. Default classes: person.
 */
export const crowdOccupancy: RuleFactory<CrowdOccupancyRule, LevelState> = (rule, camera) => {
  const classes = selectedClasses(rule.classes, ['person']);
  const zoneName = zoneNameOf(camera, rule.zoneId);
  const counted = countedWord(rule.classes);
  const spec: LevelRule = {
    rule,
    camera,
    raiseAt: rule.minCount,
    clearBelow: Math.min(rule.clearCount ?? rule.minCount * 0.8, rule.minCount),
    explain: (count, heldMs) => ({
      text: sentence(
        (t) => `${count} ${t(counted)} trong vùng «${zoneName}» (ngưỡng ${rule.minCount}) suốt ${t(wordDuration(heldMs))}`,
        (t) => `${count} ${t(counted)} in zone “${zoneName}” (threshold ${rule.minCount}) for ${t(wordDuration(heldMs))}`,
      ),
      measures: [
        { name: 'count', value: count, comparison: '>=', threshold: rule.minCount },
        { name: 'holdMs', value: heldMs, comparison: '>=', threshold: rule.holdMs },
      ],
    }),
  };
  return levelMachine(spec, (observation) => {
    const inside = countedIn(observation, rule, classes);
    return { level: inside.length, subjects: inside };
  });
};
