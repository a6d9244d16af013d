import { type AreaCheckpoint, type Checkpoint, checkpointText } from './checkpoints.js';

/** Checkpoints that are to be written, and those that are to be deleted, as they were taken at one moment. */
export interface TakenCheckpoints {
  /** Key → checkpoint as text. */
  texts: ReadonlyMap<string, string>;
  gone: readonly string[];
}

/** Which of the cameras', or of the areas', checkpoints are not stored as they are now. */
export class UnsavedCheckpoints {
  private readonly changed = new Set<string>();
  private readonly gone = new Set<string>();

  /** @param checkpointOf what is in force under a key; undefined for nothing */
  constructor(private readonly checkpointOf: (key: string) => Checkpoint | AreaCheckpoint | undefined) {}

  get isEmpty(): boolean {
    return this.changed.size + this.gone.size === 0;
  }

  noteChanged(key: string): void {
    this.changed.add(key);
  }

  noteGone(key: string): void {
    this.changed.delete(key);
    this.gone.add(key);
  }

  /** True while nothing is in force under a key, so that what is stored under it can be deleted. */
  isGone(key: string): boolean {
    return this.checkpointOf(key) === undefined;
  }

  /** All of them as they are now; from here on only what changes after that counts. */
  take(): TakenCheckpoints {
    const texts = new Map<string, string>();
    for (const key of this.changed) {
      const checkpoint = this.checkpointOf(key);
      if (checkpoint) texts.set(key, checkpointText(checkpoint));
    }
    const gone = [...this.gone];
    this.changed.clear();
    this.gone.clear();
    return { texts, gone };
  }

  /** Those could not be stored. */
  giveBack({ texts, gone }: TakenCheckpoints): void {
    for (const key of texts.keys()) this.changed.add(key);
    for (const key of gone) this.gone.add(key);
  }
}
