import { type RecordingLock, type RecordingLockWanted, SafecityError } from '@safecity/contracts';
import type { RecordingWorker } from '../live/ingest-directory.js';
import { failure } from '../server/failure.js';
import type { AwayStretch } from './recorded-by-workers.js';
import { askWorker, type RecordingRequest } from './recording-client.js';
import { awayWithin, holdersOf, noAnswer, type RecordingServices, recordingAway, silent, within } from './recording-holders.js';

interface Asked {
  answers: Response[];
  missed: AwayStretch[];
  /** Why nobody answered. */
  problem: unknown;
}

/** Asks one after the other; one without a recording of the camera has nothing to lock. */
async function askAll(workers: readonly RecordingWorker[], cameraId: string, wanted: RecordingRequest): Promise<Asked> {
  const asked: Asked = { answers: [], missed: [], problem: noAnswer(cameraId) };
  for (const worker of workers) {
    try {
      const answer = await askWorker(worker, cameraId, wanted);
      if (answer) asked.answers.push(answer);
      else asked.missed.push(...silent(worker));
    } catch (error) {
      if (!(error instanceof SafecityError && error.code === 'API_NO_RECORDING')) throw error;
      asked.problem = error;
    }
  }
  return asked;
}

/**
 * Locks a stretch on every worker that holds some of it. What a worker holds that does not answer stays unlocked, and that is an
 * error after the rest was locked: the same may be asked again.
 * @param onLocked called when something was locked, before such an error
 * @throws SafecityError `API_RECORDING_AWAY` (503), `API_NO_RECORDING` (404), `API_NO_INGEST` (503)
 */
export async function lockRecording(
  services: RecordingServices,
  cameraId: string,
  body: RecordingLockWanted,
  onLocked: (lock: RecordingLock) => Promise<void> = async () => undefined,
): Promise<RecordingLock> {
  const { workers, away } = await holdersOf(services, cameraId);
  const { fromMs, toMs } = body;
  const asked = await askAll(within(workers, fromMs, toMs), cameraId, { method: 'POST', path: '/locks', body });
  const [answer] = asked.answers;
  const lock = answer && ((await answer.json()) as RecordingLock);
  if (lock) await onLocked(lock);
  const missed = [...asked.missed, ...awayWithin(away, fromMs, toMs)];
  if (missed.length > 0) throw recordingAway(cameraId, missed, lock ? 'the rest is locked; what is not locked' : 'what is recorded then');
  if (lock) return lock;
  if (within(workers, fromMs, toMs).length === 0) throw failure('API_NO_RECORDING', 404, 'nothing is recorded then');
  throw asked.problem;
}

/**
 * Releases a lock wherever it is.
 * @throws SafecityError `API_RECORDING_AWAY` (503) when a worker that may have it does not answer, `API_NO_INGEST` (503)
 */
export async function unlockRecording(services: RecordingServices, cameraId: string, lockId: string): Promise<void> {
  const { workers, away } = await holdersOf(services, cameraId);
  const asked = await askAll(workers, cameraId, { method: 'DELETE', path: `/locks/${lockId}` });
  const missed = [...asked.missed, ...away];
  if (missed.length > 0) throw recordingAway(cameraId, missed, 'the lock is released where it could be; more');
  if (asked.answers.length === 0) throw asked.problem;
}
