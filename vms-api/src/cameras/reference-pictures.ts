import type { CameraConfig } from '@safecity/contracts';
import type { Queryable, Transaction } from '../database/connection.js';

/** The intended view of a camera, as it was taken. */
export interface ReferencePicture {
  jpeg: Buffer;
  sha256: string;
  captured_at_ms: number | null;
  taken_at_ms: number;
  taken_by: string;
}

/** When the pictures of these cameras were taken, and by whom. */
export async function referencesOf(sql: Queryable, cameraIds: string[]): Promise<Map<string, { takenAtMs: number; takenBy: string }>> {
  const rows = await sql<{ camera_id: string; taken_at_ms: number; taken_by: string }[]>`
    SELECT camera_id, taken_at_ms, taken_by FROM camera_reference_pictures WHERE camera_id = ANY(${cameraIds})`;
  return new Map(rows.map((row) => [row.camera_id, { takenAtMs: row.taken_at_ms, takenBy: row.taken_by }]));
}

export async function getReference(sql: Queryable, cameraId: string): Promise<ReferencePicture | null> {
  const rows = await sql<ReferencePicture[]>`
    SELECT jpeg, sha256, captured_at_ms, taken_at_ms, taken_by FROM camera_reference_pictures WHERE camera_id = ${cameraId}`;
  return rows[0] ?? null;
}

/** Keeps one picture of a camera; the one before is gone. */
export async function storeReference(transaction: Transaction, cameraId: string, picture: ReferencePicture): Promise<void> {
  const { jpeg, sha256, captured_at_ms, taken_at_ms, taken_by } = picture;
  await transaction`
    INSERT INTO camera_reference_pictures (camera_id, jpeg, sha256, captured_at_ms, taken_at_ms, taken_by)
    VALUES (${cameraId}, ${jpeg}, ${sha256}, ${captured_at_ms}, ${taken_at_ms}, ${taken_by})
    ON CONFLICT (camera_id) DO UPDATE SET jpeg = excluded.jpeg, sha256 = excluded.sha256, captured_at_ms = excluded.captured_at_ms,
      taken_at_ms = excluded.taken_at_ms, taken_by = excluded.taken_by`;
}

/** A picture from before a mask was drawn shows what nobody may see any more. */
export async function dropUnmasked(transaction: Transaction, before: CameraConfig | null, after: CameraConfig): Promise<void> {
  if (JSON.stringify(before?.privacyMasks ?? []) === JSON.stringify(after.privacyMasks ?? [])) return;
  await transaction`DELETE FROM camera_reference_pictures WHERE camera_id = ${after.id}`;
}
