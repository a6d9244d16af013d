import { type CameraConfig, cameraAtPreset, type DetectionsFrame } from '@safecity/contracts';
import { forgetLooks } from '../attributes/attribute-tracks.js';
import type { Observation } from '../catalogue/rule-machine.js';
import { Correlator } from '../incidents/correlator.js';
import { disagreementChanges } from '../signals/disagreements.js';
import { attentionFor, wantPlates } from './asked-of-ingest.js';
import { judgeFrame } from './frame-gate.js';
import { createObserver } from './observer.js';
import { rememberOpen, withFacts } from './open-findings.js';
import { tracksFrame } from './overlay.js';
import type { PipelineState } from './pipeline-state.js';
import { type PipelineStep, quietStep } from './pipeline-step.js';
import type { RuleSlots } from './rule-slots.js';

/** Makes what takes a camera's frames: each is judged, observed, shown to the rules, and what they say is correlated. */
export function createFrameStep(camera: CameraConfig, rules: RuleSlots): (state: PipelineState, frame: DetectionsFrame) => PipelineStep {
  const observe = createObserver(camera);
  const overlayCamera = cameraOfView(camera);

  return (state, frame) => {
    const verdict = judgeFrame(state.lastMs, frame);
    if (verdict === 'duplicate' || verdict === 'out-of-order') return ignored(state, verdict);
    const nowMs = frame.capturedAtMs;
    const endedByChange = rules.adopt(state);
    const observation = observe(state, frame, verdict === 'restart');
    const standsAt = state.health?.presetId ?? null;
    const said = rules.step(state.rules, asRulesSee(state, observation), standsAt);
    const changes = [...said.changes, ...disagreementChanges(state, camera, nowMs)];
    const findings = [...endedByChange, ...changes.map((change) => withFacts(state, frame, change))];
    rememberOpen(state, findings);
    state.simulated = camera.simulated || frame.recording === true;
    const correlator = new Correlator({ ...camera, simulated: state.simulated }, state.correlator);
    const told = correlator.take(findings, nowMs, state.run);
    if (state.attributes) forgetLooks(state.attributes, nowMs);
    const platesWanted = wantPlates(state, frame, observation, camera);
    const attention = attentionFor(state, camera.id, nowMs);
    return {
      state,
      tracks: tracksFrame(state, observation, overlayCamera(standsAt)),
      findings,
      ...told,
      counts: said.counts,
      crossings: said.crossings,
      ...(attention ? { attention } : {}),
      ...(platesWanted ? { platesWanted } : {}),
    };
  };
}

function ignored(state: PipelineState, verdict: 'duplicate' | 'out-of-order'): PipelineStep {
  if (verdict === 'duplicate') state.ignored.duplicateFrames++;
  else state.ignored.outOfOrderFrames++;
  return quietStep(state);
}

/** While rules are paused no time counts as watched, and the first frame after it begins them anew. Mutates `state`. */
function asRulesSee(state: PipelineState, observation: Observation): Observation {
  if (state.health?.rulesPaused !== true) return observation;
  state.unbrokenSinceMs = observation.nowMs;
  return { ...observation, unbrokenSinceMs: observation.nowMs, restarted: true, tracks: [] };
}

/** The camera as the overlay shows it, by the preset at which it stands. */
function cameraOfView(camera: CameraConfig): (presetId: string | null) => CameraConfig {
  const everyView = cameraAtPreset(camera, undefined);
  const views = new Map<string | null, CameraConfig>((camera.presets ?? []).map(({ id }) => [id, cameraAtPreset(camera, id)]));
  return (presetId) => views.get(presetId) ?? everyView;
}
