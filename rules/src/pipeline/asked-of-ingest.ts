import type { Attention, CameraConfig, DetectionsFrame, PlatesWanted } from '@safecity/contracts';
import type { Observation } from '../catalogue/rule-machine.js';
import { vehiclesToRead } from '../plates/moments.js';
import { forgetPlates } from '../plates/plate-tracks.js';
import { DEFAULT_TRACKER_OPTIONS } from '../tracking/options.js';
import { isStanding, type Track } from '../tracking/track.js';
import type { PipelineState } from './pipeline-state.js';

/** Attention is asked for this long, and again when less than half of it is left. */
const ATTENTION_MS = 10_000;

/**
 * Asks ingest to keep a camera active while something moves or is new; a standing track never does. Mutates
 * `attentionUntilMs`.
 */
export function attentionFor(
  state: { tracker: { tracks: readonly Track[] }; attentionUntilMs: number },
  cameraId: string,
  nowMs: number,
): Attention | undefined {
  if (state.attentionUntilMs - nowMs > ATTENTION_MS / 2) return undefined;
  const lively = state.tracker.tracks.find((track) => track.phase !== 'lost' && !isStanding(track, DEFAULT_TRACKER_OPTIONS));
  if (!lively) return undefined;
  state.attentionUntilMs = nowMs + ATTENTION_MS;
  return { cameraId, untilMs: state.attentionUntilMs, reason: lively.phase === 'tentative' ? 'new-track' : 'moving-track' };
}

/** Which plates ingest should read now; undefined for none. What is known of vehicles that have left is forgotten. Mutates `state`. */
export function wantPlates(
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
