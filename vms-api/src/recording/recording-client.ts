import type { IngestDirectory } from '../live/ingest-directory.js';
import { failure } from '../server/failure.js';

/** Until the answer begins; how long a download takes is up to who downloads. */
const TIMEOUT_MS = 60_000;

/** One request to the recordings of a camera, below `/cameras/<id>/recording` of ingest's internal HTTP. */
export interface RecordingRequest {
  method?: 'GET' | 'POST' | 'DELETE';
  path: string;
  query?: Record<string, number | string>;
  body?: object;
  /** Aborted when nobody waits for the answer any more: ingest then stops making it. */
  signal?: AbortSignal;
}

/** Refusals of ingest that have a meaning of their own. */
const REFUSALS: Partial<Record<string, 'API_TRANSCODE_EXHAUSTED' | 'API_TRANSCODE_FAILED'>> = {
  INGEST_TRANSCODE_EXHAUSTED: 'API_TRANSCODE_EXHAUSTED',
  INGEST_TRANSCODE_FAILED: 'API_TRANSCODE_FAILED',
  INGEST_FFMPEG_MISSING: 'API_TRANSCODE_FAILED',
};

async function refusalOf(response: Response): Promise<{ code: string; message: string }> {
  const body = (await response.json().catch(() => null)) as { code?: unknown; message?: unknown } | null;
  const message = typeof body?.message === 'string' ? body.message.slice(0, 300) : `ingest answered with status ${response.status}`;
  return { code: typeof body?.code === 'string' ? body.code : '', message };
}

async function send(url: URL, init: RequestInit, asking: AbortSignal | undefined): Promise<Response> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS);
  try {
    const signal = asking ? AbortSignal.any([timeout.signal, asking]) : timeout.signal;
    return await fetch(url, { ...init, redirect: 'error', signal });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks the ingest worker that holds a camera about its recording.
 * @throws SafecityError `API_NO_INGEST` (503), `API_NO_RECORDING` (404), `API_RECORDING_ELSEWHERE` (409), `API_INVALID` (400),
 * `API_TRANSCODE_EXHAUSTED` (503), `API_TRANSCODE_FAILED` (503)
 */
export async function askRecording(ingest: IngestDirectory, cameraId: string, wanted: RecordingRequest): Promise<Response> {
  const { method = 'GET', path, query = {}, body, signal } = wanted;
  const { address, headers } = ingest.reach(cameraId, `recording:${cameraId}`);
  const url = new URL(`/cameras/${cameraId}/recording${path}`, address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const init = { method, headers: { ...headers, ...json }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await send(url, init, signal).catch((cause: unknown) => {
    throw failure('API_NO_INGEST', 503, `the ingest worker of camera "${cameraId}" does not answer`, cause);
  });
  if (response.ok) return response;
  const { code, message } = await refusalOf(response);
  const refusal = REFUSALS[code];
  if (refusal) throw failure(refusal, 503, message);
  if (response.status === 404 && ingest.hasRecordingsElsewhere(cameraId))
    throw failure('API_RECORDING_ELSEWHERE', 409, `${message}; another ingest worker has recordings of camera "${cameraId}" on its disk`);
  if (response.status === 404) throw failure('API_NO_RECORDING', 404, message);
  if (response.status === 400 || response.status === 413) throw failure('API_INVALID', 400, message);
  throw failure('API_NO_INGEST', 503, message);
}
