import type { CameraConfig, Line, Point, RuleConfig, Signal } from '@safecity/contracts';
import { signedDistance, type Tripwire } from '../geometry/tripwire.js';
import { signalStateAt } from '../signals/signal-state.js';
import { selectedClasses } from './class-filter.js';
import { type DwellRule, type DwellState, dwellMachine, type Episode } from './dwell.js';
import { fineableUnless, signalDoubts } from './fineable.js';
import type { ObservedTrack, RuleFactory } from './rule-machine.js';
import { sentence, wordClass, wordDuration } from './wording.js';

type StopLineRule = Extract<RuleConfig, { type: 'stop-line' }>;

/** An anchor off the strip for no longer than this is a tremble of the box, not a departure. */
const LEAVE_MS = 1000;
/** An anchor this close to the line, as a share of the height of its box, is on it and not past it (inclusive). */
const BAND_SHARE = 0.08;

/** Distance past the line in picture heights, negative before it; null beside its ends. */
function distancePast(line: Line, anchor: Point, direction: StopLineRule['direction'], aspect: number): number | null {
  const wire: Tripwire = { a: [line.a[0] * aspect, line.a[1]], b: [line.b[0] * aspect, line.b[1]] };
  const point: Point = [anchor[0] * aspect, anchor[1]];
  const [dx, dy] = [wire.b[0] - wire.a[0], wire.b[1] - wire.a[1]];
  const along = ((point[0] - wire.a[0]) * dx + (point[1] - wire.a[1]) * dy) / (dx * dx + dy * dy);
  if (along < 0 || along > 1) return null;
  return signedDistance(wire, point) * (direction === 'right' ? 1 : -1);
}

function specOf(rule: StopLineRule, camera: CameraConfig, line: Line, signal: Signal): DwellRule {
  const classes = selectedClasses(rule.classes, ['road-vehicle']);
  const isPast = (track: ObservedTrack, aspect: number) => {
    const past = distancePast(line, track.anchor, rule.direction, aspect);
    return past !== null && past > BAND_SHARE * (track.box[3] - track.box[1]) && past <= rule.maxPast;
  };
  const explain = ({ class: subject, dwellMs }: Episode) => ({
    text: sentence(
      (t) =>
        `${t(wordClass(subject))} dừng quá vạch «${line.name}» ${t(wordDuration(dwellMs))} khi đèn «${signal.name}» đỏ (ngưỡng ${t(wordDuration(rule.dwellMs))})`,
      (t) =>
        `${t(wordClass(subject))} standing past line “${line.name}” for ${t(wordDuration(dwellMs))} while signal “${signal.name}” is red (threshold ${t(wordDuration(rule.dwellMs))})`,
    ),
    measures: [{ name: 'dwellMs', value: dwellMs, comparison: '>=' as const, threshold: rule.dwellMs }],
  });
  return {
    rule,
    camera,
    forgivenMs: LEAVE_MS,
    fineable: ({ startMs }, { nowMs, signals }) => fineableUnless(rule, camera, signalDoubts(signal, signals, startMs, nowMs)),
    metSince: (track, { nowMs, aspect, signals }, episode) => {
      if (!classes.has(track.class) || !isPast(track, aspect)) return null;
      if (!episode && track.standingMs === 0) return null;
      const now = signalStateAt(signal, signals, nowMs);
      const whenStopped = signalStateAt(signal, signals, track.stillSinceMs).state;
      // Who stopped there at green was caught by a jam, not by the red light.
      if (now.state !== 'red' || (whenStopped !== 'red' && whenStopped !== 'yellow')) return null;
      return Math.max(track.stillSinceMs, now.sinceMs);
    },
    explain,
  };
}

/**
 * `stop-line`: a vehicle waits at red past the stop line, on the crossing that is for people.
 *
 * Measures: time standing in red with the anchor past the line (more than 8 % of the height of its box and `maxPast`
 * picture heights at most, between the ends of the line), ms of capture time without gaps in the video (inclusive). Source:
 * the tracker's account of standing and the state of one signal group. Who came to stand there at green is none. Ends when
 * it moves off or the signal changes. Not fineable on a simulated camera, with a scripted
 * signal, or when its sources disagree meanwhile. Default classes:
 * every road vehicle.
 */
export const stopLine: RuleFactory<StopLineRule, DwellState> = (rule, camera) => {
  const line = camera.lines.find(({ id }) => id === rule.lineId);
  const signal = camera.signals.find(({ id }) => id === rule.signalId);
  if (line && signal) return dwellMachine(specOf(rule, camera, line, signal));
  return { rule, start: () => ({}), step: (state) => ({ changes: [], state }) };
};
