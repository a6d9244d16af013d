import type { DetectionsFrame } from '@safecity/contracts';
import type { PipelineState } from './pipeline-state.js';

/** Time between two frames from which the video has a gap that counts as no dwell (exclusive). */
const GAP_MS = 5000;
/** Longest time between the keyframes of an idle camera that still counts as watching it (inclusive). */
const LONGEST_IDLE_STEP_MS = 15_000;

/** A longer step is no gap when ingest watched the video all the while: the camera was idle and gave keyframes only. */
function isGap(state: PipelineState, { capturedAtMs, watchedSinceMs }: DetectionsFrame): boolean {
  if (state.lastMs === null || capturedAtMs - state.lastMs <= GAP_MS) return false;
  return watchedSinceMs === undefined || watchedSinceMs > state.lastMs || capturedAtMs - state.lastMs > LONGEST_IDLE_STEP_MS;
}

/**
 * Moves the time of a camera on to a frame: what was watched since the one before counts, a gap does not. Mutates `state`.
 * @param restarted tracking begins anew with this frame
 */
export function advanceTime(state: PipelineState, frame: DetectionsFrame, restarted: boolean): void {
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
