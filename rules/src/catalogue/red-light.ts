import type { Bilingual, Finding, Point } from '@safecity/contracts';
import { newTripwireState, type Side, stepTripwire, type TripwireState } from '../geometry/tripwire.js';
import { signalStateAt } from '../signals/signal-state.js';
import { AllowedMovements, type OpenExit } from './allowed-on-red.js';
import { selectedClasses } from './class-filter.js';
import {
  distancePast,
  type RedCrossing,
  type RedLightRule,
  type RedLightSpec,
  redLightFinding,
  type Sighting,
  wireOf,
} from './red-light-finding.js';
import { COMMON_DEFAULTS, type FindingChange, type Observation, type ObservedTrack, type RuleFactory } from './rule-machine.js';

/** Half width of the band around the line in which an anchor is on neither side, as a share of the height of its box. */
const BAND_SHARE = 0.08;
/** A vehicle over the line that has not been seen for longer has left the picture (exclusive). */
const LEFT_AFTER_MS = 1000;
/** A vehicle that takes longer from the line to the third moment has stopped on it: no running of a red light (exclusive). */
const STOPPED_AFTER_MS = 10_000;
/** The same when the signal is no longer red by then (exclusive). */
const WAITED_FOR_GREEN_MS = 3000;
/** Who stood before the line for so long, up to so shortly before, drove off from rest (both inclusive). */
const RESTED_MS = 5000;
const RESTED_BEFORE_MS = 5000;
/** So many vehicles that drive off from rest over the line at red within this time of each other may be making way. */
const TOGETHER = 3;
const TOGETHER_MS = 5000;

const MAKING_WAY: Bilingual = {
  vi: 'nhiều xe cùng rời vạch khi đèn đỏ sau khi đã dừng chờ: có thể nhường đường cho xe ưu tiên, cần xem lại',
  en: 'several vehicles left the line together at red after waiting: possibly making way for a priority vehicle, check',
};

/** A vehicle that crossed on red and is not yet past. It counts as over the line while the line runs through its box. */
interface Crossed extends RedCrossing {
  /** Exits over which it may leave at red. */
  exits: OpenExit[];
  isFromRest: boolean;
}

interface Approach {
  wire: TripwireState;
  before: Sighting | null;
  /** When it last stood before the line, and for how long by then. */
  rest: { atMs: number; forMs: number } | null;
  crossed: Crossed | null;
  lastMs: number;
  /** As last seen, for a finding about a vehicle that has left. */
  last: ObservedTrack;
}

/** A finding that waits: for the exit of an allowed movement, or for others that drive off together. */
interface Held {
  finding: Finding;
  exits: OpenExit[];
  isFromRest: boolean;
  untilMs: number;
}

/** State: approach of each track to the line, dropped with the track; findings that wait; who drove off from rest of late. */
export interface RedLightState {
  approaches: Record<string, Approach>;
  held: Record<string, Held>;
  fromRest: { trackId: string; atMs: number }[];
}

function other(side: Side): Side {
  return side === 'left' ? 'right' : 'left';
}

class RedLightMachine {
  readonly #classes: ReadonlySet<string>;
  readonly #allowed: AllowedMovements;

  constructor(private readonly spec: RedLightSpec) {
    this.#classes = selectedClasses(spec.rule.classes, ['road-vehicle']);
    this.#allowed = new AllowedMovements(spec.rule.allowedOnRed ?? [], spec.camera);
  }

  step(state: RedLightState, observation: Observation): FindingChange[] {
    const changes: FindingChange[] = [];
    const present = new Set(observation.restarted ? [] : observation.tracks.map((track) => track.id));
    for (const [id, approach] of Object.entries(state.approaches)) {
      const hasLeft = !present.has(id) || observation.nowMs - approach.lastMs > LEFT_AFTER_MS;
      if (approach.crossed && hasLeft) this.#find(state, approach, { past: null, observation }, changes);
      if (hasLeft) approach.crossed = null;
      if (!present.has(id)) delete state.approaches[id];
    }
    for (const track of observation.tracks) {
      if (track.seen && this.#classes.has(track.class)) this.#approach(state, track, observation, changes);
    }
    this.#release(state, present, observation, changes);
    return changes;
  }

  /** One sighting of a vehicle. */
  #approach(state: RedLightState, track: ObservedTrack, observation: Observation, changes: FindingChange[]): void {
    const { rule, line } = this.spec;
    const { nowMs, aspect } = observation;
    const approach = approachOf(state, track);
    const wire = wireOf(line, aspect);
    const point: Point = [track.anchor[0] * aspect, track.anchor[1]];
    const sighting: Sighting = { atMs: nowMs, box: [...track.box], anchor: [...track.anchor] };
    const crossing = stepTripwire(wire, approach.wire, { point, atMs: nowMs }, BAND_SHARE * (track.box[3] - track.box[1]));
    approach.last = track;
    approach.lastMs = nowMs;
    if (crossing && crossing.towards !== rule.direction) approach.crossed = null;
    if (crossing?.towards === rule.direction) {
      const isOver = distancePast(wire, point, rule.direction) <= Math.max(rule.pastDistance, track.box[3] - track.box[1]);
      this.#cross(state, approach, { atMs: crossing.atMs, before: approach.before, over: isOver ? sighting : null }, observation);
    }
    const isClear = approach.wire.atMs === nowMs;
    if (isClear && approach.wire.side === other(rule.direction)) {
      approach.before = sighting;
      if (track.standingMs > 0) approach.rest = { atMs: nowMs, forMs: track.standingMs };
    }
    this.#follow(state, approach, { sighting, distance: distancePast(wire, point, rule.direction), observation }, changes);
  }

  /** A vehicle meets the line in the forbidden direction. */
  #cross(state: RedLightState, approach: Approach, crossing: RedCrossing, observation: Observation): void {
    const { rule, signal } = this.spec;
    const track = approach.last;
    const moment = signalStateAt(signal, observation.signals, crossing.atMs);
    const isOldEnough = observation.nowMs - track.firstMs >= (rule.minTrackAgeMs ?? COMMON_DEFAULTS.minTrackAgeMs);
    if (moment.state !== 'red' || crossing.atMs - moment.sinceMs <= rule.graceMs || !isOldEnough) return;
    const exits = this.#allowed.of({ class: track.class, before: crossing.before?.anchor ?? null, atMs: crossing.atMs });
    if (exits === true) return;
    const { rest } = approach;
    const isFromRest = rest !== null && rest.forMs >= RESTED_MS && crossing.atMs - rest.atMs <= RESTED_BEFORE_MS;
    if (isFromRest) state.fromRest.push({ trackId: track.id, atMs: crossing.atMs });
    approach.crossed = { ...crossing, exits, isFromRest };
  }

  /** Waits until a vehicle that crossed is past the line. */
  #follow(
    state: RedLightState,
    approach: Approach,
    { sighting, distance, observation }: { sighting: Sighting; distance: number; observation: Observation },
    changes: FindingChange[],
  ): void {
    const { rule, signal } = this.spec;
    const { crossed } = approach;
    if (!crossed) return;
    if (this.#hasLeft(crossed.exits, approach.last, observation)) {
      approach.crossed = null;
      return;
    }
    const sinceCrossingMs = observation.nowMs - crossed.atMs;
    const isPast = crossed.over?.atMs !== sighting.atMs && distance >= rule.pastDistance;
    if (!isPast) {
      if (sinceCrossingMs > STOPPED_AFTER_MS) approach.crossed = null;
      return;
    }
    const isStillRed = signalStateAt(signal, observation.signals, observation.nowMs).state === 'red';
    if (sinceCrossingMs <= WAITED_FOR_GREEN_MS || isStillRed) this.#find(state, approach, { past: sighting, observation }, changes);
    approach.crossed = null;
  }

  #hasLeft(exits: readonly OpenExit[], track: ObservedTrack, { nowMs, aspect }: Observation): boolean {
    const band = BAND_SHARE * (track.box[3] - track.box[1]);
    return exits.length > 0 && this.#allowed.hasLeft(exits, { anchor: track.anchor, atMs: nowMs, band, aspect });
  }

  /** Raises a finding, or holds it back with its evidence set aside while something may still speak against it. */
  #find(
    state: RedLightState,
    approach: Approach,
    { past, observation }: { past: Sighting | null; observation: Observation },
    changes: FindingChange[],
  ): void {
    const crossed = approach.crossed as Crossed;
    const finding = redLightFinding(this.spec, approach.last, crossed, { past, observation });
    const { exits, isFromRest } = crossed;
    if (exits.length === 0 && !isFromRest) {
      changes.push({ phase: 'raised', finding });
      return;
    }
    const exitMs = exits.reduce((latest, exit) => Math.max(latest, exit.untilMs), 0);
    state.held[finding.id] = { finding, exits, isFromRest, untilMs: Math.max(exitMs, isFromRest ? crossed.atMs + TOGETHER_MS : 0) };
    changes.push({ phase: 'candidate', finding });
  }

  /** Drops held findings of those who left over an exit; raises the others when their time is over. */
  #release(state: RedLightState, present: ReadonlySet<string>, observation: Observation, changes: FindingChange[]): void {
    for (const [id, held] of Object.entries(state.held)) {
      const trackId = held.finding.subject.id;
      const track = observation.tracks.find((candidate) => candidate.id === trackId && candidate.seen);
      if (track && present.has(trackId) && this.#hasLeft(held.exits, track, observation)) {
        delete state.held[id];
        changes.push({ phase: 'dropped', finding: held.finding });
      } else if (observation.restarted || observation.nowMs > held.untilMs) {
        delete state.held[id];
        changes.push({ phase: 'raised', finding: held.isFromRest ? this.#judged(state, held.finding) : held.finding });
      }
    }
    state.fromRest = state.fromRest.filter(({ atMs }) => observation.nowMs - atMs <= 2 * STOPPED_AFTER_MS + TOGETHER_MS);
  }

  #judged(state: RedLightState, finding: Finding): Finding {
    const near = state.fromRest.filter(({ atMs }) => Math.abs(atMs - finding.startMs) <= TOGETHER_MS);
    if (new Set(near.map(({ trackId }) => trackId)).size < TOGETHER) return finding;
    return { ...finding, fineable: { value: false, reasons: [...(finding.fineable?.reasons ?? []), MAKING_WAY] } };
  }
}

function approachOf(state: RedLightState, track: ObservedTrack): Approach {
  const known = state.approaches[track.id];
  if (known) return known;
  const approach: Approach = {
    wire: newTripwireState(),
    before: null,
    rest: null,
    crossed: null,
    lastMs: track.lastSeenMs,
    last: track,
  };
  state.approaches[track.id] = approach;
  return approach;
}

/**
 * `red-light`: a vehicle crosses the stop line in the forbidden direction while the signal is red.
 *
 * Measures: time in red when the anchor met the line (ms, interpolated between the two sightings around it; must be
 * more than `graceMs`, exclusive) and how far past the line it went (picture heights, `pastDistance` inclusive).
 * Source: tracks and the state of one signal group. Raised, already ended, when the vehicle is past the line or has
 * left the picture after crossing; three moments: before the line, over it, past it. A movement of `allowedOnRed` is none;
 * where that shows only at the exit, the finding waits for it. Nor is a vehicle that stops on the line and goes on at
 * green (that is a matter of the stop line).
 *
 * Not fineable: a missing moment, a moment that is not in red, a scripted signal, sources that differ or are silent, a
 * change to red that was not seen, yellow shorter than `minYellowMs`, traffic directed by hand, and three vehicles or
 * more that leave the line together from rest. Priority vehicles are not told from others: that is the reviewer's.
 * Default classes: every road vehicle.
 */
export const redLight: RuleFactory<RedLightRule, RedLightState> = (rule, camera) => {
  const line = camera.lines.find(({ id }) => id === rule.lineId);
  const signal = camera.signals.find(({ id }) => id === rule.signalId);
  const machine = line && signal ? new RedLightMachine({ rule, camera, line, signal }) : null;
  return {
    rule,
    start: () => ({ approaches: {}, held: {}, fromRest: [] }),
    step: (state, observation) => ({ state, changes: machine?.step(state, observation) ?? [] }),
  };
};
