import { SafecityError } from '@safecity/contracts';
import type { Logger } from '@safecity/platform';
import type { Queryable, Sql } from '../database/connection.js';
import type { RecordingServices } from '../recording/recording-holders.js';
import { lockRecording, unlockRecording } from '../recording/recording-locks.js';
import type { Hold } from './hold-schemas.js';
import { type HeldRecording, isLockOfHold, lockHold, storeRecordings } from './hold-store.js';

/** What belongs to an incident before it was seen and after it was over. */
const AROUND_MS = 60_000;

/** An alert that has no end goes on for this long after the last word of it, unless somebody resolves it: rules may have died. */
const GOES_ON_MS = 24 * 3_600_000;

export interface RecordingParts extends RecordingServices {
  sql: Sql;
  logger: Logger;
}

/** Until when what belongs to an alert (table alias `a`) was recorded, epoch ms. */
const lastMs = (sql: Queryable, nowMs: number) => sql`COALESCE(a.end_ms,
  CASE WHEN a.state IN ('new', 'acknowledged', 'confirmed', 'dispatched') THEN LEAST(GREATEST(a.updated_ms, ${nowMs}), a.updated_ms + ${GOES_ON_MS})
    ELSE a.updated_ms END)`;

/** The stretches that belong to an alert and those told with it, as far as they are known now. */
async function stretchesOf(sql: Queryable, alertId: string, nowMs: number): Promise<HeldRecording[]> {
  const rows = await sql<{ camera_id: string; start_ms: number; last_ms: number }[]>`
    SELECT a.camera_id, min(a.start_ms) AS start_ms, max(${lastMs(sql, nowMs)}) AS last_ms FROM alerts a
    WHERE a.camera_id IS NOT NULL AND (a.id = ${alertId} OR a.merged_into = ${alertId}) GROUP BY a.camera_id ORDER BY a.camera_id`;
  return rows.map(({ camera_id, start_ms, last_ms }) => ({
    ...{ cameraId: camera_id, fromMs: Math.floor(start_ms) - AROUND_MS, toMs: Math.ceil(last_ms) + AROUND_MS },
    ...{ lockId: null, problem: null },
  }));
}

const wordsOf = (error: unknown) => (error instanceof SafecityError ? error.message : 'it could not be asked for').slice(0, 300);

/** What was locked although one worker of several did not answer keeps its id beside the problem: it is released one day too. */
async function locked(services: RecordingServices, hold: Hold, stretch: HeldRecording): Promise<HeldRecording> {
  const { cameraId, fromMs, toMs } = stretch;
  let lockId: string | null = null;
  const onLocked = async (lock: { lockId: string }) => {
    lockId = lock.lockId;
  };
  try {
    await lockRecording(services, cameraId, { fromMs, toMs, reason: `hold ${hold.holdId}`, owner: hold.setBy }, onLocked);
    return { ...stretch, lockId, problem: null };
  } catch (error) {
    return { ...stretch, lockId, problem: wordsOf(error) };
  }
}

async function released(services: RecordingServices, hold: Hold, stretch: HeldRecording): Promise<HeldRecording> {
  const { cameraId, lockId } = stretch;
  if (lockId === null) return stretch;
  try {
    // The same person may hold the same stretch for another alert: to ingest that is one lock.
    if (!(await isLockOfHold(services.sql, cameraId, lockId, hold.holdId))) await unlockRecording(services, cameraId, lockId);
  } catch (error) {
    // A lock that is not there is released; one that ingest could not be asked about is tried again.
    if (!(error instanceof SafecityError && error.code === 'API_NO_RECORDING')) return { ...stretch, problem: wordsOf(error) };
  }
  return { ...stretch, lockId: null, problem: null };
}

const covers = (one: HeldRecording, other: HeldRecording) =>
  one.lockId !== null && one.problem === null && one.cameraId === other.cameraId && one.fromMs <= other.fromMs && one.toMs >= other.toMs;

/** A stretch with everything that is locked of its camera already. */
const joined = (stretch: HeldRecording, before: readonly HeldRecording[]): HeldRecording => ({
  ...stretch,
  fromMs: Math.min(stretch.fromMs, ...before.map(({ fromMs }) => fromMs)),
  toMs: Math.max(stretch.toMs, ...before.map(({ toMs }) => toMs)),
});

/** What is still locked of what a longer lock has taken the place of. */
async function replaced(services: RecordingServices, hold: Hold, before: HeldRecording[], by: HeldRecording) {
  const left: HeldRecording[] = [];
  for (const one of before) if (one.lockId !== by.lockId) left.push(await released(services, hold, one));
  return left.filter(({ lockId }) => lockId !== null);
}

/** Locks what belongs to the alert by now: a longer lock takes the place of a shorter one, which is released after it. */
async function lockedAll(services: RecordingServices, hold: Hold): Promise<HeldRecording[]> {
  let all = hold.recordings;
  for (const stretch of await stretchesOf(services.sql, hold.alertId, services.nowMs())) {
    if (all.some((one) => covers(one, stretch))) continue;
    const before = all.filter(({ cameraId, lockId }) => cameraId === stretch.cameraId && lockId !== null);
    const now = await locked(services, hold, joined(stretch, before));
    const kept = now.problem === null ? await replaced(services, hold, before, now) : before.filter(({ lockId }) => lockId !== now.lockId);
    all = [...all.filter(({ cameraId }) => cameraId !== stretch.cameraId), ...kept, now];
  }
  return all;
}

async function releasedAll(services: RecordingServices, hold: Hold): Promise<HeldRecording[]> {
  const all: HeldRecording[] = [];
  for (const stretch of hold.recordings) all.push(await released(services, hold, stretch));
  return all;
}

/**
 * Locks the recordings of a hold, as far as they are known now, or releases those of one that has ended. What fails is written down and
 * tried again. Until it is written down which locks there are, nobody else sets or releases any of this hold.
 */
export async function settleRecordings(parts: RecordingParts, holdId: string): Promise<Hold> {
  return parts.sql.begin(async (transaction) => {
    // One connection for all: those of the pool could all wait for another one.
    const services = { ...parts, sql: transaction };
    const hold = await lockHold(transaction, holdId);
    const recordings = hold.endedAtMs === null ? await lockedAll(services, hold) : await releasedAll(services, hold);
    if (JSON.stringify(recordings) !== JSON.stringify(hold.recordings)) await storeRecordings(transaction, holdId, recordings);
    return { ...hold, recordings };
  }) as Promise<Hold>;
}

/** Locks what has come to be held since, and tries again what could not be locked or released. */
export async function settleAllRecordings(parts: RecordingParts, closing: AbortSignal): Promise<void> {
  const { sql, logger, nowMs } = parts;
  const holds = await sql<{ id: string }[]>`
    SELECT h.id FROM legal_holds h WHERE h.ended_at_ms IS NOT NULL AND jsonb_path_exists(h.recording, '$[*].lockId ? (@ != null)')
    UNION ALL
    SELECT h.id FROM legal_holds h WHERE h.ended_at_ms IS NULL AND EXISTS (
      SELECT 1 FROM alerts a WHERE a.camera_id IS NOT NULL AND (a.id = h.alert_id OR a.merged_into = h.alert_id) AND NOT EXISTS (
        SELECT 1 FROM jsonb_to_recordset(h.recording) r ("cameraId" text, "fromMs" double precision, "toMs" double precision, "lockId" text, problem text)
        WHERE r."cameraId" = a.camera_id AND r."lockId" IS NOT NULL AND r.problem IS NULL AND r."fromMs" <= a.start_ms - ${AROUND_MS}
          AND r."toMs" >= ${lastMs(sql, nowMs())} + ${AROUND_MS}))`;
  for (const { id } of holds) {
    if (closing.aborted) return;
    await settleRecordings(parts, id).catch((error: unknown) => {
      logger.warn({ err: error, holdId: id }, 'recordings of a hold could not be settled; trying again');
    });
  }
}
