import { type ArchiveRecord, type DetectionsFrame, SIGNAL_STATES, type SignalState, type VideoGap } from '@safecity/contracts';
import type { PipelineStep } from '../pipeline/pipeline-step.js';
import { type ArchiveCamera, type ArchiveState, archiveTracks } from './track-archive.js';

/**
 * What the archive of a camera remembers from frame to frame. Plain JSON: checkpointed with the state of the pipeline, so
 * that a replay writes the very same records again.
 */
export interface CameraArchiveState {
  tracks: ArchiveState;
  /** Picture width / height, of the newest frame. */
  aspect: number;
  /** Capture time of the newest frame; null before the first. */
  lastMs: number | null;
  /** Revision that is in the archive. */
  revision: number | null;
  /** signalId → state that is in the archive. */
  signals: Record<string, string>;
  /** Last frame before the rules were paused; null while they are not. */
  pausedSinceMs: number | null;
}

export function newArchiveState(): CameraArchiveState {
  return { tracks: {}, aspect: 1, lastMs: null, revision: null, signals: {}, pausedSinceMs: null };
}

/** The gap that ended with this frame, if one did. Mutates `pausedSinceMs`. */
function gapBefore(archive: CameraArchiveState, { state }: PipelineStep, frame: DetectionsFrame): Omit<VideoGap, 'cameraId'> | null {
  const { capturedAtMs: toMs, discontinuity } = frame;
  const lastMs = archive.lastMs;
  if (lastMs === null) return null;
  const { pausedSinceMs } = archive;
  if (state.health?.rulesPaused === true) {
    archive.pausedSinceMs = Math.min(pausedSinceMs ?? lastMs, toMs);
    return null;
  }
  archive.pausedSinceMs = null;
  if (pausedSinceMs !== null) return { fromMs: Math.min(pausedSinceMs, toMs), toMs, reason: 'paused' };
  if (state.unbrokenSinceMs !== toMs) return null;
  const reason = discontinuity ?? (toMs < lastMs ? 'clock-jump' : 'no-frames');
  return { fromMs: Math.min(lastMs, toMs), toMs, reason };
}

/**
 * Writes a camera's archive on by one frame: tracks that ended, a gap that ended, signals that changed (after a gap all of
 * them, because it hid what they did), another configuration. A frame that the pipeline ignored adds nothing. Mutates
 * `archive`.
 */
export function archiveStep(
  archive: CameraArchiveState,
  step: PipelineStep,
  frame: DetectionsFrame,
  camera: ArchiveCamera,
): ArchiveRecord[] {
  if (!step.tracks) return [];
  const nowMs = frame.capturedAtMs;
  const cameraId = camera.id;
  const records: ArchiveRecord[] = [];
  if (archive.revision !== camera.revision) records.push({ config: { cameraId, revision: camera.revision, fromMs: nowMs } });
  const gap = gapBefore(archive, step, frame);
  if (gap) records.push({ gap: { cameraId, ...gap } });
  for (const [signalId, state] of Object.entries(step.tracks.signals)) {
    if (!gap && archive.signals[signalId] === state) continue;
    const known = (SIGNAL_STATES as readonly string[]).includes(state) ? (state as SignalState) : 'unknown';
    records.push({ signal: { cameraId, signalId, state: known, fromMs: nowMs } });
  }
  archive.revision = camera.revision;
  archive.signals = { ...step.tracks.signals };
  archive.lastMs = nowMs;
  archive.aspect = frame.widthPx / frame.heightPx;
  records.push(...archiveTracks(archive.tracks, step.state.tracker.tracks, nowMs, archive.aspect, camera));
  return records;
}

/** Ends all tracks of a camera that is taken out of service; `camera` is what is left of its configuration. Mutates `archive`. */
export function finishArchive(archive: CameraArchiveState, camera: Pick<ArchiveCamera, 'id'> & Partial<ArchiveCamera>): ArchiveRecord[] {
  const whole = { revision: archive.revision ?? 0, zones: [], ...camera };
  return archiveTracks(archive.tracks, [], archive.lastMs ?? 0, archive.aspect, whole);
}
