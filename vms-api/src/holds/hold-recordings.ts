import { SafecityError } from '@safecity/contracts';
import type { Logger } from '@safecity/platform';
import type { Sql } from '../database/connection.js';
import type { RecordingServices } from '../recording/recording-holders.js';
import { lockRecording, unlockRecording } from '../recording/recording-locks.js';
import type { Hold } from './hold-schemas.js';
import { type HeldRecording, storeRecordings } from './hold-store.js';

/** What belongs to an incident before it was seen and after it was over. */
const AROUND_MS = 60_000;

export interface RecordingParts extends RecordingServices {
  logger: Logger;
}

/** The stretches that belong to an alert and those told with it. */
async function stretchesOf(sql: Sql, alertId: string): Promise<HeldRecording[]> {
  const rows = await sql<{ camera_id: string; start_ms: number; last_ms: number }[]>`
    SELECT camera_id, min(start_ms) AS start_ms, max(COALESCE(end_ms, updated_ms)) AS last_ms FROM alerts
    WHERE camera_id IS NOT NULL AND (id = ${alertId} OR merged_into = ${alertId}) GROUP BY camera_id ORDER BY camera_id`;
  return rows.map(({ camera_id, start_ms, last_ms }) => ({
    ...{ cameraId: camera_id, fromMs: Math.floor(start_ms) - AROUND_MS, toMs: Math.ceil(last_ms) + AROUND_MS },
    ...{ lockId: null, problem: null },
  }));
}

const wordsOf = (error: unknown) => (error instanceof SafecityError ? error.message : 'it could not be asked for').slice(0, 300);

async function locked(services: RecordingServices, hold: Hold, stretch: HeldRecording): Promise<HeldRecording> {
  if (stretch.lockId !== null) return stretch;
  const { cameraId, fromMs, toMs } = stretch;
  try {
    const body = { fromMs, toMs, reason: `hold ${hold.holdId}`, owner: hold.setBy };
    const lock = await lockRecording(services, cameraId, body);
    return { ...stretch, lockId: lock.lockId, problem: null };
  } catch (error) {
    return { ...stretch, problem: wordsOf(error) };
  }
}

async function released(services: RecordingServices, stretch: HeldRecording): Promise<HeldRecording> {
  if (stretch.lockId === null) return stretch;
  try {
    await unlockRecording(services, stretch.cameraId, stretch.lockId);
  } catch (error) {
    // A lock that is not there is released; one that ingest could not be asked about is tried again.
    if (!(error instanceof SafecityError && error.code === 'API_NO_RECORDING')) return { ...stretch, problem: wordsOf(error) };
  }
  return { ...stretch, lockId: null, problem: null };
}

/** Locks the recordings of a hold, or releases those of one that has ended. What fails is written down and tried again daily. */
export async function settleRecordings(parts: RecordingParts, hold: Hold): Promise<Hold> {
  const { sql } = parts;
  const stretches = hold.recordings.length > 0 ? hold.recordings : await stretchesOf(sql, hold.alertId);
  const recordings: HeldRecording[] = [];
  for (const stretch of stretches) {
    recordings.push(hold.endedAtMs === null ? await locked(parts, hold, stretch) : await released(parts, stretch));
  }
  await storeRecordings(sql, hold.holdId, recordings);
  return { ...hold, recordings };
}

/** Tries again what could not be locked or released. */
export async function settleAllRecordings(parts: RecordingParts): Promise<void> {
  const { sql, logger } = parts;
  const holds = await sql<Hold[]>`
    SELECT id AS "holdId", alert_id AS "alertId", set_by AS "setBy", ended_at_ms AS "endedAtMs", recording AS recordings FROM legal_holds
    WHERE recording @> '[{"lockId": null}]' AND ended_at_ms IS NULL
      OR ended_at_ms IS NOT NULL AND jsonb_path_exists(recording, '$[*].lockId ? (@ != null)')`;
  for (const hold of holds) {
    await settleRecordings(parts, hold).catch((error: unknown) => {
      logger.warn({ err: error, holdId: hold.holdId }, 'recordings of a hold could not be settled; tried again tomorrow');
    });
  }
}
