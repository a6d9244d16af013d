import type { RecordingWorker } from '../live/ingest-directory.js';
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
  /** Until the answer begins; default a minute. */
  timeoutMs?: number;
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

async function send(url: URL, init: RequestInit, { timeoutMs = TIMEOUT_MS, signal: asking }: RecordingRequest): Promise<Response> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  try {
    const signal = asking ? AbortSignal.any([timeout.signal, asking]) : timeout.signal;
    return await fetch(url, { ...init, redirect: 'error', signal });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks an ingest worker about its recording of a camera; null when it does not answer.
 * @throws SafecityError `API_NO_RECORDING` (404), `API_INVALID` (400), `API_TRANSCODE_EXHAUSTED` (503), `API_TRANSCODE_FAILED` (503),
 * `API_NO_INGEST` (503) when it cannot do what is asked
 */
export async function askWorker(worker: RecordingWorker, cameraId: string, wanted: RecordingRequest): Promise<Response | null> {
  const { method = 'GET', path, query = {}, body } = wanted;
  const url = new URL(`/cameras/${cameraId}/recording${path}`, worker.address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const init = { method, headers: { ...worker.headers, ...json }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await send(url, init, wanted).catch(() => null);
  if (response === null || response.ok) return response;
  const { code, message } = await refusalOf(response);
  const refusal = REFUSALS[code];
  if (refusal) throw failure(refusal, 503, message);
  if (response.status === 404) throw failure('API_NO_RECORDING', 404, message);
  if (response.status === 400 || response.status === 413) throw failure('API_INVALID', 400, message);
  throw failure('API_NO_INGEST', 503, message);
}
