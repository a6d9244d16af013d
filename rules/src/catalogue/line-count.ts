import type { CameraConfig, Counts, Crossing, ObjectClass, RuleConfig } from '@safecity/contracts';
import { selectedClasses } from './class-filter.js';
import { type Interval, stepInterval } from './count-interval.js';
import { type LineState, stepLine } from './line-crossings.js';
import { isRider } from './on-foot.js';
import { COMMON_DEFAULTS, type RuleFactory } from './rule-machine.js';

type LineCountRule = Extract<RuleConfig, { type: 'line-count' }>;

/** State: tracks at the line, and what was counted in the interval that goes on, `<class> <direction>` → how many. */
export interface LineCountState {
  line: LineState;
  interval: Interval | null;
  totals: Record<string, number>;
}

function countsOf(rule: LineCountRule, camera: CameraConfig, interval: Interval, totals: Record<string, number>): Counts {
  const crossings = Object.entries(totals).map(([key, count]) => {
    const [name, direction] = key.split(' ') as [ObjectClass, Crossing['direction']];
    return { class: name, direction, count };
  });
  const { fromMs, watchedMs } = interval;
  return {
    cameraId: camera.id,
    ruleId: rule.id,
    type: 'line-count',
    configRevision: camera.revision,
    fromMs,
    toMs: fromMs + rule.intervalMs,
    watchedMs,
    crossings,
  };
}

/**
 * `line-count`: what goes over a line, by class and direction.
 *
 * Measures: crossings of the line by the anchor, between A and B, each way; a number per class, direction and interval.
 * Source: tracks. A box that trembles on the line crosses once; a track younger than `minTrackAgeMs` is counted when it
 * has reached that age. A rider counts with what it rides. Raises nothing: totals are published when an interval ends. Default classes: road vehicles and
 * people.
 */
export const lineCount: RuleFactory<LineCountRule, LineCountState> = (rule, camera) => {
  const classes = selectedClasses(rule.classes, ['road-vehicle', 'person']);
  const line = camera.lines.find(({ id }) => id === rule.lineId);
  const minTrackAgeMs = rule.minTrackAgeMs ?? COMMON_DEFAULTS.minTrackAgeMs;
  return {
    rule,
    start: () => ({ line: {}, interval: null, totals: {} }),
    step: (state, observation) => {
      if (!line) return { state, changes: [] };
      const { interval, ended } = stepInterval(state.interval, rule.intervalMs, observation);
      const counts = ended ? [countsOf(rule, camera, ended, state.totals)] : [];
      if (interval.fromMs !== state.interval?.fromMs) state.totals = {};
      state.interval = interval;
      const crossings = stepLine({ line, classes, minTrackAgeMs }, state.line, observation)
        .filter(({ track }) => !isRider(track))
        .map(({ track, towards, atMs }) => ({
          ruleId: rule.id,
          trackId: track.id,
          class: track.class,
          direction: towards,
          atMs,
        }));
      for (const { class: name, direction } of crossings) {
        const key = `${name} ${direction}`;
        state.totals[key] = (state.totals[key] ?? 0) + 1;
      }
      return { state, changes: [], counts, crossings };
    },
    countsSoFar: ({ interval, totals }) => (interval ? [countsOf(rule, camera, interval, totals)] : []),
  };
};
