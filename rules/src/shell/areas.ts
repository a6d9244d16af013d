import type { AlertMessage } from '@safecity/contracts';
import { Area, newAreaState } from '../incidents/area.js';
import type { PipelineStep } from '../pipeline/pipeline.js';
import { type AreaCheckpoint, type Checkpoint, checkpointText } from './checkpoints.js';

/** The areas of the cameras in force, each with its checkpoint. */
export class Areas {
  private slots = new Map<string, AreaCheckpoint>();
  private readonly dirty = new Set<string>();

  /** Goes on from what is stored. */
  restore(stored: Map<string, AreaCheckpoint>): void {
    this.slots = stored;
  }

  has(key: string): boolean {
    return this.slots.has(key);
  }

  /** Makes the area known when it is not. @param key undefined for a camera without one */
  enter(key: string | undefined): void {
    if (key !== undefined && !this.slots.has(key)) this.slots.set(key, { streamSeq: 0, state: newAreaState() });
  }

  forget(key: string): void {
    this.slots.delete(key);
    this.dirty.delete(key);
  }

  /** Tells an area something; nothing happens without one. */
  tell(key: string | undefined, act: (area: Area) => void): void {
    const slot = key === undefined ? undefined : this.slots.get(key);
    if (!slot || key === undefined) return;
    act(new Area(slot.state));
    this.dirty.add(key);
  }

  /**
   * A camera's alerts as its area tells them. What came of a message that the area's checkpoint includes was published
   * before that checkpoint was written, so it is not told again.
   * @param streamSeq the message of the stream; absent when it was none
   */
  alertsOf({ area: key }: Checkpoint, step: PipelineStep, streamSeq?: number): AlertMessage[] {
    const slot = key === undefined ? undefined : this.slots.get(key);
    if (!slot || key === undefined) return step.alerts;
    if (streamSeq !== undefined && streamSeq <= slot.streamSeq) return [];
    slot.streamSeq = streamSeq ?? slot.streamSeq;
    const told = new Area(slot.state).take(step.alerts, step.state.lastMs ?? 0);
    if (told.length > 0) this.dirty.add(key);
    return told;
  }

  /** Checkpoints of the areas that have changed since they were last taken, by key. */
  takeChanged(): Map<string, string> {
    const texts = new Map<string, string>();
    for (const key of this.dirty) {
      const slot = this.slots.get(key);
      if (slot) texts.set(key, checkpointText(slot));
    }
    this.dirty.clear();
    return texts;
  }

  /** Those checkpoints could not be written. */
  giveBack(keys: Iterable<string>): void {
    for (const key of keys) this.dirty.add(key);
  }

  get isChanged(): boolean {
    return this.dirty.size > 0;
  }
}
