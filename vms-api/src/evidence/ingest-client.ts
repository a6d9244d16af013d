import { matches, Reservation } from '@safecity/contracts';
import type { IngestDirectory } from '../live/ingest-directory.js';

const TIMEOUT_MS = 10_000;
const MAX_PICTURE_BYTES = 20 * 1024 * 1024;
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/;

/** Reads reservations and their pictures from the ingest worker that holds the camera. */
export interface ReservationSource {
  /** @throws Error when the worker cannot be reached or does not know the reservation */
  reservation(cameraId: string, reservationId: string): Promise<Reservation>;
  picture(cameraId: string, reservationId: string, file: string): Promise<Uint8Array>;
}

/** The source behind the internal HTTP of ingest. */
export function ingestReservations(ingest: IngestDirectory): ReservationSource {
  async function get(cameraId: string, reservationId: string, path: string): Promise<Response> {
    const { address, headers } = ingest.reach(cameraId, `reservation:${reservationId}`);
    const url = new URL(`/reservations/${encodeURIComponent(reservationId)}${path}`, address);
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
    if (!response.ok) throw new Error(`ingest answered with status ${response.status}`);
    return response;
  }
  return {
    async reservation(cameraId, reservationId) {
      const value: unknown = await (await get(cameraId, reservationId, '')).json();
      if (!matches(Reservation, value)) throw new Error('ingest answered with something that is no reservation');
      return value;
    },
    async picture(cameraId, reservationId, file) {
      if (!FILE_NAME.test(file)) throw new Error('ingest named a picture in a way that is not allowed');
      const response = await get(cameraId, reservationId, `/${file}`);
      if (Number(response.headers.get('content-length') ?? 0) > MAX_PICTURE_BYTES) throw new Error('the picture is too large');
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (bytes.length > MAX_PICTURE_BYTES) throw new Error('the picture is too large');
      return bytes;
    },
  };
}
