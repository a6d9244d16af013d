import type { RuleConfig } from '@safecity/contracts';
import { selectedClasses } from './class-filter.js';
import { countedIn, type LevelRule, type LevelState, levelMachine, zoneNameOf } from './level.js';
import type { ObservedTrack, RuleFactory } from './rule-machine.js';
import { sentence, wordDuration } from './wording.js';

type QueueRule = Extract<RuleConfig, { type: 'queue' }>;

/** Slower than this, box heights per second, is waiting (inclusive): queues shuffle on. */
const WAITING_SPEED = 0.3;

function isWaiting(track: ObservedTrack): boolean {
  return Math.hypot(...track.velocity) <= WAITING_SPEED * (track.box[3] - track.box[1]);
}

/**
 * `queue`: more wait than should.
 *
 * Measures: tracks in the zone that stand, or move by no more than 0.3 of their box's height a second; a number. Source:
 * tracks and the speeds of their filters. Raised at `minCount` or more held for `holdMs` (both inclusive); over below
 * `clearCount` (exclusive; default 80 %). Default classes: road vehicles and people.
 */
export const queue: RuleFactory<QueueRule, LevelState> = (rule, camera) => {
  const classes = selectedClasses(rule.classes, ['road-vehicle', 'person']);
  const zoneName = zoneNameOf(camera, rule.zoneId);
  const spec: LevelRule = {
    rule,
    camera,
    raiseAt: rule.minCount,
    clearBelow: Math.min(rule.clearCount ?? rule.minCount * 0.8, rule.minCount),
    explain: (count, heldMs) => ({
      text: sentence(
        (t) => `hàng chờ dài ${count} trong vùng «${zoneName}» (ngưỡng ${rule.minCount}) suốt ${t(wordDuration(heldMs))}`,
        (t) => `queue of ${count} in zone “${zoneName}” (threshold ${rule.minCount}) for ${t(wordDuration(heldMs))}`,
      ),
      measures: [
        { name: 'queueCount', value: count, comparison: '>=', threshold: rule.minCount },
        { name: 'holdMs', value: heldMs, comparison: '>=', threshold: rule.holdMs },
      ],
    }),
  };
  return levelMachine(spec, (observation) => {
    const waiting = countedIn(observation, rule, classes).filter(isWaiting);
    return { level: waiting.length, subjects: waiting };
  });
};
