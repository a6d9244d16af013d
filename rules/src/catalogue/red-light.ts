import type {
  Bilingual,
  Box,
  CameraConfig,
  EvidenceMoment,
  Finding,
  Line,
  Point,
  RuleConfig,
  Signal,
  SignalState,
} from '@safecity/contracts';
import { newTripwireState, type Side, signedDistance, stepTripwire, type Tripwire, type TripwireState } from '../geometry/tripwire.js';
import { type SignalReading, signalStateAt } from '../signals/signal-state.js';
import { selectedClasses } from './class-filter.js';
import { makeFinding } from './finding.js';
import { SIMULATED_SIGNAL } from './fineable.js';
import { COMMON_DEFAULTS, type FindingChange, type Observation, type ObservedTrack, type RuleFactory } from './rule-machine.js';
import { sentence, wordClass, wordDuration } from './wording.js';

type RedLightRule = Extract<RuleConfig, { type: 'red-light' }>;

/** Half width of the band around the line in which an anchor is on neither side, as a share of the height of its box. */
const BAND_SHARE = 0.08;
/** A vehicle over the line that has not been seen for longer has left the picture (exclusive). */
const LEFT_AFTER_MS = 1000;
/** A vehicle that takes longer from the line to the third moment has stopped on it: no running of a red light (exclusive). */
const STOPPED_AFTER_MS = 10_000;
/** The same when the signal is no longer red by then (exclusive). */
const WAITED_FOR_GREEN_MS = 3000;

/** Where a vehicle was at one moment. */
interface Sighting {
  atMs: number;
  box: Box;
}

/** A vehicle that crossed on red and is not yet past. It counts as over the line while the line runs through its box. */
interface Crossed {
  atMs: number;
  redMs: number;
  before: Sighting | null;
  over: Sighting | null;
}

interface Approach {
  wire: TripwireState;
  before: Sighting | null;
  crossed: Crossed | null;
  lastMs: number;
  /** As last seen, for a finding about a vehicle that has left. */
  last: ObservedTrack;
}

/** State: approach of each track to the line. Dropped with the track. */
export type RedLightState = Record<string, Approach>;

interface Spec {
  rule: RedLightRule;
  camera: CameraConfig;
  line: Line;
  signal: Signal;
}

const SIGNAL_WORDS: Record<SignalState, Bilingual> = {
  red: { vi: 'đỏ', en: 'red' },
  yellow: { vi: 'vàng', en: 'yellow' },
  green: { vi: 'xanh', en: 'green' },
  dark: { vi: 'tắt', en: 'dark' },
  flashing: { vi: 'nhấp nháy', en: 'flashing' },
  unknown: { vi: 'không rõ', en: 'unknown' },
};

const MOMENT_NAMES = ['before-line', 'over-line', 'past-line'] as const;
const MOMENT_WORDS: Record<(typeof MOMENT_NAMES)[number], Bilingual> = {
  'before-line': { vi: 'trước vạch', en: 'before the line' },
  'over-line': { vi: 'trên vạch', en: 'over the line' },
  'past-line': { vi: 'qua vạch', en: 'past the line' },
};

function wireOf(line: Line, aspect: number): Tripwire {
  return { a: [line.a[0] * aspect, line.a[1]], b: [line.b[0] * aspect, line.b[1]] };
}

function other(side: Side): Side {
  return side === 'left' ? 'right' : 'left';
}

/** How far past the line, in the forbidden direction, in picture heights; negative before it. */
function distancePast(wire: Tripwire, point: Point, direction: Side): number {
  return signedDistance(wire, point) * (direction === 'right' ? 1 : -1);
}

function momentAt(signal: Signal, name: string, sighting: Sighting): EvidenceMoment {
  const reading = signalStateAt(signal, sighting.atMs);
  const inState = wordDuration(sighting.atMs - reading.sinceMs);
  const note = sentence(
    (t) => `đèn ${t(SIGNAL_WORDS[reading.state])} ${t(inState)}`,
    (t) => `signal: ${t(SIGNAL_WORDS[reading.state])} ${t(inState)}`,
  );
  return { name, atMs: sighting.atMs, box: sighting.box, note };
}

function notFineableReasons(signal: Signal, reading: SignalReading, moments: EvidenceMoment[]): Bilingual[] {
  const reasons: Bilingual[] = reading.simulated ? [SIMULATED_SIGNAL] : [];
  for (const name of MOMENT_NAMES) {
    const moment = moments.find((candidate) => candidate.name === name);
    const word = MOMENT_WORDS[name];
    if (!moment) reasons.push({ vi: `thiếu hình ${word.vi}`, en: `no picture ${word.en}` });
    else if (signalStateAt(signal, moment.atMs).state !== 'red') {
      reasons.push({ vi: `đèn không đỏ ở hình ${word.vi}`, en: `signal not red in the picture ${word.en}` });
    }
  }
  return reasons;
}

function makeRedLightFinding(spec: Spec, approach: Approach, crossed: Crossed, past: Sighting | null, observation: Observation): Finding {
  const { rule, camera, line, signal } = spec;
  const track = approach.last;
  const sightings: [string, Sighting | null][] = [
    ['before-line', crossed.before],
    ['over-line', crossed.over],
    ['past-line', past],
  ];
  const moments = sightings.flatMap(([name, sighting]) => (sighting ? [momentAt(signal, name, sighting)] : []));
  const reasons = notFineableReasons(signal, signalStateAt(signal, crossed.atMs), moments);
  const pastDistance = distancePast(wireOf(line, observation.aspect), scaled(track.anchor, observation.aspect), rule.direction);
  return makeFinding(rule, camera, {
    subject: { kind: 'track', id: track.id },
    trackIds: [track.id],
    class: track.class,
    startMs: crossed.atMs,
    raisedAtMs: observation.nowMs,
    endMs: past?.atMs ?? track.lastSeenMs,
    confidence: Math.min(1, Math.max(0, track.score)),
    reason: {
      text: sentence(
        (t) =>
          `${t(wordClass(track.class))} vượt vạch dừng «${line.name}» khi đèn «${signal.name}» đã đỏ ${t(wordDuration(crossed.redMs))} (châm chước ${t(wordDuration(rule.graceMs))})`,
        (t) =>
          `${t(wordClass(track.class))} crossed stop line “${line.name}” when signal “${signal.name}” had been red for ${t(wordDuration(crossed.redMs))} (grace ${t(wordDuration(rule.graceMs))})`,
      ),
      measures: [
        { name: 'redMs', value: crossed.redMs, comparison: '>', threshold: rule.graceMs },
        {
          name: 'pastDistancePictureHeights',
          value: Math.round(pastDistance * 10_000) / 10_000,
          comparison: '>=',
          threshold: rule.pastDistance,
        },
      ],
    },
    box: (crossed.over ?? past)?.box ?? track.box,
    moments,
    fineable: { value: reasons.length === 0, reasons },
  });
}

function scaled(point: Point, aspect: number): Point {
  return [point[0] * aspect, point[1]];
}

function approachOf(state: RedLightState, track: ObservedTrack): Approach {
  const known = state[track.id];
  if (known) return known;
  const approach: Approach = { wire: newTripwireState(), before: null, crossed: null, lastMs: track.lastSeenMs, last: track };
  state[track.id] = approach;
  return approach;
}

/** One sighting of a vehicle; returns the finding when it is now past the line. Mutates `approach`. */
function stepApproach(spec: Spec, approach: Approach, track: ObservedTrack, observation: Observation): Finding | null {
  const { rule, signal } = spec;
  const wire = wireOf(spec.line, observation.aspect);
  const point = scaled(track.anchor, observation.aspect);
  const sighting: Sighting = { atMs: observation.nowMs, box: [...track.box] };
  const band = BAND_SHARE * (track.box[3] - track.box[1]);
  const crossing = stepTripwire(wire, approach.wire, { point, atMs: observation.nowMs }, band);
  approach.last = track;
  approach.lastMs = observation.nowMs;
  if (crossing && crossing.towards !== rule.direction) approach.crossed = null;
  if (crossing && crossing.towards === rule.direction) {
    const reading = signalStateAt(signal, crossing.atMs);
    const redMs = crossing.atMs - reading.sinceMs;
    const isOldEnough = observation.nowMs - track.firstMs >= (rule.minTrackAgeMs ?? COMMON_DEFAULTS.minTrackAgeMs);
    if (reading.state === 'red' && redMs > rule.graceMs && isOldEnough) {
      const isOver = distancePast(wire, point, rule.direction) <= Math.max(rule.pastDistance, track.box[3] - track.box[1]);
      approach.crossed = { atMs: crossing.atMs, redMs, before: approach.before, over: isOver ? sighting : null };
    }
  }
  const isClear = approach.wire.atMs === observation.nowMs;
  if (isClear && approach.wire.side === other(rule.direction)) approach.before = sighting;
  const { crossed } = approach;
  if (!crossed) return null;
  const sinceCrossingMs = observation.nowMs - crossed.atMs;
  const isPast = crossed.over?.atMs !== sighting.atMs && distancePast(wire, point, rule.direction) >= rule.pastDistance;
  if (!isPast) {
    if (sinceCrossingMs > STOPPED_AFTER_MS) approach.crossed = null;
    return null;
  }
  approach.crossed = null;
  if (sinceCrossingMs > WAITED_FOR_GREEN_MS && signalStateAt(signal, observation.nowMs).state !== 'red') return null;
  return makeRedLightFinding(spec, approach, crossed, sighting, observation);
}

/**
 * `red-light`: a vehicle crosses the stop line in the forbidden direction while the signal is red.
 *
 * Measures: time in red when the anchor met the line (ms, interpolated between the two sightings around it; must be
 * more than `graceMs`, exclusive) and how far past the line it went (picture heights, `pastDistance` inclusive).
 * Source: tracks and the state of one signal group. Raised, already ended, when the vehicle is past the line or has
 * left the picture after crossing; three moments: before the line, over it, past it. A missing moment, a moment that is
 * not in red, or a scripted signal makes it not fineable. A vehicle that stops on the line and goes on at green is no
 * finding (that is a matter of the stop line). Default classes: every road vehicle.
 */
export const redLight: RuleFactory<RedLightRule, RedLightState> = (rule, camera) => {
  const classes = selectedClasses(rule.classes, ['road-vehicle']);
  const line = camera.lines.find(({ id }) => id === rule.lineId);
  const signal = camera.signals.find(({ id }) => id === rule.signalId);
  const raise = (finding: Finding): FindingChange => ({ phase: 'raised', finding });
  return {
    rule,
    start: () => ({}),
    step: (state, observation) => {
      const changes: FindingChange[] = [];
      if (!line || !signal) return { state, changes };
      const spec: Spec = { rule, camera, line, signal };
      const present = new Set(observation.restarted ? [] : observation.tracks.map((track) => track.id));
      for (const [id, approach] of Object.entries(state)) {
        const hasLeft = !present.has(id) || observation.nowMs - approach.lastMs > LEFT_AFTER_MS;
        if (approach.crossed && hasLeft) changes.push(raise(makeRedLightFinding(spec, approach, approach.crossed, null, observation)));
        if (hasLeft) approach.crossed = null;
        if (!present.has(id)) delete state[id];
      }
      for (const track of observation.tracks) {
        if (!track.seen || !classes.has(track.class)) continue;
        const finding = stepApproach(spec, approachOf(state, track), track, observation);
        if (finding) changes.push(raise(finding));
      }
      return { state, changes };
    },
  };
};
