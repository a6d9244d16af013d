import type { CameraRow } from '../cameras/camera-store.js';
import type { RecordingWorker } from '../live/ingest-directory.js';
import { failure } from '../server/failure.js';
import { heldTimelines } from './held-timelines.js';
import { plannedParts } from './joined-timeline.js';
import { maskedQuery } from './played-part.js';
import type { AwayStretch } from './recorded-by-workers.js';
import { askWorker } from './recording-client.js';
import { holdersOf, noAnswer, type RecordingServices, recordingAway, within } from './recording-holders.js';

/** A file of a worker, whose bytes are still to be read. */
export interface ExportedPart {
  workerId: string;
  fromMs: number;
  toMs: number;
  sha256: string;
  answer: Response;
}

/** What is left of a range: at least one part, in order, and what is missing because its worker does not answer. */
export interface ExportedParts {
  parts: ExportedPart[];
  away: AwayStretch[];
}

async function partOf(camera: CameraRow, worker: RecordingWorker, range: { fromMs: number; toMs: number }): Promise<ExportedPart> {
  const { fromMs, toMs } = range;
  const answer = await askWorker(worker, camera.id, { path: '/span', query: { fromMs, toMs, ...maskedQuery(camera) } });
  if (!answer) throw noAnswer(camera.id);
  return { workerId: worker.workerId, fromMs, toMs, sha256: answer.headers.get('x-sha256') ?? '', answer };
}

/**
 * The recording of a range as files, each a stream copy from the worker that holds it: one, when one worker has all of it.
 * @throws SafecityError `API_RECORDING_AWAY` (503) when only workers have it that do not answer, and what `askWorker` throws
 */
export async function exportedParts(
  services: RecordingServices,
  camera: CameraRow,
  range: { fromMs: number; toMs: number },
): Promise<ExportedParts> {
  const { workers, away } = await holdersOf(services, camera.id);
  const may = { workers: within(workers, range.fromMs, range.toMs), away };
  const [only, ...others] = may.workers;
  const { held, away: missed } =
    others.length > 0 || away.length > 0 ? await heldTimelines(may, camera.id, range) : { held: [], away: [] as AwayStretch[] };
  const planned = plannedParts(
    held.map(({ worker, timeline }) => ({ worker, spans: timeline.spans })),
    range,
  );
  // What is not on the disk yet is cut from the memory of the worker that holds the camera.
  const wanted = planned.length > 0 ? planned : only && missed.length === 0 ? [{ worker: only, ...range }] : [];
  const parts: ExportedPart[] = [];
  for (const { worker, fromMs, toMs } of wanted.length === 1 ? wanted.map((part) => ({ ...part, ...range })) : wanted)
    parts.push(await partOf(camera, worker, { fromMs, toMs }));
  if (parts.length > 0) return { parts, away: missed };
  if (missed.length > 0) throw recordingAway(camera.id, missed, 'what is recorded then');
  throw failure('API_NO_RECORDING', 404, 'nothing is recorded then');
}
