import type { RuleConfig } from '@safecity/contracts';
import { selectedClasses } from './class-filter.js';
import { countedIn, type LevelRule, type LevelState, levelMachine, zoneNameOf } from './level.js';
import type { RuleFactory } from './rule-machine.js';
import { sentence, wordDuration, wordNumber } from './wording.js';

type CrowdDensityRule = Extract<RuleConfig, { type: 'crowd-density' }>;

/**
 * `crowd-density`: people stand closer than is safe.
 *
 * Measures: people counted in the zone (as `crowd-occupancy`) per square metre of ground, which the rule says the zone
 * covers; people/m². Source: tracks and `areaM2`. Raised at `minPerM2` or more held for `holdMs` (both inclusive); over
 * below `clearPerM2` (exclusive; default 80 %). It is as good as the detector's count: where people hide each other, from
 * about 1 per m² in a low view, it says too little. Default classes: person.
 */
export const crowdDensity: RuleFactory<CrowdDensityRule, LevelState> = (rule, camera) => {
  const classes = selectedClasses(rule.classes, ['person']);
  const zoneName = zoneNameOf(camera, rule.zoneId);
  const spec: LevelRule = {
    rule,
    camera,
    raiseAt: rule.minPerM2,
    clearBelow: Math.min(rule.clearPerM2 ?? rule.minPerM2 * 0.8, rule.minPerM2),
    explain: (density, heldMs) => {
      const people = Math.round(density * rule.areaM2);
      const perM2 = wordNumber(density, 2);
      const limit = wordNumber(rule.minPerM2, 2);
      return {
        text: sentence(
          (t) => `${t(perM2)} người/m² (${people} người) trong vùng «${zoneName}» (ngưỡng ${t(limit)}) suốt ${t(wordDuration(heldMs))}`,
          (t) => `${t(perM2)} people/m² (${people} people) in zone “${zoneName}” (threshold ${t(limit)}) for ${t(wordDuration(heldMs))}`,
        ),
        measures: [
          { name: 'densityPerM2', value: Math.round(density * 1000) / 1000, comparison: '>=', threshold: rule.minPerM2 },
          { name: 'holdMs', value: heldMs, comparison: '>=', threshold: rule.holdMs },
        ],
      };
    },
  };
  return levelMachine(spec, (observation) => {
    const inside = countedIn(observation, rule, classes);
    return { level: inside.length / rule.areaM2, subjects: inside };
  });
};
