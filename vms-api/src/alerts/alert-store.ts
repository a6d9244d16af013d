import type { Queryable, Sql, Transaction } from '../database/connection.js';
import { notFound } from '../server/failure.js';
import { type AlertQuery, afterCursor, alertConditions } from './alert-filters.js';
import { alertOf, type FullAlertRow } from './alert-rows.js';
import type { Alert, AlertDetail, AlertPage, DeliveryView, HistoryEntry } from './alert-schemas.js';
import { type AlertScope, alertFor, alertInScope, hasCase } from './alert-scope.js';

const DEFAULT_LIMIT = 100;

/** Where `alerts a` was sent by hand; of several messages to one destination, the one that stands best. */
const dispatchesOf = (sql: Queryable) => sql`
  SELECT jsonb_agg(jsonb_build_object('destinationId', s.destination_id, 'destination', t.name, 'by', s.dispatched_by, 'atMs', s.at_ms,
    'state', m.state, 'receipt', m.receipt, 'deliveredMs', m.delivered_at_ms, 'lastError', m.last_error) ORDER BY s.at_ms, t.name)
  FROM alert_dispatches s JOIN destinations t ON t.id = s.destination_id
  LEFT JOIN LATERAL (
    SELECT d.* FROM deliveries d JOIN outbox o ON o.id = d.outbox_id
    WHERE d.alert_id = s.alert_id AND d.destination_id = s.destination_id
    ORDER BY d.state = 'failed', o.message_type <> 'Alert', d.sequence DESC LIMIT 1) m ON true
  WHERE s.alert_id = a.id`;

/** Columns of `FullAlertRow`, from `alerts a`. */
export const alertColumns = (sql: Queryable) => sql`
  a.id, a.event_id, a.revision, a.state, a.camera_id, a.camera_name, a.place, a.unit_id, a.kind, a.raised_at_ms,
  a.acknowledged_by, a.opened_by, a.acknowledged_at_ms, a.confirmed_at_ms, a.dispatched_at_ms, a.resolved_at_ms, a.assignee,
  a.escalation_level, a.escalated_at_ms, a.message, ${hasCase(sql)} AS has_case, COALESCE((${dispatchesOf(sql)}), '[]') AS dispatches,
  COALESCE((SELECT jsonb_agg(to_jsonb(e) ORDER BY e.captured_at_ms, e.moment) FROM alert_evidence e WHERE e.alert_id = a.id), '[]') AS evidence,
  COALESCE((SELECT jsonb_agg(to_jsonb(c) ORDER BY c.from_ms, c.name) FROM alert_clips c WHERE c.alert_id = a.id), '[]') AS clips,
  COALESCE((SELECT jsonb_agg(to_jsonb(d) ORDER BY d.kind, d.source_file) FROM evidence_derivatives d WHERE d.alert_id = a.id), '[]') AS derivatives,
  COALESCE((SELECT jsonb_agg(jsonb_build_object('moment', f.moment, 'reason', f.reason) ORDER BY f.at_ms)
    FROM alert_evidence_failures f WHERE f.alert_id = a.id), '[]') AS evidence_failed`;

/** Planned for its own text each time: the way that finds a rare one at once reads everything for a common one, and the other way round. */
async function planned<T>(transaction: Transaction, find: (on: Queryable) => PromiseLike<T>): Promise<T> {
  await transaction`SET LOCAL plan_cache_mode = force_custom_plan`;
  return find(transaction);
}

/**
 * Alerts in scope, newest first; those merged into another are told with it. A plate is looked for only where it is shown.
 * @throws SafecityError `API_INVALID` (400) for a plate that no index can find
 */
export async function listAlerts(sql: Sql, scope: AlertScope, query: AlertQuery, nowMs: number): Promise<AlertPage> {
  const { limit = DEFAULT_LIMIT, cursor, ...filters } = query;
  const reached = filters.plate === undefined ? scope : scope.filter(({ plates }) => plates);
  const find = (on: Queryable) => on<FullAlertRow[]>`
    SELECT ${alertColumns(sql)} FROM alerts a WHERE ${alertInScope(sql, reached)} AND a.merged_into IS NULL
    ${alertConditions(sql, filters, nowMs)} ${afterCursor(sql, cursor)}
    ORDER BY a.raised_at_ms DESC, a.id DESC LIMIT ${limit}`;
  const rows = filters.text === undefined ? await find(sql) : await sql.begin('read only', (transaction) => planned(transaction, find));
  const last = rows.at(-1);
  return {
    alerts: rows.map((row) => alertFor(alertOf(row), row.unit_id, scope)),
    nextCursor: rows.length < limit || !last ? null : `${last.raised_at_ms}.${last.id}`,
  };
}

/** @throws SafecityError `API_NOT_FOUND`, also when the alert is out of scope */
export async function getAlertRow(sql: Queryable, scope: AlertScope, alertId: string): Promise<FullAlertRow> {
  const rows = await sql<FullAlertRow[]>`SELECT ${alertColumns(sql)} FROM alerts a WHERE a.id = ${alertId} AND ${alertInScope(sql, scope)}`;
  if (!rows[0]) throw notFound('alert', alertId);
  return rows[0];
}

/** An alert for work that nobody asked for; null when there is none. */
export async function alertRowOf(sql: Queryable, alertId: string): Promise<FullAlertRow | null> {
  const rows = await sql<FullAlertRow[]>`SELECT ${alertColumns(sql)} FROM alerts a WHERE a.id = ${alertId}`;
  return rows[0] ?? null;
}

/** Alerts in scope that are told with this one, oldest first. */
async function mergedInto(sql: Queryable, scope: AlertScope, alertId: string): Promise<Alert[]> {
  const rows = await sql<FullAlertRow[]>`
    SELECT ${alertColumns(sql)} FROM alerts a WHERE a.merged_into = ${alertId} AND ${alertInScope(sql, scope)} ORDER BY a.raised_at_ms, a.id`;
  return rows.map((row) => alertFor(alertOf(row), row.unit_id, scope));
}

async function historyOf(sql: Queryable, alertId: string): Promise<HistoryEntry[]> {
  return sql<HistoryEntry[]>`
    SELECT at_ms AS "atMs", actor, action, from_state AS "fromState", to_state AS "toState", comment, object, changes
    FROM alert_history WHERE alert_id = ${alertId} ORDER BY id`;
}

async function deliveriesOf(sql: Queryable, alertId: string): Promise<DeliveryView[]> {
  return sql<DeliveryView[]>`
    SELECT t.name AS destination, o.message_type AS "messageType", d.state, d.attempts, d.receipt,
      CASE WHEN d.state = 'waiting' THEN d.next_attempt_ms END AS "nextAttemptMs",
      d.delivered_at_ms AS "deliveredMs", d.last_error AS "lastError"
    FROM deliveries d JOIN destinations t ON t.id = d.destination_id JOIN outbox o ON o.id = d.outbox_id
    WHERE d.alert_id = ${alertId} ORDER BY d.sequence, t.id`;
}

/** One alert with its history and deliveries. @throws SafecityError `API_NOT_FOUND` */
export async function getAlert(sql: Sql, scope: AlertScope, alertId: string): Promise<AlertDetail> {
  const row = await getAlertRow(sql, scope, alertId);
  const alert = alertFor(alertOf(row), row.unit_id, scope);
  const [history, deliveries, merged] = await Promise.all([
    historyOf(sql, alertId),
    deliveriesOf(sql, alertId),
    mergedInto(sql, scope, alertId),
  ]);
  return { ...alert, history: [...history], deliveries: [...deliveries], merged };
}

/** An alert that changed, with what decides who may see it. */
export interface ChangedAlert {
  eventId: number;
  unitId: string;
  alert: Alert;
}

/** Alerts changed after `afterEventId` (exclusive) up to `toEventId` (inclusive), in order of their change. */
export async function changedAlerts(
  sql: Sql,
  range: { afterEventId: number; toEventId: number; limit: number },
  scope?: AlertScope,
): Promise<ChangedAlert[]> {
  const rows = await sql<FullAlertRow[]>`
    SELECT ${alertColumns(sql)} FROM alerts a
    WHERE a.event_id > ${range.afterEventId} AND a.event_id <= ${range.toEventId} ${scope ? sql`AND ${alertInScope(sql, scope)}` : sql``}
    ORDER BY a.event_id LIMIT ${range.limit}`;
  return rows.map((row) => ({ eventId: row.event_id, unitId: row.unit_id, alert: alertOf(row) }));
}

/** True when more than `limit` alerts in scope have changed after `afterEventId` (exclusive) up to `toEventId` (inclusive). */
export async function moreChangedThan(
  sql: Sql,
  range: { afterEventId: number; toEventId: number; limit: number },
  scope: AlertScope,
): Promise<boolean> {
  const rows = await sql`
    SELECT 1 FROM alerts a WHERE a.event_id > ${range.afterEventId} AND a.event_id <= ${range.toEventId} AND ${alertInScope(sql, scope)}
    LIMIT ${range.limit + 1}`;
  return rows.length > range.limit;
}

/** The newest event id that is visible. */
export async function newestEventId(sql: Sql): Promise<number> {
  const rows = await sql<{ last_event_id: number }[]>`SELECT last_event_id FROM alert_clock`;
  return rows[0]?.last_event_id ?? 0;
}
