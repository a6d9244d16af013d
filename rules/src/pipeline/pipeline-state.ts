import type { Finding } from '@safecity/contracts';
import type { AttributeTracks } from '../attributes/attribute-tracks.js';
import { type CorrelatorState, newCorrelatorState } from '../incidents/correlator.js';
import type { PlateTracks } from '../plates/plate-tracks.js';
import type { SignalMemory } from '../signals/signal-memory.js';
import type { GaitState } from '../tracking/gait.js';
import { newRidersState, type RidersState } from '../tracking/riders.js';
import type { TrackerState } from '../tracking/tracker.js';
import type { HealthState } from './camera-health.js';
import type { RuleSlot } from './rule-slots.js';

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

/** State before the first frame. */
export function newPipelineState(cameraId: string): PipelineState {
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
