import type { Transaction } from '../database/connection.js';

/** A plate is read in a keyframe shortly before or after a picture in which the vehicle was tracked. */
export const PLATE_SLACK_MS = 1000;
/** How long before a reading its track may have begun; longer tracks take the plate with their next part. */
const LOOK_BACK_MS = 3_600_000;

/**
 * Keeps plates and tracks from missing each other: each is stored with what is there of the other, so neither may be
 * stored while the other is not committed yet. Plates need not wait for plates. Held to the end of the transaction, and
 * taken at its beginning.
 */
export async function lockTrackPlates(transaction: Transaction, storing: 'plate' | 'tracks'): Promise<void> {
  if (storing === 'plate') await transaction`SELECT pg_advisory_xact_lock_shared(hashtextextended('plates of tracks', 12))`;
  else await transaction`SELECT pg_advisory_xact_lock(hashtextextended('plates of tracks', 12))`;
}

/** Which vehicle a plate is of: its track, and the capture time of the reading, epoch ms. */
export interface PlateOfTrack {
  cameraId: string;
  trackId: string;
  atMs: number;
  /** Upper case without separators, Đ as D; null takes back what was read. */
  text: string | null;
}

/** Writes the plate into the track of its vehicle, when that is in the archive already. */
export async function setTrackPlate(transaction: Transaction, { cameraId, trackId, atMs, text }: PlateOfTrack): Promise<void> {
  await transaction`
    UPDATE tracks SET plate = ${text} WHERE camera_id = ${cameraId} AND track_id = ${trackId}
      AND first_ms >= ${atMs - LOOK_BACK_MS} AND first_ms <= ${atMs + PLATE_SLACK_MS} AND last_ms >= ${atMs - PLATE_SLACK_MS}
      AND plate IS DISTINCT FROM ${text}`;
}

/** Forgets the plates of tracks that began before `beforeMs` (exclusive); the tracks stay. @returns how many there were */
export async function forgetTrackPlates(transaction: Transaction, beforeMs: number): Promise<number> {
  const forgotten = await transaction`UPDATE tracks SET plate = NULL WHERE first_ms < ${beforeMs} AND plate IS NOT NULL`;
  await transaction`DELETE FROM plates WHERE last_day < ${Math.floor(beforeMs / 86_400_000)}`;
  return forgotten.count;
}
