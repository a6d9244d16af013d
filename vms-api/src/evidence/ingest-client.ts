import { matches, Reservation } from '@safecity/contracts';
import type { IngestDirectory } from '../live/ingest-directory.js';

const TIMEOUT_MS = 10_000;
const CLIP_TIMEOUT_MS = 60_000;
const MAX_CLIP_BYTES = 512 * 1024 * 1024;
const MAX_PICTURE_BYTES = 20 * 1024 * 1024;
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/;

/** Reads reservations and their pictures from the ingest worker that holds the camera. */
export interface ReservationSource {
  /** @throws Error when the worker cannot be reached or does not know the reservation */
  reservation(cameraId: string, reservationId: string): Promise<Reservation>;
  picture(cameraId: string, reservationId: string, file: string): Promise<Uint8Array>;
  clip(cameraId: string, reservationId: string, file: string): Promise<Uint8Array>;
}

/** The source behind the internal HTTP of ingest. */
export function ingestReservations(ingest: IngestDirectory): ReservationSource {
  async function get(cameraId: string, reservationId: string, path: string, timeoutMs = TIMEOUT_MS): Promise<Response> {
    const { address, headers } = ingest.reach(cameraId, `reservation:${reservationId}`);
    const url = new URL(`/reservations/${encodeURIComponent(reservationId)}${path}`, address);
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs), redirect: 'error' });
    if (!response.ok) throw new Error(`ingest answered with status ${response.status}`);
    return response;
  }
  async function file(of: [string, string], name: string, limits: { maxBytes: number; timeoutMs: number }): Promise<Uint8Array> {
    if (!FILE_NAME.test(name)) throw new Error('ingest named a file in a way that is not allowed');
    const response = await get(...of, `/${name}`, limits.timeoutMs);
    if (Number(response.headers.get('content-length') ?? 0) > limits.maxBytes) throw new Error(`${name} is too large`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes.length > limits.maxBytes) throw new Error(`${name} is too large`);
    return bytes;
  }
  return {
    async reservation(cameraId, reservationId) {
      const value: unknown = await (await get(cameraId, reservationId, '')).json();
      if (!matches(Reservation, value)) throw new Error('ingest answered with something that is no reservation');
      return value;
    },
    picture: (cameraId, reservationId, name) =>
      file([cameraId, reservationId], name, { maxBytes: MAX_PICTURE_BYTES, timeoutMs: TIMEOUT_MS }),
    clip: (cameraId, reservationId, name) =>
      file([cameraId, reservationId], name, { maxBytes: MAX_CLIP_BYTES, timeoutMs: CLIP_TIMEOUT_MS }),
  };
}
