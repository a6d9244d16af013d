import type { Bilingual, Box, CameraConfig, EvidenceMoment, Finding, Reason, RuleConfig } from '@safecity/contracts';
import { boundingBox } from '../geometry/boxes.js';
import { selectedClasses } from './class-filter.js';
import { makeFinding } from './finding.js';
import { COMMON_DEFAULTS, type FindingChange, type Observation, type ObservedTrack, type RuleFactory } from './rule-machine.js';
import { sentence, wordDuration } from './wording.js';

type CrowdOccupancyRule = Extract<RuleConfig, { type: 'crowd-occupancy' }>;

/** A person not detected for this long still counts (inclusive): detectors lose people in a crowd now and then. */
const STILL_COUNTED_MS = 1000;
/** A new peak is told when it exceeds the last one told by this share, and not sooner than `TELL_AGAIN_MS` after. */
const PEAK_GROWTH = 1.1;
const TELL_AGAIN_MS = 10_000;
/** Track ids kept with a finding; a crowd of hundreds would only bloat the message. */
const MAX_TRACK_IDS = 50;

/** State: on which side of the threshold the count is, since when, and what was raised. */
export interface CrowdState {
  /** Since when the count has been at or above `minCount` (not raised) or below `clearCount` (raised); null when not. */
  pendingMs: number | null;
  pendingWatchedMs: number;
  lastMs: number;
  peak: number;
  toldPeak: number;
  toldMs: number;
  finding: Finding | null;
}

interface Spec {
  rule: CrowdOccupancyRule;
  camera: CameraConfig;
  zoneName: string;
  zoneBox: Box;
  clearCount: number;
}

function emptyState(): CrowdState {
  return { pendingMs: null, pendingWatchedMs: 0, lastMs: 0, peak: 0, toldPeak: 0, toldMs: 0, finding: null };
}

/** What is counted, in words: people unless the rule names other classes. */
function counted({ classes = ['person'] }: CrowdOccupancyRule): Bilingual {
  return classes.every((selector) => selector === 'person') ? { vi: 'người', en: 'people' } : { vi: 'đối tượng', en: 'objects' };
}

function explain({ rule, zoneName }: Spec, count: number, heldMs: number): Reason {
  return {
    text: sentence(
      (t) => `${count} ${t(counted(rule))} trong vùng «${zoneName}» (ngưỡng ${rule.minCount}) suốt ${t(wordDuration(heldMs))}`,
      (t) => `${count} ${t(counted(rule))} in zone “${zoneName}” (threshold ${rule.minCount}) for ${t(wordDuration(heldMs))}`,
    ),
    measures: [
      { name: 'count', value: count, comparison: '>=', threshold: rule.minCount },
      { name: 'holdMs', value: heldMs, comparison: '>=', threshold: rule.holdMs },
    ],
  };
}

function raise(spec: Spec, state: CrowdState, inside: ObservedTrack[], observation: Observation): Finding {
  const startMs = state.pendingMs ?? observation.nowMs;
  const moments: EvidenceMoment[] = [
    { name: 'first', atMs: startMs, box: spec.zoneBox },
    { name: 'raised', atMs: observation.nowMs, box: spec.zoneBox },
  ];
  return makeFinding(spec.rule, spec.camera, {
    subject: { kind: 'zone', id: spec.rule.zoneId },
    trackIds: inside.slice(0, MAX_TRACK_IDS).map((track) => track.id),
    startMs,
    raisedAtMs: observation.nowMs,
    confidence: meanScore(inside),
    reason: explain(spec, inside.length, observation.watchedMs - state.pendingWatchedMs),
    box: spec.zoneBox,
    moments,
  });
}

function meanScore(tracks: ObservedTrack[]): number {
  if (tracks.length === 0) return 0;
  return Math.min(1, Math.max(0, tracks.reduce((sum, track) => sum + track.score, 0) / tracks.length));
}

/** Keeps `pendingMs` as the time since when `isPending` has held without a break; returns how long that is, watched. */
function hold(state: CrowdState, isPending: boolean, observation: Observation): number {
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

function stepCalm(spec: Spec, state: CrowdState, inside: ObservedTrack[], observation: Observation): FindingChange[] {
  const heldMs = hold(state, inside.length >= spec.rule.minCount, observation);
  if (heldMs < 0 || heldMs < spec.rule.holdMs) return [];
  const finding = raise(spec, state, inside, observation);
  Object.assign(state, { finding, pendingMs: null, peak: inside.length, toldPeak: inside.length, toldMs: observation.nowMs });
  return [{ phase: 'raised', finding }];
}

function stepCrowded(spec: Spec, state: CrowdState, finding: Finding, inside: ObservedTrack[], observation: Observation): FindingChange[] {
  const heldMs = hold(state, inside.length < spec.clearCount, observation);
  if (heldMs >= 0 && heldMs >= spec.rule.holdMs) {
    const endMs = state.pendingMs ?? observation.nowMs;
    Object.assign(state, emptyState());
    return [{ phase: 'ended', finding: { ...finding, endMs } }];
  }
  state.peak = Math.max(state.peak, inside.length);
  if (state.peak < state.toldPeak * PEAK_GROWTH || state.peak === state.toldPeak || observation.nowMs - state.toldMs < TELL_AGAIN_MS)
    return [];
  state.toldPeak = state.peak;
  state.toldMs = observation.nowMs;
  const heldSince = Math.max(finding.startMs, observation.unbrokenSinceMs);
  state.finding = { ...finding, reason: explain(spec, state.peak, observation.nowMs - heldSince), confidence: meanScore(inside) };
  return [{ phase: 'updated', finding: state.finding }];
}

/**
 * `crowd-occupancy`: more people in a zone than it should hold.
 *
 * Measures: confirmed tracks whose anchor is in the zone, border included, and that were detected within the last
 * second; a number. Source: tracks. Raised at `minCount` or more held for `holdMs` (both inclusive); over below
 * `clearCount` (exclusive; default 80 % of `minCount`) held for `holdMs`: between the two nothing changes, so a count that
 * trembles on the threshold is one finding. Default classes: person.
 */
export const crowdOccupancy: RuleFactory<CrowdOccupancyRule, CrowdState> = (rule, camera) => {
  const classes = selectedClasses(rule.classes, ['person']);
  const minTrackAgeMs = rule.minTrackAgeMs ?? COMMON_DEFAULTS.minTrackAgeMs;
  const zone = camera.zones.find(({ id }) => id === rule.zoneId);
  const spec: Spec = {
    rule,
    camera,
    zoneName: zone?.name ?? rule.zoneId,
    zoneBox: boundingBox(
      zone?.polygon ?? [
        [0, 0],
        [1, 1],
      ],
    ),
    clearCount: Math.min(rule.clearCount ?? rule.minCount * 0.8, rule.minCount),
  };
  const isCounted = (track: ObservedTrack, nowMs: number) =>
    classes.has(track.class) &&
    track.zoneIds.includes(rule.zoneId) &&
    nowMs - track.lastSeenMs <= STILL_COUNTED_MS &&
    track.lastSeenMs - track.firstMs >= minTrackAgeMs;
  return {
    rule,
    start: emptyState,
    step: (state, observation) => {
      const changes: FindingChange[] = [];
      if (observation.restarted) {
        if (state.finding) changes.push({ phase: 'ended', finding: { ...state.finding, endMs: state.lastMs } });
        Object.assign(state, emptyState());
      }
      const inside = observation.tracks.filter((track) => isCounted(track, observation.nowMs));
      changes.push(
        ...(state.finding ? stepCrowded(spec, state, state.finding, inside, observation) : stepCalm(spec, state, inside, observation)),
      );
      state.lastMs = observation.nowMs;
      return { state, changes };
    },
  };
};
