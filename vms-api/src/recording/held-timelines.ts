import type { RecordingTimeline } from '@safecity/contracts';
import type { RecordingWorker } from '../live/ingest-directory.js';
import type { AwayStretch } from './recorded-by-workers.js';
import { askWorker } from './recording-client.js';
import { awayWithin, type Holders, noAnswer, PATIENCE_MS, silent } from './recording-holders.js';

/** What each worker has of a camera between two times, and what those have that are away. */
export interface HeldTimelines {
  held: { worker: RecordingWorker; timeline: RecordingTimeline }[];
  away: AwayStretch[];
}

/**
 * Asks every worker at once; one that does not answer is missed by name, not waited for.
 * @throws SafecityError `API_NO_INGEST` (503) when nobody answers and nothing of what is missing is known
 */
export async function heldTimelines(
  { workers, away }: Holders,
  cameraId: string,
  query: { fromMs: number; toMs: number; motionSteps?: number },
): Promise<HeldTimelines> {
  const timeoutMs = workers.length + away.length > 1 ? { timeoutMs: PATIENCE_MS } : {};
  const asked = await Promise.all(
    workers.map(async (worker) => {
      const answer = await askWorker(worker, cameraId, { path: '/timeline', query, ...timeoutMs });
      return { worker, timeline: answer && ((await answer.json()) as RecordingTimeline) };
    }),
  );
  const held = asked.flatMap(({ worker, timeline }) => (timeline ? [{ worker, timeline }] : []));
  const missed = asked.flatMap(({ worker, timeline }) => (timeline ? [] : silent(worker)));
  const stretches = awayWithin([...away, ...missed], query.fromMs, query.toMs);
  if (held.length === 0 && away.length + missed.length === 0) throw noAnswer(cameraId);
  return { held, away: stretches };
}
