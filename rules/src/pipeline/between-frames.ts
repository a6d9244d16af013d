import {
  type CameraConfig,
  type CameraHealthMessage,
  PLATES_DEFAULTS,
  type PlatesRead,
  type TrackAttributes,
  type Watchlist,
} from '@safecity/contracts';
import { takeLook } from '../attributes/attribute-tracks.js';
import { Correlator } from '../incidents/correlator.js';
import { takeReadings } from '../plates/plate-tracks.js';
import { trackClass } from '../tracking/track.js';
import { healthAfter, healthChanges } from './camera-health.js';
import { nameOpenFindings, rememberOpen } from './open-findings.js';
import type { PipelineState } from './pipeline-state.js';
import { type PipelineStep, quietStep } from './pipeline-step.js';
import type { RuleSlots } from './rule-slots.js';

/** A camera and the rules that hear of it. */
interface CameraRules {
  camera: CameraConfig;
  rules: RuleSlots;
}

/** Takes in what is wrong with the camera. Consumes `state`; a message older than the newest changes nothing. */
export function takeHealth(camera: CameraConfig, state: PipelineState, message: CameraHealthMessage): PipelineStep {
  if (state.health && message.atMs < state.health.atMs) return quietStep(state);
  state.health = healthAfter(state.health, message);
  const findings = healthChanges(state.openFindings, message);
  rememberOpen(state, findings);
  const correlator = new Correlator({ ...camera, simulated: state.simulated || camera.simulated }, state.correlator);
  return { ...quietStep(state), findings, ...correlator.take(findings, message.atMs, state.run) };
}

/** Takes in what was read of a vehicle: its track, findings, alerts and the rules about plates hear of it. Consumes `state`. */
export function takePlates(
  { camera, rules, lists }: CameraRules & { lists: readonly Watchlist[] },
  state: PipelineState,
  message: PlatesRead,
): PipelineStep {
  const known = state.plates ? takeReadings(state.plates, message, camera.plates ?? PLATES_DEFAULTS) : undefined;
  if (!known?.plate) return quietStep(state);
  const { plate } = known;
  const { trackId, vehicleBox: box } = message;
  const nowMs = Math.max(state.lastMs ?? 0, message.capturedAtMs);
  nameOpenFindings(state, trackId, plate);
  const findings = rules.takePlate(state.rules, { trackId, class: known.class, box, plate, lists }, state.health?.presetId ?? null);
  const correlator = new Correlator({ ...camera, simulated: state.simulated }, state.correlator);
  const named = correlator.identify(trackId, plate, nowMs);
  const raised = correlator.take(findings, nowMs, state.run);
  return {
    ...quietStep(state),
    findings,
    alerts: [...named.alerts, ...raised.alerts],
    evidence: raised.evidence,
    tallies: raised.tallies,
    plate: { cameraId: camera.id, trackId, class: known.class, plate, box, simulated: state.simulated },
  };
}

/** Takes in what a model told of a track: the rules about attributes hear of it. Consumes `state`. */
export function takeAttributes({ camera, rules }: CameraRules, state: PipelineState, message: TrackAttributes): PipelineStep {
  const { trackId, capturedAtMs: atMs, box } = message;
  const live = state.tracker.tracks.find(({ id, phase }) => id === trackId && phase !== 'tentative');
  state.attributes ??= {};
  const track = takeLook(state.attributes, message, live && { class: trackClass(live) });
  if (!track) return quietStep(state);
  const findings = rules.takeAttributes(state.rules, { trackId, class: track.class, atMs, box, track }, state.health?.presetId ?? null);
  rememberOpen(state, findings);
  const correlator = new Correlator({ ...camera, simulated: state.simulated }, state.correlator);
  return { ...quietStep(state), findings, ...correlator.take(findings, Math.max(state.lastMs ?? 0, atMs), state.run) };
}
