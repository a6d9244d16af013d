import { type AlertScope, alertInScope } from '../alerts/alert-scope.js';
import { getAlertRow } from '../alerts/alert-store.js';
import { recordAudit } from '../audit/audit.js';
import { jsonb, type Queryable, type Sql, type Transaction } from '../database/connection.js';
import { failure, invalidRequest, notFound } from '../server/failure.js';
import type { Hold, HoldOverview } from './hold-schemas.js';

/** A stretch of a camera's recording that is locked with a hold; without lock id it could not be, for the reason beside it. */
export interface HeldRecording {
  cameraId: string;
  fromMs: number;
  toMs: number;
  lockId: string | null;
  problem: string | null;
}

export interface HoldContext {
  sql: Sql;
  scope: AlertScope;
  actor: string;
  address: string;
  nowMs: number;
}

const columns = (sql: Queryable) => sql`
  h.id AS "holdId", h.alert_id AS "alertId", h.reason, h.set_by AS "setBy", h.set_at_ms AS "setAtMs", h.until_ms AS "untilMs",
  h.ended_by AS "endedBy", h.ended_at_ms AS "endedAtMs", h.end_reason AS "endReason", h.recording AS recordings`;

/** Of an alert and those told with it, newest first. @throws SafecityError `API_NOT_FOUND` */
export async function listHolds(sql: Queryable, scope: AlertScope, alertId: string): Promise<Hold[]> {
  await getAlertRow(sql, scope, alertId);
  // What is told together is held together, as far as it may be seen.
  return sql<Hold[]>`
    SELECT ${columns(sql)} FROM legal_holds h JOIN alerts a ON a.id = h.alert_id
    WHERE COALESCE(a.merged_into, a.id) = (SELECT COALESCE(merged_into, id) FROM alerts WHERE id = ${alertId}) AND ${alertInScope(sql, scope)}
    ORDER BY h.set_at_ms DESC, h.id`;
}

/** Holds that are in force on alerts in scope. */
export function openHolds(sql: Queryable, scope: AlertScope): Promise<HoldOverview[]> {
  return sql<HoldOverview[]>`
    SELECT ${columns(sql)}, a.camera_name AS "cameraName", a.place, a.type, a.kind, a.raised_at_ms AS "raisedAtMs"
    FROM legal_holds h JOIN alerts a ON a.id = h.alert_id
    WHERE h.ended_at_ms IS NULL AND ${alertInScope(sql, scope)} ORDER BY h.set_at_ms DESC, h.id LIMIT 1000`;
}

async function readHold(sql: Queryable, holdId: string): Promise<Hold> {
  const [row] = await sql<Hold[]>`SELECT ${columns(sql)} FROM legal_holds h WHERE h.id = ${holdId}`;
  return row as Hold;
}

function entryOf({ actor, address, nowMs }: HoldContext, alertId: string) {
  return { atMs: nowMs, actor, subject: `alert:${alertId}`, address };
}

/**
 * Puts an alert under hold. Waits for a deletion that is under way, so that what is held is there.
 * @throws SafecityError `API_NOT_FOUND`; `API_INVALID` when it would be over already
 */
export async function setHold(
  context: HoldContext,
  alertId: string,
  { reason, untilMs }: { reason: string; untilMs: number | null },
): Promise<Hold> {
  const { sql, scope, actor, nowMs } = context;
  if (untilMs !== null && untilMs <= nowMs)
    throw invalidRequest({ path: 'untilMs', code: 'future', message: 'must lie in the future, or be null for a hold without end' });
  return (await sql.begin(async (transaction) => {
    await transaction`SELECT 1 FROM alerts WHERE id = ${alertId} FOR UPDATE`;
    await getAlertRow(transaction, scope, alertId);
    const [row] = await transaction<{ id: string }[]>`
      INSERT INTO legal_holds (alert_id, reason, set_by, set_at_ms, until_ms)
      VALUES (${alertId}, ${reason}, ${actor}, ${nowMs}, ${untilMs}) RETURNING id`;
    const holdId = (row as { id: string }).id;
    await recordAudit(transaction, { ...entryOf(context, alertId), action: 'hold.set', detail: { holdId, reason, untilMs } });
    return readHold(transaction, holdId);
  })) as Hold;
}

/** Ends a hold. @throws SafecityError `API_NOT_FOUND`; `API_HOLD_STATE` (409) when it has ended */
export async function liftHold(context: HoldContext, alertId: string, holdId: string, reason: string): Promise<Hold> {
  const { sql, scope, actor, nowMs } = context;
  return (await sql.begin(async (transaction) => {
    await getAlertRow(transaction, scope, alertId);
    const [row] = await transaction<{ ended_by: string | null; set_by: string }[]>`
      SELECT ended_by, set_by FROM legal_holds WHERE id = ${holdId} AND alert_id = ${alertId} FOR UPDATE`;
    if (!row) throw notFound('hold', holdId);
    if (row.ended_by !== null) throw failure('API_HOLD_STATE', 409, `the hold was ended by ${row.ended_by}`);
    if (row.set_by === actor) throw failure('API_HOLD_STATE', 409, 'who has set a hold does not lift it: ask another auditor');
    await endHold(transaction, holdId, { by: actor, reason, atMs: nowMs });
    await recordAudit(transaction, { ...entryOf(context, alertId), action: 'hold.lifted', detail: { holdId, reason } });
    return readHold(transaction, holdId);
  })) as Hold;
}

async function endHold(transaction: Transaction, holdId: string, end: { by: string; reason: string; atMs: number }): Promise<void> {
  await transaction`UPDATE legal_holds SET ended_by = ${end.by}, ended_at_ms = ${end.atMs}, end_reason = ${end.reason} WHERE id = ${holdId}`;
}

/** Ends the holds whose time is over, each with an entry in the audit log. */
export async function endExpiredHolds(sql: Sql, nowMs: number): Promise<void> {
  await sql.begin(async (transaction) => {
    const rows = await transaction<{ id: string; alert_id: string; until_ms: number }[]>`
      SELECT id, alert_id, until_ms FROM legal_holds WHERE ended_at_ms IS NULL AND until_ms <= ${nowMs} ORDER BY id FOR UPDATE`;
    for (const { id, alert_id, until_ms } of rows) {
      await endHold(transaction, id, { by: 'system', reason: 'its time was over', atMs: nowMs });
      const detail = { holdId: id, untilMs: until_ms };
      await recordAudit(transaction, { atMs: nowMs, actor: 'system', action: 'hold.ended', subject: `alert:${alert_id}`, detail });
    }
  });
}

/** @throws SafecityError `API_HELD` (409) when the alert is under hold; held until the transaction ends */
export async function refuseHeld(transaction: Transaction, alertId: string): Promise<void> {
  await transaction`SELECT 1 FROM alerts WHERE id = ${alertId} FOR UPDATE`;
  const [row] = await transaction<{ held: boolean }[]>`SELECT is_held(${alertId}) AS held`;
  if (row?.held) throw failure('API_HELD', 409, 'the case is under legal hold: nothing of it is deleted before the hold is lifted');
}

/** True when a lock of a recording belongs to a hold in force; `exceptId` is left out. */
export async function isLockOfHold(sql: Queryable, cameraId: string, lockId: string, exceptId: string | null = null): Promise<boolean> {
  const holds = await sql`
    SELECT 1 FROM legal_holds WHERE ended_at_ms IS NULL AND recording @> ${jsonb(sql, [{ cameraId, lockId }])}
      AND id IS DISTINCT FROM ${exceptId}::uuid LIMIT 1`;
  return holds.length > 0;
}

/** @throws SafecityError `API_HELD` (409) for a lock of a recording that a hold in force has set */
export async function refuseHeldLock(sql: Queryable, cameraId: string, lockId: string): Promise<void> {
  if (await isLockOfHold(sql, cameraId, lockId))
    throw failure('API_HELD', 409, 'a legal hold keeps this stretch: its lock is released with the hold, by who lifts it');
}

/** A hold that nobody else changes until the transaction ends. */
export async function lockHold(transaction: Transaction, holdId: string): Promise<Hold> {
  await transaction`SELECT 1 FROM legal_holds WHERE id = ${holdId} FOR UPDATE`;
  return readHold(transaction, holdId);
}

/** Writes down which recordings are locked. */
export async function storeRecordings(sql: Queryable, holdId: string, recordings: HeldRecording[]): Promise<void> {
  await sql`UPDATE legal_holds SET recording = ${jsonb(sql, recordings)} WHERE id = ${holdId}`;
}
