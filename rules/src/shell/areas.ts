import type { AlertMessage } from '@safecity/contracts';
import { Area, newAreaState } from '../incidents/area.js';
import type { PipelineStep } from '../pipeline/pipeline-step.js';
import type { AreaCheckpoint, Checkpoint } from './checkpoints.js';
import { UnsavedCheckpoints } from './unsaved-checkpoints.js';

/** The areas of the cameras in force, each with its checkpoint. */
export class Areas {
  private slots = new Map<string, AreaCheckpoint>();
  readonly unsaved = new UnsavedCheckpoints((key) => this.slots.get(key));

  /** Goes on from what is stored. */
  restore(stored: Map<string, AreaCheckpoint>): void {
    this.slots = stored;
  }

  /** Makes the area known when it is not. @param key undefined for a camera without one */
  enter(key: string | undefined): void {
    if (key !== undefined && !this.slots.has(key)) this.slots.set(key, { streamSeq: 0, state: newAreaState() });
  }

  /** Lets go of an area that no camera is in any more. */
  forget(key: string): void {
    if (this.slots.delete(key)) this.unsaved.noteGone(key);
  }

  /** Tells an area something; nothing happens without one. */
  tell(key: string | undefined, act: (area: Area) => void): void {
    const slot = key === undefined ? undefined : this.slots.get(key);
    if (!slot || key === undefined) return;
    act(new Area(slot.state));
    this.unsaved.noteChanged(key);
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
    if (told.length > 0) this.unsaved.noteChanged(key);
    return told;
  }
}
