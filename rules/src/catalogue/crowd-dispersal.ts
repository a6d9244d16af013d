import type { Point, RuleConfig } from '@safecity/contracts';
import { selectedClasses } from './class-filter.js';
import { countedIn, type LevelRule, type LevelState, levelMachine, zoneNameOf } from './level.js';
import type { ObservedTrack, RuleFactory } from './rule-machine.js';
import { sentence, wordNumber } from './wording.js';

type CrowdDispersalRule = Extract<RuleConfig, { type: 'crowd-dispersal' }>;

/** Speed away from `middle`, box heights per second; negative towards it. */
function outwardSpeed(track: ObservedTrack, middle: Point, aspect: number): number {
  const dx = (track.anchor[0] - middle[0]) * aspect;
  const dy = track.anchor[1] - middle[1];
  const distance = Math.hypot(dx, dy);
  if (distance === 0) return 0;
  return (track.velocity[0] * dx + track.velocity[1] * dy) / distance / (track.box[3] - track.box[1]);
}

function middleOf(tracks: readonly ObservedTrack[]): Point {
  const sum = tracks.reduce(([x, y], { anchor }) => [x + anchor[0], y + anchor[1]] as Point, [0, 0] as Point);
  return [sum[0] / tracks.length, sum[1] / tracks.length];
}

/**
 * `crowd-dispersal`: people run apart, as from a shot or a fire.
 *
 * Measures: the share of the people in the zone whose speed away from the middle of all of them is
 * `minSpeedBoxHeightsPerSecond` or more. Source: tracks and the speeds of their filters. Raised when `minCount` or more
 * people are there and the share is `minShare` or more for `holdMs` (all inclusive); over below half of `minShare`. Needs
 * 4 detections a second or more; in steep views a box is lower than the person is tall, so the speed reads too high.
 * Default classes: person.
 */
export const crowdDispersal: RuleFactory<CrowdDispersalRule, LevelState> = (rule, camera) => {
  const classes = selectedClasses(rule.classes, ['person']);
  const zoneName = zoneNameOf(camera, rule.zoneId);
  let people = 0;
  const spec: LevelRule = {
    rule,
    camera,
    raiseAt: rule.minShare,
    clearBelow: rule.minShare / 2,
    explain: (share) => {
      const percent = wordNumber(share * 100, 0);
      const speed = wordNumber(rule.minSpeedBoxHeightsPerSecond, 1);
      return {
        text: sentence(
          (t) =>
            `${t(percent)} % của ${people} người trong vùng «${zoneName}» chạy tản ra, từ ${t(speed)} chiều cao người/giây trở lên (ngưỡng ${t(wordNumber(rule.minShare * 100, 0))} %)`,
          (t) =>
            `${t(percent)} % of ${people} people in zone “${zoneName}” run apart at ${t(speed)} body heights/s or more (threshold ${t(wordNumber(rule.minShare * 100, 0))} %)`,
        ),
        measures: [
          { name: 'outwardShare', value: Math.round(share * 100) / 100, comparison: '>=', threshold: rule.minShare },
          { name: 'count', value: people, comparison: '>=', threshold: rule.minCount },
        ],
      };
    },
  };
  return levelMachine(spec, (observation) => {
    const inside = countedIn(observation, rule, classes).filter(({ seen }) => seen);
    people = inside.length;
    const middle = people > 0 ? middleOf(inside) : ([0, 0] as Point);
    const outward = inside.filter((track) => outwardSpeed(track, middle, observation.aspect) >= rule.minSpeedBoxHeightsPerSecond);
    const share = people >= rule.minCount ? outward.length / people : 0;
    return { level: share, subjects: inside };
  });
};
