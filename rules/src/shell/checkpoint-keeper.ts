import { type CheckpointBucket, deleteCheckpoint, saveCheckpoints } from './checkpoints.js';
import type { CountedLog } from './counted-log.js';
import type { UnsavedCheckpoints } from './unsaved-checkpoints.js';

/** What a checkpoint is made of. */
export interface CheckpointSources {
  bucket: CheckpointBucket;
  areas: UnsavedCheckpoints;
  cameras: UnsavedCheckpoints;
  /** Newest message of the detections stream that was taken. */
  position(): number;
  /** Resolves when everything that came of the messages so far is stored; rejects when it could not be. */
  stored(): Promise<unknown>;
}

/**
 * Writes checkpoints one after the other, each only after the alerts and archive records of its messages are stored, so that
 * a crash at any moment leads to a replay that misses nothing. What could not be written is written with the next.
 */
export class CheckpointKeeper {
  private saving: Promise<void> = Promise.resolve();

  /** @param savedPosition the position that is stored */
  constructor(
    private readonly sources: CheckpointSources,
    private savedPosition: number,
    private readonly log: CountedLog,
  ) {}

  /** Writes a checkpoint of what is so when those before it are done; resolves also when it could not be written. */
  save(): Promise<void> {
    this.saving = this.saving.then(() => this.saveNow());
    return this.saving;
  }

  private async saveNow(): Promise<void> {
    const { bucket, areas, cameras } = this.sources;
    const position = this.sources.position();
    if (areas.isEmpty && cameras.isEmpty && position === this.savedPosition) return;
    const [takenAreas, takenCameras] = [areas.take(), cameras.take()];
    try {
      await this.sources.stored();
      await saveCheckpoints(bucket, new Map([...takenAreas.texts, ...takenCameras.texts]), position);
      for (const key of takenCameras.gone) if (cameras.isGone(key)) await deleteCheckpoint(bucket, key);
      for (const key of takenAreas.gone) if (areas.isGone(key)) await deleteCheckpoint(bucket, key);
      this.savedPosition = position;
    } catch (error) {
      areas.giveBack(takenAreas);
      cameras.giveBack(takenCameras);
      this.log.note('RULES_CHECKPOINT_FAILED', error instanceof Error ? error.message : String(error));
    }
  }
}
