import {
  type AlertDecision,
  type AlertMessage,
  type Attention,
  type CameraConfig,
  type CameraHealthMessage,
  type Counts,
  type Crossing,
  cameraAtPreset,
  type DetectionsFrame,
  type EvidenceWanted,
  type Finding,
  PLATES_DEFAULTS,
  type PlateOfVehicle,
  type PlatesRead,
  type PlatesWanted,
  type Suppression,
  type SuppressionTally,
  type TrackAttributes,
  type TracksFrame,
  type Watchlist,
} from '@safecity/contracts';
import { type AttributeTracks, forgetLooks, takeLook } from '../attributes/attribute-tracks.js';
import type { FindingChange, Observation } from '../catalogue/rule-machine.js';
import { Correlator, type CorrelatorState, newCorrelatorState } from '../incidents/correlator.js';
import { vehiclesToRead } from '../plates/moments.js';
import { forgetPlates, type PlateTracks, takeReadings } from '../plates/plate-tracks.js';
import { disagreementChanges } from '../signals/disagreements.js';
import { rememberSignals, type SignalMemory } from '../signals/signal-memory.js';
import { type GaitState, withGaits } from '../tracking/gait.js';
import { newRidersState, type RidersState, withRiders } from '../tracking/riders.js';
import { trackClass } from '../tracking/track.js';
import { createTracker, type TrackerState } from '../tracking/tracker.js';
import { type HealthState, healthAfter, healthChanges } from './camera-health.js';
import { judgeFrame, soundDetections } from './frame-gate.js';
import { attentionFor, observeTracks, tracksFrame } from './observation.js';
import { type RuleSlot, RuleSlots } from './rule-slots.js';

/** Frames and detections that were not used, and why. */
export interface IgnoredCounts {
  duplicateFrames: number;
  outOfOrderFrames: number;
  unsoundDetections: number;
}

/**
 * Everything a camera's pipeline remembers. Plain JSON: written as a checkpoint, and a pipeline that goes on from a
 * checkpoint yields exactly what an undisturbed one does.
 */
export interface PipelineState {
  version: 2;
  cameraId: string;
  /** The camera, or its stream, said last that it plays a recording. */
  simulated: boolean;
  tracker: TrackerState;
  /** Who rides which two-wheeler. */
  riders: RidersState;
  /** How people move; absent in checkpoints of earlier versions. */
  gaits?: GaitState;
  /** Capture time of the newest frame taken; null before the first. */
  lastMs: number | null;
  /** Time watched, ms: capture time with gaps left out. */
  watchedMs: number;
  /** Capture time since when there was no gap. */
  unbrokenSinceMs: number;
  /** How often tracking began anew; on a camera that plays a recording, the run. */
  run: number;
  /** ruleId → its state. */
  rules: Record<string, RuleSlot>;
  /** Findings that go on, by id. */
  openFindings: Record<string, Finding>;
  /** Findings that may come to be, by id: evidence is set aside for them. */
  candidates: Record<string, Finding>;
  correlator: CorrelatorState;
  ignored: IgnoredCounts;
  /** Capture time until which attention was asked for. */
  attentionUntilMs: number;
  /** Newest word on the camera's health; absent before the first. */
  health?: HealthState;
  /** What is remembered of signals that are no script; absent in checkpoints of earlier versions. */
  signals?: Record<string, SignalMemory>;
  /** Plates of vehicles; absent where none are read. */
  plates?: PlateTracks;
  /** What was told of tracks; absent before the first time. */
  attributes?: AttributeTracks;
}

/** What comes of one frame. */
export interface PipelineStep {
  state: PipelineState;
  /** Absent when the frame was ignored. */
  tracks?: TracksFrame;
  /** What the rules said, in order. */
  findings: FindingChange[];
  alerts: AlertMessage[];
  evidence: EvidenceWanted[];
  /** Intervals of counting rules that ended with this frame. */
  counts: Counts[];
  /** What counting rules counted with this frame. */
  crossings: Crossing[];
  /** Suppressions that have hidden something with this frame. */
  tallies?: SuppressionTally[];
  attention?: Attention;
  /** Vehicles whose plates should be read now. */
  platesWanted?: PlatesWanted;
  /** The plate of the vehicle that was looked at. */
  plate?: PlateOfVehicle;
}

/** Tracking, rules and correlation of one camera: no I/O, no clock but capture time. */
export interface CameraPipeline {
  readonly camera: CameraConfig;
  start(): PipelineState;
  /**
   * Takes one frame in. Consumes `state` (mutates and returns it).
   *
   * A duplicate or late frame is counted and changes nothing. A discontinuity, or a clock set back by more than 5 s,
   * begins tracking anew and ends what went on. A state made under an older configuration is taken over: tracks stay,
   * and so does the state of every rule that is the same, its zone, line and signal included; findings of the others end.
   */
  step(state: PipelineState, frame: DetectionsFrame): PipelineStep;
  /** What counting rules have counted in intervals that are not over. */
  countsSoFar(state: PipelineState): Counts[];
  /**
   * Takes in what is wrong with the camera. Consumes `state`. Findings of its kind begin and end; while it says that rules
   * are paused they see nothing, and what they had found is over. So do rules of a preset at which the camera does not
   * stand; when it comes to one, tracking begins anew.
   */
  takeHealth(state: PipelineState, message: CameraHealthMessage): PipelineStep;
  /**
   * Takes in what was read of a vehicle. Consumes `state`. Its plate goes onto its track and onto every finding about it,
   * also one that was raised before.
   */
  takePlates(state: PipelineState, message: PlatesRead, lists: readonly Watchlist[]): PipelineStep;
  /** Takes in what a model told of the people on a track. Consumes `state`. */
  takeAttributes(state: PipelineState, message: TrackAttributes): PipelineStep;
  /** Takes in what an operator decided about an alert of this camera. Mutates `state`; says nothing by itself. */
  takeDecision(state: PipelineState, decision: AlertDecision): void;
  /** Takes in what an operator has suppressed on this camera, or lifted. Mutates `state`; says nothing by itself. */
  takeSuppression(state: PipelineState, suppression: Suppression): void;
}

/** Time between two frames from which the video has a gap that counts as no dwell (exclusive). */
const GAP_MS = 5000;
/** Longest time between the keyframes of an idle camera that still counts as watching it (inclusive). */
const LONGEST_IDLE_STEP_MS = 15_000;

/** Makes the pipeline of a camera. `camera` must have passed `parseCamera`. */
export function createCameraPipeline(camera: CameraConfig): CameraPipeline {
  const { minScore } = camera.detection;
  const tracker = createTracker({ highScore: minScore, newTrackScore: minScore });
  const rules = RuleSlots.of(camera);
  const everyView = cameraAtPreset(camera, undefined);
  const views = new Map<string | null, CameraConfig>((camera.presets ?? []).map(({ id }) => [id, cameraAtPreset(camera, id)]));

  function step(state: PipelineState, frame: DetectionsFrame): PipelineStep {
    const verdict = judgeFrame(state.lastMs, frame);
    if (verdict === 'duplicate' || verdict === 'out-of-order') {
      if (verdict === 'duplicate') state.ignored.duplicateFrames++;
      else state.ignored.outOfOrderFrames++;
      return { state, findings: [], alerts: [], evidence: [], counts: [], crossings: [] };
    }
    const findings = rules.adopt(state);
    const restarted = verdict === 'restart';
    const isNewView = state.health?.isNewView === true;
    if (state.health) state.health.isNewView = false;
    const frameBeforeMs = restarted || isNewView ? null : state.lastMs;
    advanceTime(state, frame, restarted);
    if (isNewView) state.unbrokenSinceMs = frame.capturedAtMs;
    if (restarted || isNewView) {
      state.tracker = tracker.start();
      state.riders = newRidersState();
      state.gaits = {};
      state.signals = {};
    }
    state.signals ??= {};
    rememberSignals(state.signals, camera.signals, frame);
    const sound = soundDetections(frame);
    state.ignored.unsoundDetections += sound.ignored;
    tracker.step(state.tracker, frame.capturedAtMs, sound.detections);
    const observation = observe(state, frame, frameBeforeMs, camera);
    const isPaused = state.health?.rulesPaused === true;
    const standsAt = state.health?.presetId ?? null;
    // While paused no time counts as watched, and the first frame after it begins the rules anew.
    if (isPaused) state.unbrokenSinceMs = frame.capturedAtMs;
    const seen: Observation = isPaused ? { ...observation, unbrokenSinceMs: frame.capturedAtMs, restarted: true, tracks: [] } : observation;
    const said = rules.step(state.rules, seen, standsAt);
    const changes = [...said.changes, ...disagreementChanges(state, camera, frame.capturedAtMs)];
    findings.push(...changes.map((change) => withBasis(state, frame, withPlate(state, change))));
    rememberOpen(state, findings);
    state.simulated = camera.simulated || frame.recording === true;
    const { alerts, evidence, tallies } = new Correlator({ ...camera, simulated: state.simulated }, state.correlator).take(
      findings,
      frame.capturedAtMs,
      state.run,
    );
    if (state.attributes) forgetLooks(state.attributes, frame.capturedAtMs);
    const platesWanted = wantPlates(state, frame, observation, camera);
    const attention = attentionFor(state, camera.id, frame.capturedAtMs);
    return {
      state,
      tracks: tracksFrame(state, observation, views.get(standsAt) ?? everyView),
      findings,
      alerts,
      evidence,
      tallies,
      counts: said.counts,
      crossings: said.crossings,
      ...(attention ? { attention } : {}),
      ...(platesWanted ? { platesWanted } : {}),
    };
  }

  function takeHealth(state: PipelineState, message: CameraHealthMessage): PipelineStep {
    if (state.health && message.atMs < state.health.atMs)
      return { state, findings: [], alerts: [], evidence: [], counts: [], crossings: [] };
    state.health = healthAfter(state.health, message);
    const findings = healthChanges(state.openFindings, message);
    rememberOpen(state, findings);
    const correlator = new Correlator({ ...camera, simulated: state.simulated || camera.simulated }, state.correlator);
    return { state, findings, counts: [], crossings: [], ...correlator.take(findings, message.atMs, state.run) };
  }

  function takePlates(state: PipelineState, message: PlatesRead, lists: readonly Watchlist[]): PipelineStep {
    const nothing = { state, findings: [], alerts: [], evidence: [], counts: [], crossings: [] };
    const known = state.plates ? takeReadings(state.plates, message, camera.plates ?? PLATES_DEFAULTS) : undefined;
    if (!known?.plate) return nothing;
    const { plate } = known;
    const { trackId, vehicleBox: box } = message;
    const nowMs = Math.max(state.lastMs ?? 0, message.capturedAtMs);
    for (const [id, finding] of Object.entries(state.openFindings)) {
      const { subject } = finding;
      if (subject.kind === 'track' && subject.id === trackId) state.openFindings[id] = { ...finding, plate };
    }
    const findings = rules.takePlate(state.rules, { trackId, class: known.class, box, plate, lists }, state.health?.presetId ?? null);
    const correlator = new Correlator({ ...camera, simulated: state.simulated }, state.correlator);
    const named = correlator.identify(trackId, plate, nowMs);
    const raised = correlator.take(findings, nowMs, state.run);
    return {
      ...nothing,
      findings,
      alerts: [...named.alerts, ...raised.alerts],
      evidence: raised.evidence,
      plate: { cameraId: camera.id, trackId, class: known.class, plate, box, simulated: state.simulated },
    };
  }

  function takeAttributes(state: PipelineState, message: TrackAttributes): PipelineStep {
    const nothing = { state, findings: [], alerts: [], evidence: [], counts: [], crossings: [] };
    const { trackId, capturedAtMs: atMs, box } = message;
    const live = state.tracker.tracks.find(({ id, phase }) => id === trackId && phase !== 'tentative');
    state.attributes ??= {};
    const track = takeLook(state.attributes, message, live && { class: trackClass(live) });
    if (!track) return nothing;
    const findings = rules.takeAttributes(state.rules, { trackId, class: track.class, atMs, box, track }, state.health?.presetId ?? null);
    rememberOpen(state, findings);
    const correlator = new Correlator({ ...camera, simulated: state.simulated }, state.correlator);
    return { ...nothing, findings, ...correlator.take(findings, Math.max(state.lastMs ?? 0, atMs), state.run) };
  }

  return {
    camera,
    start: () => newPipelineState(camera.id),
    step,
    takeHealth,
    takePlates,
    takeAttributes,
    takeDecision: (state, decision) => new Correlator(camera, state.correlator).decide(decision),
    takeSuppression: (state, suppression) => new Correlator(camera, state.correlator).suppress(suppression),
    countsSoFar: (state) => rules.countsSoFar(state.rules),
  };
}

/**
 * Ends all findings and closes all alerts of a camera that is taken out of service. Consumes `state`; needs no
 * configuration, so it also serves for a camera that was deleted while rules was down.
 */
export function finishPipeline(state: PipelineState): PipelineStep {
  const atMs = state.lastMs ?? 0;
  const findings = new RuleSlots({ zones: [] }).adopt(state);
  for (const finding of Object.values(state.openFindings)) {
    if (finding.subject.kind === 'camera')
      findings.push({ phase: 'ended', finding: { ...finding, endMs: Math.max(atMs, finding.startMs) } });
  }
  const correlator = new Correlator({ id: state.cameraId, simulated: state.simulated, rules: [] }, state.correlator);
  const ended = correlator.take(findings, atMs, state.run);
  const closed = correlator.closeAll(atMs);
  rememberOpen(state, findings);
  return {
    state,
    findings,
    alerts: [...ended.alerts, ...closed.alerts],
    evidence: [...ended.evidence, ...closed.evidence],
    counts: [],
    crossings: [],
  };
}

function newPipelineState(cameraId: string): PipelineState {
  return {
    version: 2,
    cameraId,
    simulated: false,
    tracker: { atMs: null, intervalMs: 0, tracks: [] },
    riders: newRidersState(),
    lastMs: null,
    watchedMs: 0,
    unbrokenSinceMs: 0,
    run: 0,
    rules: {},
    openFindings: {},
    candidates: {},
    correlator: newCorrelatorState(),
    ignored: { duplicateFrames: 0, outOfOrderFrames: 0, unsoundDetections: 0 },
    attentionUntilMs: 0,
  };
}

/** A longer step is no gap when ingest watched the video all the while: the camera was idle and gave keyframes only. */
function isGap(state: PipelineState, { capturedAtMs, watchedSinceMs }: DetectionsFrame): boolean {
  if (state.lastMs === null || capturedAtMs - state.lastMs <= GAP_MS) return false;
  return watchedSinceMs === undefined || watchedSinceMs > state.lastMs || capturedAtMs - state.lastMs > LONGEST_IDLE_STEP_MS;
}

function advanceTime(state: PipelineState, frame: DetectionsFrame, restarted: boolean): void {
  const nowMs = frame.capturedAtMs;
  const stepMs = state.lastMs === null ? 0 : nowMs - state.lastMs;
  if (restarted || isGap(state, frame)) state.unbrokenSinceMs = nowMs;
  else state.watchedMs += stepMs;
  if (restarted) {
    state.run++;
    state.attentionUntilMs = 0;
  }
  state.lastMs = nowMs;
}

function observe(state: PipelineState, frame: DetectionsFrame, frameBeforeMs: number | null, camera: CameraConfig): Observation {
  const aspect = frame.widthPx / frame.heightPx;
  state.gaits ??= {};
  const observed = observeTracks(state.tracker.tracks, frame.capturedAtMs, aspect, camera.zones);
  const tracks = withGaits(state.gaits, observed, frame.capturedAtMs, aspect);
  return {
    nowMs: frame.capturedAtMs,
    watchedMs: state.watchedMs,
    unbrokenSinceMs: state.unbrokenSinceMs,
    restarted: frameBeforeMs === null,
    frameBeforeMs,
    aspect,
    signals: state.signals ?? {},
    tracks: withRiders(state.riders, tracks, frame.capturedAtMs),
  };
}

function withPlate(state: PipelineState, change: FindingChange): FindingChange {
  const { subject } = change.finding;
  const plate = subject.kind === 'track' ? state.plates?.[subject.id]?.plate : undefined;
  return plate ? { ...change, finding: { ...change.finding, plate } } : change;
}

/** What a finding rests on is the frame it was raised in, not a later one that brings it up to date. */
function withBasis(
  state: PipelineState,
  { modelId, modelSha256, cameraClockOffsetMs }: DetectionsFrame,
  change: FindingChange,
): FindingChange {
  const { finding } = change;
  const known = state.openFindings[finding.id]?.basis;
  const fresh =
    modelSha256 === undefined ? undefined : { modelId, modelSha256, ...(cameraClockOffsetMs === undefined ? {} : { cameraClockOffsetMs }) };
  const basis = known ?? fresh;
  return basis ? { ...change, finding: { ...finding, basis } } : change;
}

function wantPlates(
  state: PipelineState,
  frame: DetectionsFrame,
  observation: Observation,
  camera: CameraConfig,
): PlatesWanted | undefined {
  if (!camera.plates?.enabled) {
    delete state.plates;
    return undefined;
  }
  state.plates ??= {};
  forgetPlates(state.plates, frame.capturedAtMs);
  if (!frame.cutFrom) return undefined;
  const looks = vehiclesToRead(state.plates, observation, frame.cutFrom, camera.plates);
  return looks && { cameraId: camera.id, ...looks };
}

function rememberOpen(state: PipelineState, changes: readonly FindingChange[]): void {
  for (const { phase, finding } of changes) {
    if (phase === 'candidate') state.candidates[finding.id] = finding;
    else delete state.candidates[finding.id];
    if (phase === 'candidate' || phase === 'dropped') continue;
    if (finding.endMs === undefined) state.openFindings[finding.id] = finding;
    else delete state.openFindings[finding.id];
  }
}
