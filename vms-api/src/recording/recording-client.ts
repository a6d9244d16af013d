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
}

async function messageOf(response: Response): Promise<string> {
  const body = (await response.json().catch(() => null)) as { message?: unknown } | null;
  return typeof body?.message === 'string' ? body.message.slice(0, 300) : `ingest answered with status ${response.status}`;
}

async function send(url: URL, init: RequestInit): Promise<Response> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS);
  try {
    return await fetch(url, { ...init, redirect: 'error', signal: timeout.signal });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks the ingest worker that holds a camera about its recording.
 * @throws SafecityError `API_NO_INGEST` (503), `API_NO_RECORDING` (404), `API_RECORDING_ELSEWHERE` (409), `API_INVALID` (400)
 */
export async function askRecording(ingest: IngestDirectory, cameraId: string, wanted: RecordingRequest): Promise<Response> {
  const { method = 'GET', path, query = {}, body } = wanted;
  const { address, headers } = ingest.reach(cameraId, `recording:${cameraId}`);
  const url = new URL(`/cameras/${cameraId}/recording${path}`, address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await send(url, {
    ...{ method, headers: { ...headers, ...json } },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw failure('API_NO_INGEST', 503, `the ingest worker of camera "${cameraId}" does not answer`, cause);
  });
  if (response.ok) return response;
  const message = await messageOf(response);
  if (response.status === 404 && ingest.hasRecordingsElsewhere(cameraId))
    throw failure('API_RECORDING_ELSEWHERE', 409, `${message}; another ingest worker has recordings of camera "${cameraId}" on its disk`);
  if (response.status === 404) throw failure('API_NO_RECORDING', 404, message);
  if (response.status === 400 || response.status === 413) throw failure('API_INVALID', 400, message);
  throw failure('API_NO_INGEST', 503, message);
}
