import type { Box, CameraConfig, EvidenceMoment, Finding, ObjectClass, Reason, RuleConfig } from '@safecity/contracts';
import { makeFinding } from './finding.js';
import { COMMON_DEFAULTS, type FindingChange, type Observation, type ObservedTrack, type RuleMachine } from './rule-machine.js';

/** One track meeting a condition without a break, from the moment it began. */
export interface Episode {
  trackId: string;
  class: ObjectClass;
  startMs: number;
  startWatchedMs: number;
  /** The subject's box when it began; when it could not be seen then, the first box after. */
  startBox: Box;
  /** Its box in the last frame that showed the condition met. */
  box: Box;
  /** That last frame that showed the condition met. */
  lastMs: number;
  dwellMs: number;
  /** The part of the dwell during which it was really detected. */
  seenMs: number;
  /** The part of it during which the way was free; see `DwellRule.freeTime`. */
  freeMs?: number;
  phase: 'watching' | 'candidate' | 'raised';
  raisedAtMs: number;
  /** Dwell told last; the next update comes when it has grown by half and by 10 s. */
  toldDwellMs: number;
  finding: Finding | null;
}

/** State of a dwell rule: the episodes going on, by track. */
export type DwellState = Record<string, Episode>;

/** What makes one dwell rule different from another. */
export interface DwellRule {
  /** Raised at its `dwellMs` (inclusive), by a track of its `minTrackAgeMs` or more. */
  rule: Extract<RuleConfig, { dwellMs: number }>;
  camera: CameraConfig;
  /** An episode survives the condition not being met for this long (exclusive). */
  forgivenMs: number;
  /**
   * Since when `track` meets the condition, as far as this frame shows; null when it does not.
   * A time later than the running episode's start ends that episode and begins another.
   */
  metSince(track: ObservedTrack, observation: Observation, episode: Episode | undefined): number | null;
  /** True when an unseen subject's place is shown to hold somebody else: its dwell begins anew. */
  isTaken?(track: ObservedTrack, observation: Observation): boolean;
  /** How much of the time since the frame before the way was free, for rules that must not raise while it is not; ms. */
  freeTime?(observation: Observation, stepMs: number): number;
  /** Free time that must have passed before it is raised (inclusive). */
  minFreeMs?: number;
  /** What else must have been seen before it is raised. */
  isShown?(episode: Episode, observation: Observation): boolean;
  /** Whether what is found may be fined; absent where nobody is fined. */
  fineable?(episode: Episode, observation: Observation): Finding['fineable'];
  explain(episode: Episode, observation: Observation): Reason;
}

/** Evidence is set aside at this dwell when the rule needs more: ingest may forget pictures after 30 s. */
const CANDIDATE_MS = 15_000;
/** A track detected again within this time counts as detected all the while; the lowest rate is a frame in 2 s. */
const DETECTED_STEP_MS = 2500;
/** Share of the dwell during which the subject must have been detected: two cars that wait at one spot are not one. */
const DETECTED_SHARE = 0.5;
const TELL_AGAIN_MS = 10_000;
const TELL_AGAIN_GROWTH = 1.5;

/** The machine of a dwell rule. */
export function dwellMachine(spec: DwellRule): RuleMachine<DwellState> {
  return { rule: spec.rule, start: () => ({}), step: (state, observation) => ({ changes: stepDwell(spec, state, observation), state }) };
}

/**
 * Moves all episodes of a dwell rule on by one frame: begins, raises, updates and ends them. Mutates `state`.
 *
 * A track that this frame does not show keeps its episode and gains no dwell; the time is added when it is seen again,
 * without gaps in the video. A weak box carries a track on, but does not count as detected. A track that is gone ends its episode when it was last seen.
 */
function stepDwell(spec: DwellRule, state: DwellState, observation: Observation): FindingChange[] {
  const changes: FindingChange[] = [];
  const present = new Set(observation.restarted ? [] : observation.tracks.map((track) => track.id));
  for (const episode of Object.values(state)) {
    if (!present.has(episode.trackId)) end(spec, state, episode, observation, changes);
  }
  for (const track of observation.tracks) {
    const episode = state[track.id];
    if (track.seen) stepTrack(spec, state, track, observation, changes);
    else if (episode && spec.isTaken?.(track, observation)) {
      end(spec, state, episode, observation, changes);
      begin(state, track, observation.nowMs, observation);
    }
  }
  return changes;
}

function stepTrack(spec: DwellRule, state: DwellState, track: ObservedTrack, observation: Observation, changes: FindingChange[]): void {
  let episode: Episode | undefined = state[track.id];
  let since = spec.metSince(track, observation, episode);
  if (episode && since !== null && since > episode.startMs) {
    end(spec, state, episode, observation, changes);
    episode = undefined;
    since = spec.metSince(track, observation, undefined);
  }
  if (since === null) {
    if (episode && observation.nowMs - episode.lastMs > spec.forgivenMs) end(spec, state, episode, observation, changes);
    return;
  }
  episode ??= begin(state, track, Math.max(since, observation.unbrokenSinceMs), observation);
  episode.class = track.class;
  episode.box = track.box;
  // Two frames that follow each other show it: at an idle camera there are ten seconds between them.
  const isNextFrame = observation.frameBeforeMs !== null && episode.lastMs >= observation.frameBeforeMs;
  episode.lastMs = observation.nowMs;
  const dwellMs = observation.watchedMs - episode.startWatchedMs;
  const stepMs = dwellMs - episode.dwellMs;
  if (track.clearlySeen) episode.seenMs += isNextFrame ? stepMs : Math.min(stepMs, DETECTED_STEP_MS);
  if (spec.freeTime) episode.freeMs = (episode.freeMs ?? 0) + spec.freeTime(observation, Math.min(stepMs, DETECTED_STEP_MS));
  episode.dwellMs = dwellMs;
  advance(spec, episode, track, observation, changes);
}

function begin(state: DwellState, track: ObservedTrack, startMs: number, observation: Observation): Episode {
  const soFarMs = observation.nowMs - startMs;
  const episode: Episode = {
    trackId: track.id,
    class: track.class,
    startMs,
    startWatchedMs: observation.watchedMs - soFarMs,
    startBox: [...track.box],
    box: [...track.box],
    lastMs: observation.nowMs,
    dwellMs: soFarMs,
    seenMs: soFarMs,
    phase: 'watching',
    raisedAtMs: 0,
    toldDwellMs: 0,
    finding: null,
  };
  state[track.id] = episode;
  return episode;
}

function isDue(spec: DwellRule, episode: Episode, observation: Observation): boolean {
  if (spec.isShown?.(episode, observation) === false) return false;
  if ((episode.freeMs ?? 0) < (spec.minFreeMs ?? 0)) return false;
  return episode.dwellMs >= spec.rule.dwellMs && episode.seenMs >= DETECTED_SHARE * episode.dwellMs;
}

function advance(spec: DwellRule, episode: Episode, track: ObservedTrack, observation: Observation, changes: FindingChange[]): void {
  const { dwellMs } = episode;
  if (episode.phase === 'raised') {
    if (dwellMs < episode.toldDwellMs * TELL_AGAIN_GROWTH || dwellMs < episode.toldDwellMs + TELL_AGAIN_MS) return;
    tell(spec, episode, track, observation, changes, 'updated');
  } else if (
    isDue(spec, episode, observation) &&
    observation.nowMs - track.firstMs >= (spec.rule.minTrackAgeMs ?? COMMON_DEFAULTS.minTrackAgeMs)
  ) {
    episode.phase = 'raised';
    episode.raisedAtMs = observation.nowMs;
    tell(spec, episode, track, observation, changes, 'raised');
  } else if (episode.phase === 'watching' && spec.rule.dwellMs > CANDIDATE_MS && dwellMs >= CANDIDATE_MS) {
    episode.phase = 'candidate';
    episode.raisedAtMs = observation.nowMs;
    tell(spec, episode, track, observation, changes, 'candidate');
  }
}

function tell(
  spec: DwellRule,
  episode: Episode,
  track: ObservedTrack,
  observation: Observation,
  changes: FindingChange[],
  phase: FindingChange['phase'],
): void {
  const moments: EvidenceMoment[] = [{ name: 'first', atMs: episode.startMs, box: episode.startBox }];
  const earlier = episode.finding?.moments.find((moment) => moment.name === 'raised');
  if (earlier) moments.push(earlier);
  else if (phase === 'raised') moments.push({ name: 'raised', atMs: observation.nowMs, box: [...track.box] });
  episode.toldDwellMs = episode.dwellMs;
  episode.finding = makeFinding(spec.rule, spec.camera, {
    subject: { kind: 'track', id: episode.trackId },
    trackIds: [episode.trackId],
    class: episode.class,
    startMs: episode.startMs,
    raisedAtMs: episode.raisedAtMs,
    confidence: Math.min(1, Math.max(0, track.score)),
    reason: spec.explain(episode, observation),
    box: [...track.box],
    moments,
    ...(spec.fineable ? { fineable: spec.fineable(episode, observation) } : {}),
  });
  changes.push({ phase, finding: episode.finding });
}

function end(spec: DwellRule, state: DwellState, episode: Episode, observation: Observation, changes: FindingChange[]): void {
  delete state[episode.trackId];
  const { finding } = episode;
  if (!finding) return;
  if (episode.phase === 'candidate') changes.push({ phase: 'dropped', finding });
  else changes.push({ phase: 'ended', finding: { ...finding, endMs: episode.lastMs, reason: spec.explain(episode, observation) } });
}
