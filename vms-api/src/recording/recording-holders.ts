import type { Queryable } from '../database/connection.js';
import type { RecordingWorker } from '../live/ingest-directory.js';
import { failure } from '../server/failure.js';
import type { ApiServices } from '../services.js';
import { type AwayStretch, awayStretches } from './recorded-by-workers.js';

/** What recordings are found with. */
export type RecordingServices = Pick<ApiServices, 'ingest' | 'nowMs'> & { sql: Queryable };

/** Who has recordings of a camera: workers to ask, and what those have that are away. */
export interface Holders {
  workers: RecordingWorker[];
  away: AwayStretch[];
}

/** With one among others that does not answer, the rest is shown after this time. */
export const PATIENCE_MS = 3000;

/** @throws SafecityError `API_NO_INGEST` (503) when nobody holds the camera and nothing of it is known to be recorded */
export async function holdersOf({ sql, ingest, nowMs }: RecordingServices, cameraId: string): Promise<Holders> {
  const workers = ingest.recordersOf(cameraId, `recording:${cameraId}`);
  const present = workers.map(({ workerId }) => workerId);
  const away = await awayStretches(sql, cameraId, present, nowMs());
  if (workers.length > 0 || away.length > 0) return { workers, away };
  throw failure('API_NO_INGEST', 503, `no ingest worker holds the camera "${cameraId}" at the moment`);
}

/** What a worker has that was there a moment ago and does not answer. */
export const silent = ({ workerId, recorded }: RecordingWorker): AwayStretch[] => (recorded ? [{ workerId, ...recorded }] : []);

/** Those that have, or may still get, something between two times (inclusive). */
export function within<Holder extends RecordingWorker>(workers: readonly Holder[], fromMs: number, toMs: number): Holder[] {
  return workers.filter(({ holds, recorded }) => {
    if (recorded === null) return holds;
    return recorded.fromMs <= toMs && (holds || recorded.toMs >= fromMs);
  });
}

export function awayWithin(away: readonly AwayStretch[], fromMs: number, toMs: number): AwayStretch[] {
  return away.filter((stretch) => stretch.fromMs <= toMs && stretch.toMs >= fromMs);
}

/** Names the workers whose recordings are missed. */
export function recordingAway(cameraId: string, away: readonly AwayStretch[], what: string): Error {
  const names = [...new Set(away.map(({ workerId }) => `"${workerId}"`))].sort().join(', ');
  const message = `${what} of camera "${cameraId}" is held by ingest worker ${names}, which does not answer: start it, or mend the way to it`;
  return failure('API_RECORDING_AWAY', 503, message);
}

/** No worker that can be asked holds the camera, or the one that does has not answered. */
export function noAnswer(cameraId: string): Error {
  return failure('API_NO_INGEST', 503, `the ingest worker of camera "${cameraId}" does not answer`);
}
