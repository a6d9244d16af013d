import { type AlertRecord, momentsOf } from '../alerts/alert-record.js';
import type { Sql, Transaction } from '../database/connection.js';

/** How long pictures are asked for after the alert (or its last new moment) came in. */
export const GIVE_UP_AFTER_MS = 2 * 60_000;

/** While one process works on a job no other takes it; when it dies, the job is free again after this. */
const LEASE_MS = 30_000;

export interface EvidenceJob {
  alert_id: string;
  reservation_id: string;
  camera_id: string;
  wanted_moments: string[];
  attempts: number;
  give_up_at_ms: number;
}

/** Names of the moments that the alert speaks of. */
function wantedMoments(message: AlertRecord): string[] {
  return [...new Set(momentsOf(message).map(({ name }) => name))].sort();
}

/**
 * Writes down that pictures must be fetched; a revision that names new moments, or another camera, opens the job again. Not once they
 * were erased by order: ingest may have them still.
 */
export async function upsertEvidenceJob(transaction: Transaction, message: AlertRecord, nowMs: number): Promise<void> {
  if (message.reservationId === undefined || message.cameraId === undefined) return;
  const wanted = wantedMoments(message);
  await transaction`
    INSERT INTO evidence_jobs AS job (alert_id, reservation_id, camera_id, state, wanted_moments, next_attempt_ms, give_up_at_ms)
    SELECT ${message.alertId}::uuid, ${message.reservationId}::text, ${message.cameraId}::text, 'pending', ${wanted}::text[],
      ${nowMs}::double precision, ${nowMs + GIVE_UP_AFTER_MS}::double precision
    WHERE NOT EXISTS (SELECT 1 FROM erasure_records e WHERE e.alert_id = ${message.alertId})
    ON CONFLICT (alert_id) DO UPDATE SET state = 'pending', wanted_moments = excluded.wanted_moments,
      reservation_id = excluded.reservation_id, camera_id = excluded.camera_id,
      next_attempt_ms = excluded.next_attempt_ms, give_up_at_ms = excluded.give_up_at_ms, attempts = 0
    WHERE NOT excluded.wanted_moments <@ job.wanted_moments OR excluded.reservation_id <> job.reservation_id`;
}

/** Takes jobs that are due, oldest first, for this process alone. */
export async function claimEvidenceJobs(sql: Sql, limit: number, nowMs: number): Promise<EvidenceJob[]> {
  return sql<EvidenceJob[]>`
    UPDATE evidence_jobs SET next_attempt_ms = ${nowMs + LEASE_MS}, attempts = attempts + 1
    WHERE alert_id IN (
      SELECT alert_id FROM evidence_jobs WHERE state = 'pending' AND next_attempt_ms <= ${nowMs}
      ORDER BY next_attempt_ms LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    RETURNING alert_id, reservation_id, camera_id, wanted_moments, attempts, give_up_at_ms`;
}

/** No camera sees the alert any more: nothing is fetched for it. */
export async function dropEvidenceJob(transaction: Transaction, alertId: string): Promise<void> {
  await transaction`DELETE FROM evidence_jobs WHERE alert_id = ${alertId}`;
}
