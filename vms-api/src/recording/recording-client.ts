import type { IngestDirectory } from '../live/ingest-directory.js';
import { failure } from '../server/failure.js';

const TIMEOUT_MS = 60_000;

/** One request to the recordings of a camera, below `/cameras/<id>/recording` of ingest's internal HTTP. */
export interface RecordingRequest {
  method?: 'GET' | 'POST' | 'DELETE';
  path: string;
  query?: Record<string, number>;
  body?: object;
}

async function messageOf(response: Response): Promise<string> {
  const body = (await response.json().catch(() => null)) as { message?: unknown } | null;
  return typeof body?.message === 'string' ? body.message.slice(0, 300) : `ingest answered with status ${response.status}`;
}

/**
 * Asks the ingest worker that holds a camera about its recording.
 * @throws SafecityError `API_NO_INGEST` (503), `API_NO_RECORDING` (404), `API_INVALID` (400)
 */
export async function askRecording(ingest: IngestDirectory, cameraId: string, wanted: RecordingRequest): Promise<Response> {
  const { method = 'GET', path, query = {}, body } = wanted;
  const { address, headers } = ingest.reach(cameraId, `recording:${cameraId}`);
  const url = new URL(`/cameras/${cameraId}/recording${path}`, address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  let response: Response;
  try {
    response = await fetch(url, {
      ...{ method, headers: { ...headers, ...json }, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    throw failure('API_NO_INGEST', 503, `the ingest worker of camera "${cameraId}" does not answer`, cause);
  }
  if (response.ok) return response;
  const message = await messageOf(response);
  if (response.status === 404) throw failure('API_NO_RECORDING', 404, message);
  if (response.status === 400 || response.status === 413) throw failure('API_INVALID', 400, message);
  throw failure('API_NO_INGEST', 503, message);
}
