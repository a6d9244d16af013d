import type { Reservation, ReservedClip } from '@safecity/contracts';
import type { Sql, Transaction } from '../database/connection.js';
import { clipFileName, type EvidenceFiles, hashesOf } from './evidence-files.js';
import type { EvidenceJob } from './evidence-jobs.js';
import type { ReservationSource } from './ingest-client.js';

const NAME = /^clip-[a-z][a-z0-9-]{0,31}$/;

/** A clip that has been fetched and stored, and is not in the database yet. */
export interface FetchedClip {
  clip: ReservedClip;
  file: string;
}

/**
 * Fetches the clips of a reservation that are not stored yet; their hashes are checked before they are kept.
 * @throws Error when ingest does not deliver, or not what it announced
 */
export async function fetchClips(
  parts: { sql: Sql; source: ReservationSource; files: EvidenceFiles },
  job: EvidenceJob,
  reservation: Reservation,
): Promise<FetchedClip[]> {
  const rows = await parts.sql<{ name: string }[]>`SELECT name FROM alert_clips WHERE alert_id = ${job.alert_id}`;
  const stored = new Set(rows.map(({ name }) => name));
  const fetched: FetchedClip[] = [];
  for (const clip of reservation.clips ?? []) {
    if (!NAME.test(clip.name) || stored.has(clip.name)) continue;
    const bytes = await parts.source.clip(job.camera_id, job.reservation_id, clip.file);
    const { sha256 } = hashesOf(bytes);
    if (sha256 !== clip.sha256) throw new Error(`${clip.name} does not have the hash announced for it`);
    const file = clipFileName(clip.name, sha256);
    await parts.files.write(job.alert_id, file, bytes);
    fetched.push({ clip, file });
  }
  return fetched;
}

export async function insertClip(transaction: Transaction, alertId: string, { clip, file }: FetchedClip, nowMs: number): Promise<void> {
  await transaction`
    INSERT INTO alert_clips (alert_id, name, file, from_ms, to_ms, duration_ms, codec, width_px, height_px, size_bytes, gaps, sha256, masked, stored_at_ms)
    VALUES (${alertId}, ${clip.name}, ${file}, ${clip.fromMs}, ${clip.toMs}, ${clip.durationMs}, ${clip.codec}, ${clip.widthPx},
      ${clip.heightPx}, ${clip.sizeBytes}, ${transaction.json(clip.gaps)}, ${clip.sha256}, ${clip.masked === true}, ${nowMs})
    ON CONFLICT (alert_id, name) DO NOTHING`;
}
