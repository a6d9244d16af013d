import type { Box, CameraConfig, EvidenceMoment, Finding, Reason, RuleConfig } from '@safecity/contracts';
import { boundingBox } from '../geometry/boxes.js';
import { makeFinding } from './finding.js';
import { isRider } from './on-foot.js';
import { COMMON_DEFAULTS, type FindingChange, type Observation, type ObservedTrack, type RuleMachine } from './rule-machine.js';

/** A subject not detected for this long still counts (inclusive): detectors lose people in a crowd now and then. */
const STILL_COUNTED_MS = 1000;
/** A new peak is told when it exceeds the last one told by this share, and not sooner than `TELL_AGAIN_MS` after. */
const PEAK_GROWTH = 1.1;
const TELL_AGAIN_MS = 10_000;
/** Track ids kept with a finding; a crowd of hundreds would only bloat the message. */
const MAX_TRACK_IDS = 50;

/** State of a rule about a level: on which side of its threshold the level is, since when, and what was raised. */
export interface LevelState {
  /** Since when the level has been on the other side of the threshold that matters now; null when it is not. */
  pendingMs: number | null;
  pendingWatchedMs: number;
  lastMs: number;
  peak: number;
  toldPeak: number;
  toldMs: number;
  finding: Finding | null;
}

/** What makes one rule about a level of a zone different from another. */
export interface LevelRule {
  /** Both ways a level counts once it has been held for its `holdMs` (inclusive). */
  rule: Extract<RuleConfig, { zoneId: string; holdMs: number }>;
  camera: CameraConfig;
  /** Raised at this level or more (inclusive). */
  raiseAt: number;
  /** Over below this level (exclusive); between the two nothing changes. */
  clearBelow: number;
  /** The reason of a level (its peak, once raised) that has been held for `heldMs`. */
  explain(level: number, heldMs: number): Reason;
}

export function emptyLevel(): LevelState {
  return { pendingMs: null, pendingWatchedMs: 0, lastMs: 0, peak: 0, toldPeak: 0, toldMs: 0, finding: null };
}

/** Box around a zone; the whole picture when the camera does not have it. */
export function zoneBoxOf(camera: CameraConfig, zoneId: string): Box {
  const zone = camera.zones.find(({ id }) => id === zoneId);
  return zone ? boundingBox(zone.polygon) : [0, 0, 1, 1];
}

export function zoneNameOf(camera: CameraConfig, zoneId: string): string {
  return camera.zones.find(({ id }) => id === zoneId)?.name ?? zoneId;
}

/** Road users of the wanted classes that are in the zone, old enough and seen within the last second; riders count with what they ride. */
export function countedIn(
  observation: Observation,
  { zoneId, minTrackAgeMs }: { zoneId: string; minTrackAgeMs?: number },
  classes: ReadonlySet<string>,
): ObservedTrack[] {
  const minAgeMs = minTrackAgeMs ?? COMMON_DEFAULTS.minTrackAgeMs;
  return observation.tracks.filter(
    (track) =>
      classes.has(track.class) &&
      !isRider(track) &&
      track.zoneIds.includes(zoneId) &&
      observation.nowMs - track.lastSeenMs <= STILL_COUNTED_MS &&
      track.lastSeenMs - track.firstMs >= minAgeMs,
  );
}

function meanScore(tracks: readonly ObservedTrack[]): number {
  if (tracks.length === 0) return 0;
  return Math.min(1, Math.max(0, tracks.reduce((sum, track) => sum + track.score, 0) / tracks.length));
}

/** Keeps `pendingMs` as the time since when `isPending` has held without a break; returns how long that is, watched. */
function hold(state: LevelState, isPending: boolean, observation: Observation): number {
  if (!isPending) {
    state.pendingMs = null;
    return -1;
  }
  if (state.pendingMs === null) {
    state.pendingMs = observation.nowMs;
    state.pendingWatchedMs = observation.watchedMs;
  }
  return observation.watchedMs - state.pendingWatchedMs;
}

function raise(spec: LevelRule, state: LevelState, level: number, subjects: readonly ObservedTrack[], observation: Observation): Finding {
  const startMs = state.pendingMs ?? observation.nowMs;
  const zoneBox = zoneBoxOf(spec.camera, spec.rule.zoneId);
  const moments: EvidenceMoment[] = [
    { name: 'first', atMs: startMs, box: zoneBox },
    { name: 'raised', atMs: observation.nowMs, box: zoneBox },
  ];
  return makeFinding(spec.rule, spec.camera, {
    subject: { kind: 'zone', id: spec.rule.zoneId },
    trackIds: subjects.slice(0, MAX_TRACK_IDS).map((track) => track.id),
    startMs,
    raisedAtMs: observation.nowMs,
    confidence: meanScore(subjects),
    reason: spec.explain(level, observation.watchedMs - state.pendingWatchedMs),
    box: zoneBox,
    moments,
  });
}

function stepCalm(spec: LevelRule, state: LevelState, level: number, subjects: readonly ObservedTrack[], observation: Observation) {
  const heldMs = hold(state, level >= spec.raiseAt, observation);
  if (heldMs < 0 || heldMs < spec.rule.holdMs) return [];
  const finding = raise(spec, state, level, subjects, observation);
  Object.assign(state, { finding, pendingMs: null, peak: level, toldPeak: level, toldMs: observation.nowMs });
  return [{ phase: 'raised' as const, finding }];
}

function stepRaised(
  spec: LevelRule,
  state: LevelState,
  finding: Finding,
  level: number,
  subjects: readonly ObservedTrack[],
  observation: Observation,
): FindingChange[] {
  const heldMs = hold(state, level < spec.clearBelow, observation);
  if (heldMs >= 0 && heldMs >= spec.rule.holdMs) {
    const endMs = state.pendingMs ?? observation.nowMs;
    const reason = state.peak > state.toldPeak ? spec.explain(state.peak, endMs - finding.startMs) : finding.reason;
    Object.assign(state, emptyLevel());
    return [{ phase: 'ended', finding: { ...finding, reason, endMs } }];
  }
  state.peak = Math.max(state.peak, level);
  if (state.peak < state.toldPeak * PEAK_GROWTH || state.peak === state.toldPeak || observation.nowMs - state.toldMs < TELL_AGAIN_MS)
    return [];
  state.toldPeak = state.peak;
  state.toldMs = observation.nowMs;
  const heldSince = Math.max(finding.startMs, observation.unbrokenSinceMs);
  state.finding = { ...finding, reason: spec.explain(state.peak, observation.nowMs - heldSince), confidence: meanScore(subjects) };
  return [{ phase: 'updated', finding: state.finding }];
}

/**
 * Moves a rule about a level on by one frame: raised at `raiseAt`, over below `clearBelow`, each held for `holdMs`, so a
 * level that trembles on the threshold is one finding. Mutates `state`.
 * @param level null: not known at this frame; nothing changes
 */
export function stepLevel(
  spec: LevelRule,
  state: LevelState,
  level: number | null,
  subjects: readonly ObservedTrack[],
  observation: Observation,
): FindingChange[] {
  const changes: FindingChange[] = [];
  if (observation.restarted) {
    if (state.finding) changes.push({ phase: 'ended', finding: { ...state.finding, endMs: state.lastMs } });
    Object.assign(state, emptyLevel());
  }
  if (level !== null)
    changes.push(
      ...(state.finding
        ? stepRaised(spec, state, state.finding, level, subjects, observation)
        : stepCalm(spec, state, level, subjects, observation)),
    );
  state.lastMs = observation.nowMs;
  return changes;
}

/** The machine of a rule whose level a frame shows by itself: how high it is, and of whom it is made. */
export function levelMachine(
  spec: LevelRule,
  measure: (observation: Observation) => { level: number; subjects: readonly ObservedTrack[] },
): RuleMachine<LevelState> {
  return {
    rule: spec.rule,
    start: emptyLevel,
    step: (state, observation) => {
      const { level, subjects } = measure(observation);
      return { state, changes: stepLevel(spec, state, level, subjects, observation) };
    },
  };
}
