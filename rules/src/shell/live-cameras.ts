import type { AlertDecision, AlertSplit, CameraConfig, Suppression } from '@safecity/contracts';
import { finishArchive, newArchiveState } from '../archive/camera-archive.js';
import { areaKey } from '../incidents/area.js';
import { type CameraPipeline, createCameraPipeline, finishPipeline } from '../pipeline/pipeline.js';
import type { PipelineState } from '../pipeline/pipeline-state.js';
import type { PipelineStep } from '../pipeline/pipeline-step.js';
import type { Areas } from './areas.js';
import type { Checkpoint } from './checkpoints.js';
import type { CountedLog } from './counted-log.js';
import type { StepPublisher } from './step-publisher.js';
import type { SuppressionsInForce } from './suppressions-in-force.js';
import { UnsavedCheckpoints } from './unsaved-checkpoints.js';

/** A camera in force. */
export interface LiveCamera {
  pipeline: CameraPipeline;
  checkpoint: Checkpoint;
}

/** What cameras need from the shell. */
export interface LiveCamerasParts {
  areas: Areas;
  suppressions: SuppressionsInForce;
  publisher: StepPublisher;
  log: CountedLog;
}

/**
 * The cameras in force, each with its pipeline and what that remembers: they come with a configuration, take up what is
 * stored of them, are moved on by messages, and are finished when they go. What comes of it is published.
 */
export class LiveCameras {
  private readonly cameras = new Map<string, LiveCamera>();
  /** Stored, and not in force yet. */
  private restored = new Map<string, Checkpoint>();
  readonly unsaved = new UnsavedCheckpoints((cameraId) => this.cameras.get(cameraId)?.checkpoint);

  constructor(private readonly parts: LiveCamerasParts) {}

  ids(): string[] {
    return [...this.cameras.keys()];
  }

  has(cameraId: string): boolean {
    return this.cameras.has(cameraId);
  }

  /** Goes on from what is stored, camera by camera as each is configured. */
  restore(stored: Map<string, Checkpoint>): void {
    this.restored = stored;
  }

  /** Puts a camera in force, or another configuration of it; one that is disabled goes. */
  configure(camera: CameraConfig): void {
    const { id: cameraId } = camera;
    if (!camera.enabled) {
      this.remove(cameraId);
      return;
    }
    const pipeline = createCameraPipeline(camera);
    const area = areaKey(camera);
    this.leaveArea(cameraId, area);
    const checkpoint = this.known(cameraId) ?? {
      streamSeq: 0,
      ...(area === undefined ? {} : { area }),
      state: this.begin(pipeline),
      archive: newArchiveState(),
    };
    this.restored.delete(cameraId);
    this.cameras.set(cameraId, { pipeline, checkpoint });
    this.parts.areas.enter(area);
  }

  /** Ends everything of a camera that was deleted or disabled. */
  remove(cameraId: string): void {
    const { areas, publisher } = this.parts;
    const checkpoint = this.known(cameraId);
    const camera = this.cameras.get(cameraId)?.pipeline.camera ?? { id: cameraId };
    this.cameras.delete(cameraId);
    this.restored.delete(cameraId);
    if (!checkpoint) return;
    this.unsaved.noteGone(cameraId);
    const step = finishPipeline(checkpoint.state);
    publisher.publish(cameraId, step, areas.alertsOf(checkpoint, step));
    publisher.publishArchive(cameraId, finishArchive(checkpoint.archive, camera));
    if (checkpoint.area !== undefined && !this.isAreaUsed(checkpoint.area)) areas.forget(checkpoint.area);
  }

  /** Closes the alerts of cameras that were deleted while rules was down. */
  finishOrphans(): void {
    for (const cameraId of [...this.restored.keys()]) this.remove(cameraId);
  }

  /** Takes in what an operator decided about an alert, or took out of an incident. */
  decide(decision: AlertDecision | AlertSplit): void {
    const live = this.cameras.get(decision.cameraId);
    if (!live) return;
    const { areas } = this.parts;
    if ('splitFrom' in decision) {
      areas.tell(live.checkpoint.area, (area) => area.split(decision));
      return;
    }
    areas.tell(live.checkpoint.area, (area) => area.decide(decision));
    live.pipeline.takeDecision(live.checkpoint.state, decision);
    this.unsaved.noteChanged(decision.cameraId);
  }

  /** Takes in what an operator has suppressed, or lifted; a camera that comes later hears of it then. */
  suppress(suppression: Suppression): void {
    this.parts.suppressions.keep(suppression);
    const live = this.cameras.get(suppression.cameraId);
    if (!live) return;
    live.pipeline.takeSuppression(live.checkpoint.state, suppression);
    this.unsaved.noteChanged(suppression.cameraId);
  }

  /** Moves a camera on by one message that its checkpoint does not include yet, and publishes what comes of it. */
  advance(streamSeq: number, cameraId: string, act: (live: LiveCamera, state: PipelineState) => PipelineStep): void {
    const live = this.cameras.get(cameraId);
    if (!live || streamSeq <= live.checkpoint.streamSeq) return;
    const { areas, publisher, log } = this.parts;
    try {
      const step = act(live, live.checkpoint.state);
      publisher.publish(cameraId, step, areas.alertsOf(live.checkpoint, step, streamSeq));
    } catch (error) {
      log.note('RULES_PIPELINE_FAILED', error instanceof Error ? (error.stack ?? error.message) : String(error), { cameraId });
      live.checkpoint.state = this.begin(live.pipeline);
    }
    live.checkpoint.streamSeq = streamSeq;
    this.unsaved.noteChanged(cameraId);
  }

  private known(cameraId: string): Checkpoint | undefined {
    return this.cameras.get(cameraId)?.checkpoint ?? this.restored.get(cameraId);
  }

  private begin(pipeline: CameraPipeline): PipelineState {
    const state = pipeline.start();
    for (const suppression of this.parts.suppressions.of(pipeline.camera.id)) pipeline.takeSuppression(state, suppression);
    return state;
  }

  /** A camera that goes to another area begins anew there: what it has open is closed in the old one. */
  private leaveArea(cameraId: string, area: string | undefined): void {
    const before = this.known(cameraId);
    if (before && before.area !== area) this.remove(cameraId);
  }

  private isAreaUsed(key: string): boolean {
    const checkpoints = [...[...this.cameras.values()].map(({ checkpoint }) => checkpoint), ...this.restored.values()];
    return checkpoints.some(({ area }) => area === key);
  }
}
