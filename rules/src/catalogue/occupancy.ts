import type { CameraConfig, Counts, ObjectClass, RuleConfig } from '@safecity/contracts';
import { selectedClasses } from './class-filter.js';
import { type Interval, stepInterval } from './count-interval.js';
import { countedIn } from './level.js';
import type { RuleFactory } from './rule-machine.js';

type OccupancyRule = Extract<RuleConfig, { type: 'occupancy' }>;

interface ClassLevel {
  least: number;
  most: number;
  now: number;
  /** Sum of count times watched milliseconds. */
  countMs: number;
}

/** State: the interval that goes on and the level of each class in it. */
export interface OccupancyState {
  interval: Interval | null;
  levels: Partial<Record<ObjectClass, ClassLevel>>;
}

function countsOf(rule: OccupancyRule, camera: CameraConfig, interval: Interval, levels: OccupancyState['levels']): Counts {
  const inside = Object.entries(levels).map(([name, { least, most, now, countMs }]) => ({
    class: name as ObjectClass,
    least,
    most,
    mean: interval.watchedMs > 0 ? Math.round((countMs / interval.watchedMs) * 100) / 100 : now,
    now,
  }));
  const { fromMs, watchedMs } = interval;
  const head = { cameraId: camera.id, ruleId: rule.id, type: 'occupancy' as const, configRevision: camera.revision };
  return { ...head, fromMs, toMs: fromMs + rule.intervalMs, watchedMs, inside };
}

/**
 * `occupancy`: how many are in a zone.
 *
 * Measures: confirmed tracks whose anchor is in the zone and that were detected within the last second, by class; least,
 * most, and the mean over the time watched. Source: tracks. Raises nothing: published when an interval ends. Default
 * classes: road vehicles and people.
 */
export const occupancy: RuleFactory<OccupancyRule, OccupancyState> = (rule, camera) => {
  const classes = selectedClasses(rule.classes, ['road-vehicle', 'person']);
  return {
    rule,
    start: () => ({ interval: null, levels: {} }),
    step: (state, observation) => {
      const { interval, ended } = stepInterval(state.interval, rule.intervalMs, observation);
      const counts = ended ? [countsOf(rule, camera, ended, state.levels)] : [];
      const stepMs = interval.watchedMs - (ended || !state.interval ? 0 : state.interval.watchedMs);
      if (ended) state.levels = {};
      state.interval = interval;
      const inside: Partial<Record<ObjectClass, number>> = {};
      for (const track of countedIn(observation, { zoneId: rule.zoneId, minTrackAgeMs: rule.minTrackAgeMs }, classes))
        inside[track.class] = (inside[track.class] ?? 0) + 1;
      for (const name of new Set([...Object.keys(state.levels), ...Object.keys(inside)]) as Set<ObjectClass>) {
        const now = inside[name] ?? 0;
        const level = state.levels[name] ?? { least: interval.watchedMs > stepMs ? 0 : now, most: 0, now, countMs: 0 };
        state.levels[name] = {
          least: Math.min(level.least, now),
          most: Math.max(level.most, now),
          now,
          countMs: level.countMs + level.now * stepMs,
        };
      }
      return { state, changes: [], counts };
    },
    countsSoFar: ({ interval, levels }) => (interval ? [countsOf(rule, camera, interval, levels)] : []),
  };
};
