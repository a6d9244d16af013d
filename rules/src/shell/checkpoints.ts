import type { Bus } from '@safecity/platform';
import { type CameraArchiveState, newArchiveState } from '../archive/camera-archive.js';
import type { AreaState } from '../incidents/area.js';
import type { PipelineState } from '../pipeline/pipeline-state.js';
import type { CountedLog } from './counted-log.js';

/** Where checkpoints are stored. */
export type CheckpointBucket = Awaited<ReturnType<Bus['kv']>>;

/** A camera's state, and the newest message of the detections stream that it includes. */
export interface Checkpoint {
  streamSeq: number;
  /** Key of the area whose incidents it is part of; absent when it has none. */
  area?: string;
  state: PipelineState;
  /** Paths that are being written. */
  archive: CameraArchiveState;
}

/** An area's incidents, and the newest message of the detections stream that they include. */
export interface AreaCheckpoint {
  streamSeq: number;
  state: AreaState;
}

/** What a restart goes on from. */
export interface StoredCheckpoints {
  /** Every message up to this stream sequence is included in the cameras' states; 0 when nothing is stored. */
  position: number;
  cameras: Map<string, Checkpoint>;
  /** By key of the area. */
  areas: Map<string, AreaCheckpoint>;
}

/** Key of the position; the dot keeps it apart from every camera id. */
const POSITION_KEY = 'stream.position';
const VERSION = 1;

/** Reads everything stored. What cannot be read is left out and counted. */
export async function loadCheckpoints(bucket: CheckpointBucket, log: CountedLog): Promise<StoredCheckpoints> {
  const stored: StoredCheckpoints = { position: 0, cameras: new Map(), areas: new Map() };
  const keys: string[] = [];
  for await (const key of await bucket.keys()) keys.push(key);
  for (const key of keys) {
    const entry = await bucket.get(key);
    if (entry?.operation !== 'PUT') continue;
    try {
      const value = entry.json<Partial<Omit<Checkpoint, 'state'>> & { version?: number; state?: PipelineState | AreaState }>();
      if (value.version !== VERSION || typeof value.streamSeq !== 'number') throw new Error(`version ${String(value.version)}`);
      if (key === POSITION_KEY) stored.position = value.streamSeq;
      else if (value.state?.version === 2) stored.cameras.set(key, { archive: newArchiveState(), ...value } as Checkpoint);
      else if (value.state?.version === 'area-1') stored.areas.set(key, value as AreaCheckpoint);
    } catch (error) {
      log.note('RULES_CHECKPOINT_INVALID', `checkpoint ${key} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
        key,
      });
    }
  }
  return stored;
}

/**
 * Writes areas, then cameras, then the position. In this order, because a crash in between only makes the next start replay
 * messages that the states already include, and it skips those: no camera is ever ahead of its area.
 * @param texts key → checkpoint as JSON text, made by `checkpointText`, areas first
 */
export async function saveCheckpoints(bucket: CheckpointBucket, texts: ReadonlyMap<string, string>, position: number): Promise<void> {
  for (const [key, text] of texts) await bucket.put(key, text);
  await bucket.put(POSITION_KEY, JSON.stringify({ version: VERSION, streamSeq: position }));
}

/** Forgets a camera or an area. */
export async function deleteCheckpoint(bucket: CheckpointBucket, key: string): Promise<void> {
  await bucket.delete(key);
}

/** A checkpoint as it is stored. */
export function checkpointText(checkpoint: Checkpoint | AreaCheckpoint): string {
  return JSON.stringify({ version: VERSION, ...checkpoint });
}
