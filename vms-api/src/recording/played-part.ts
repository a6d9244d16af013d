import { RECORDING_GAP_MS, SafecityError } from '@safecity/contracts';
import type { CameraRow } from '../cameras/camera-store.js';
import type { RecordingWorker } from '../live/ingest-directory.js';
import { failure } from '../server/failure.js';
import { askWorker } from './recording-client.js';
import {
  awayWithin,
  holdersOf,
  noAnswer,
  PATIENCE_MS,
  type RecordingServices,
  recordingAway,
  silent,
  within,
} from './recording-holders.js';
import type { Stretch } from './stretches.js';

/** What is asked of a recording to be played, as ingest takes it. */
export interface PlayWanted {
  fromMs: number;
  [name: string]: number | string;
}

/** A piece from the worker that holds it. */
export interface PlayedPart {
  answer: Response;
  /** Where to go on, with whichever worker; null when nothing more is recorded yet. */
  nextMs: number | null;
}

/** What a worker has from a time on without a gap, or the next that it has; null: nothing. `silent` when it does not answer. */
async function stretchFrom(worker: RecordingWorker, cameraId: string, fromMs: number): Promise<Stretch | null | 'silent'> {
  const answer = await askWorker(worker, cameraId, { path: '/next', query: { fromMs }, timeoutMs: PATIENCE_MS }).catch(() => null);
  if (!answer) return 'silent';
  return ((await answer.json()) as { stretch: Stretch | null }).stretch;
}

/** Those that have something from `fromMs` on, who has it first in front; and those that do not answer. */
async function inOrder(workers: readonly RecordingWorker[], cameraId: string, fromMs: number) {
  const asked = await Promise.all(workers.map(async (worker) => ({ worker, stretch: await stretchFrom(worker, cameraId, fromMs) })));
  const found = asked.flatMap(({ worker, stretch }) =>
    stretch === null || stretch === 'silent' ? [] : [{ worker, fromMs: stretch.fromMs }],
  );
  return {
    able: found.sort((a, b) => a.fromMs - b.fromMs).map(({ worker }) => worker),
    missed: asked.flatMap(({ worker, stretch }) => (stretch === 'silent' ? silent(worker) : [])),
  };
}

/** Where to go on after a piece: what its own worker says, unless another has something before that. */
async function nextOf(answer: Response, others: readonly RecordingWorker[], cameraId: string): Promise<number | null> {
  const own = answer.headers.get('x-next-ms');
  const ownMs = own === null ? Number.POSITIVE_INFINITY : Number(own);
  const toMs = Number(answer.headers.get('x-to-ms'));
  const mayHave = ownMs - toMs > RECORDING_GAP_MS ? within(others, toMs, ownMs) : [];
  const stretches = await Promise.all(mayHave.map((worker) => stretchFrom(worker, cameraId, toMs + 1)));
  const starts = stretches.map((stretch) => (stretch === null || stretch === 'silent' ? Number.POSITIVE_INFINITY : stretch.fromMs));
  const nextMs = Math.min(ownMs, ...starts);
  return Number.isFinite(nextMs) ? nextMs : null;
}

/**
 * The recording of a camera from a time on, from the worker that holds that time; in a gap, from the one that has something first.
 * @throws SafecityError `API_RECORDING_AWAY` (503) when only workers that do not answer have something from then on,
 * `API_NO_RECORDING` (404), `API_NO_INGEST` (503), and what `askWorker` throws
 */
export async function playedPart(
  services: RecordingServices,
  camera: CameraRow,
  wanted: PlayWanted,
  signal: AbortSignal,
): Promise<PlayedPart> {
  const { fromMs } = wanted;
  const { workers, away } = await holdersOf(services, camera.id);
  const may = within(workers, fromMs, Number.POSITIVE_INFINITY);
  const { able, missed } = may.length > 1 ? await inOrder(may, camera.id, fromMs) : { able: may, missed: [] };
  const query = { ...wanted, ...maskedQuery(camera) };
  let problem: unknown = able.length > 0 ? noAnswer(camera.id) : nothingFrom(fromMs);
  for (const worker of able) {
    try {
      const answer = await askWorker(worker, camera.id, { path: '/play', query, signal });
      if (answer)
        return {
          answer,
          nextMs: await nextOf(
            answer,
            able.filter((other) => other !== worker),
            camera.id,
          ),
        };
      missed.push(...silent(worker));
    } catch (error) {
      if (!(error instanceof SafecityError && error.code === 'API_NO_RECORDING')) throw error;
      problem = error;
    }
  }
  missed.push(...awayWithin(away, fromMs, Number.POSITIVE_INFINITY));
  if (missed.length > 0) throw recordingAway(camera.id, missed, `what is recorded from ${new Date(fromMs).toISOString()} on`);
  throw problem;
}

const nothingFrom = (ms: number) => failure('API_NO_RECORDING', 404, `nothing is recorded from ${new Date(ms).toISOString()} on`);

/** A worker that does not hold the camera has not heard of its privacy masks. */
export function maskedQuery({ config }: CameraRow): Record<string, string> {
  return config.privacyMasks?.length ? { masked: 'yes' } : {};
}
