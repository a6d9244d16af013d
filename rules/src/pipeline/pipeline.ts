import type {
  AlertDecision,
  CameraConfig,
  CameraHealthMessage,
  Counts,
  DetectionsFrame,
  PlatesRead,
  Suppression,
  TrackAttributes,
  Watchlist,
} from '@safecity/contracts';
import { Correlator } from '../incidents/correlator.js';
import { takeAttributes, takeHealth, takePlates } from './between-frames.js';
import { createFrameStep } from './frame-step.js';
import { rememberOpen } from './open-findings.js';
import { newPipelineState, type PipelineState } from './pipeline-state.js';
import type { PipelineStep } from './pipeline-step.js';
import { RuleSlots } from './rule-slots.js';

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

/** Makes the pipeline of a camera. `camera` must have passed `parseCamera`. */
export function createCameraPipeline(camera: CameraConfig): CameraPipeline {
  const rules = RuleSlots.of(camera);
  return {
    camera,
    start: () => newPipelineState(camera.id),
    step: createFrameStep(camera, rules),
    takeHealth: (state, message) => takeHealth(camera, state, message),
    takePlates: (state, message, lists) => takePlates({ camera, rules, lists }, state, message),
    takeAttributes: (state, message) => takeAttributes({ camera, rules }, state, message),
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
