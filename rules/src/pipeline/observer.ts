import type { CameraConfig, DetectionsFrame } from '@safecity/contracts';
import type { Observation } from '../catalogue/rule-machine.js';
import { rememberSignals } from '../signals/signal-memory.js';
import { withGaits } from '../tracking/gait.js';
import { newRidersState, withRiders } from '../tracking/riders.js';
import { createTracker } from '../tracking/tracker.js';
import { soundDetections } from './frame-gate.js';
import { observeTracks } from './observation.js';
import type { PipelineState } from './pipeline-state.js';
import { advanceTime } from './watched-time.js';

/** Takes a frame that follows, or begins anew, into a camera's state. @returns what is seen of it. Mutates `state`. */
export type Observer = (state: PipelineState, frame: DetectionsFrame, restarted: boolean) => Observation;

/**
 * Makes what turns a camera's frames into observations: tracks, who rides what and how people move, and signals up to the
 * frame. It begins anew after a break, and when the camera has come to a preset: tracks of another view mean nothing there.
 */
export function createObserver(camera: CameraConfig): Observer {
  const { minScore } = camera.detection;
  const tracker = createTracker({ highScore: minScore, newTrackScore: minScore });

  function beginAnew(state: PipelineState): void {
    state.tracker = tracker.start();
    state.riders = newRidersState();
    state.gaits = {};
    state.signals = {};
  }

  return (state, frame, restarted) => {
    const isNewView = state.health?.isNewView === true;
    if (state.health) state.health.isNewView = false;
    const frameBeforeMs = restarted || isNewView ? null : state.lastMs;
    advanceTime(state, frame, restarted);
    if (isNewView) state.unbrokenSinceMs = frame.capturedAtMs;
    if (restarted || isNewView) beginAnew(state);
    state.signals ??= {};
    rememberSignals(state.signals, camera.signals, frame);
    const sound = soundDetections(frame);
    state.ignored.unsoundDetections += sound.ignored;
    tracker.step(state.tracker, frame.capturedAtMs, sound.detections);
    return observe(state, frame, frameBeforeMs, camera);
  };
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
