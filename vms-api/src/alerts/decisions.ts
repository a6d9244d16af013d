import type { Identity } from '../accounts/identity.js';
import { type AuditAction, recordAudit } from '../audit/audit.js';
import type { Sql, Transaction } from '../database/connection.js';
import { planDelivery } from '../deliveries/plan.js';
import { locationOf, snapshotOf } from '../deliveries/snapshot.js';
import { failure } from '../server/failure.js';
import { lockAlert, stampAlert } from './alert-clock.js';
import { alertOf, type FullAlertRow } from './alert-rows.js';
import type { Alert, AlertState, FalseAlarmReason } from './alert-schemas.js';
import { alertFor, alertScopeOf } from './alert-scope.js';
import { getAlertRow } from './alert-store.js';

/** What an operator decides about an alert. */
export type Decision =
  | { action: 'acknowledge'; comment?: string }
  | { action: 'false-alarm'; reasonCode: FalseAlarmReason; comment?: string };

/** From which states a decision may be taken, where it leads, and what the audit log calls it. */
const TRANSITIONS: Record<Decision['action'], { from: AlertState[]; to: AlertState; audit: AuditAction }> = {
  acknowledge: { from: ['new'], to: 'acknowledged', audit: 'alert.acknowledged' },
  'false-alarm': { from: ['new', 'acknowledged', 'confirmed', 'dispatched'], to: 'false-alarm', audit: 'alert.false-alarm' },
};

export interface DecisionContext {
  sql: Sql;
  identity: Identity;
  address: string;
  nowMs: number;
}

function checkTransition(row: FullAlertRow, decision: Decision): void {
  if (row.kind === 'violation' && decision.action === 'false-alarm')
    throw failure('API_REVIEW_ONLY', 409, 'a violation is rejected in the review, with its reason there: send it to a reviewer');
  if (TRANSITIONS[decision.action].from.includes(row.state)) return;
  const by = row.acknowledged_by ? ` (by ${row.acknowledged_by})` : '';
  throw failure('API_ALERT_STATE', 409, `the alert is ${row.state}${by} already: "${decision.action}" is not possible any more`);
}

async function writeHistory(transaction: Transaction, context: DecisionContext, row: FullAlertRow, decision: Decision): Promise<void> {
  const reasonCode = decision.action === 'false-alarm' ? decision.reasonCode : undefined;
  const comment = [reasonCode, decision.comment?.trim()].filter(Boolean).join(': ') || null;
  const { to, audit } = TRANSITIONS[decision.action];
  await transaction`INSERT INTO alert_history (alert_id, at_ms, actor, action, from_state, to_state, comment, actor_role)
    VALUES (${row.id}, ${context.nowMs}, ${context.identity.username}, ${decision.action}, ${row.state}, ${to}, ${comment},
      ${context.identity.role})`;
  await recordAudit(transaction, {
    atMs: context.nowMs,
    actor: context.identity.username,
    action: audit,
    subject: `alert:${row.id}`,
    detail: { from: row.state, to, ...(comment === null ? {} : { comment }) },
    address: context.address,
  });
}

async function decideIn(transaction: Transaction, context: DecisionContext, alertId: string, decision: Decision): Promise<Decided> {
  const scope = alertScopeOf(context.identity);
  await lockAlert(transaction, alertId);
  const row = await getAlertRow(transaction, scope, alertId);
  checkTransition(row, decision);
  await transaction`UPDATE alerts SET state = ${TRANSITIONS[decision.action].to},
    acknowledged_by = COALESCE(acknowledged_by, ${context.identity.username}) WHERE id = ${alertId}`;
  await writeHistory(transaction, context, row, decision);
  const merged = await decideMerged(transaction, context, alertId, decision);
  if (decision.action === 'false-alarm') {
    const location = await locationOf(transaction, row.camera_id);
    const source = { message: row.message, cameraName: row.camera_name, place: row.place, location };
    const snapshot = snapshotOf(source, { verifiedBy: context.identity.username, reasonCode: decision.reasonCode });
    await planDelivery(transaction, { alertId, messageType: 'Cancel', cause: 'false-alarm', snapshot, nowMs: context.nowMs }, row.unit_id);
  }
  for (const { id } of [...merged, row]) await stampAlert(transaction, id);
  const alert = alertFor(alertOf(await getAlertRow(transaction, scope, alertId)), row.unit_id, scope);
  return { alert, merged: merged.map(({ id, camera_id: cameraId }) => ({ alertId: id, cameraId })) };
}

/** What is decided about an incident holds for the alerts of other cameras that are told with it. */
async function decideMerged(transaction: Transaction, context: DecisionContext, alertId: string, decision: Decision) {
  const { from, to } = TRANSITIONS[decision.action];
  const { username } = context.identity;
  const rows = await transaction<{ id: string; camera_id: string; state: AlertState }[]>`
    SELECT id, camera_id, state FROM alerts WHERE merged_into = ${alertId} AND state = ANY(${from}) ORDER BY id`;
  for (const { id, state } of rows) {
    await lockAlert(transaction, id);
    await transaction`UPDATE alerts SET state = ${to}, acknowledged_by = COALESCE(acknowledged_by, ${username}) WHERE id = ${id}`;
    await transaction`INSERT INTO alert_history (alert_id, at_ms, actor, action, from_state, to_state)
      VALUES (${id}, ${context.nowMs}, ${username}, ${decision.action}, ${state}, ${to})`;
  }
  return rows;
}

/** The alert after the decision, and the alerts of other cameras that it held for too. */
export interface Decided {
  alert: Alert;
  merged: { alertId: string; cameraId: string }[];
}

/**
 * Takes an operator's decision: state, history, audit and what must be sent are one transaction. Two operators who
 * decide at once are served one after the other; the second one is told that the state has moved on.
 * @throws SafecityError `API_NOT_FOUND`, `API_ALERT_STATE`, `API_REVIEW_ONLY` (409)
 */
export async function decide(context: DecisionContext, alertId: string, decision: Decision): Promise<Decided> {
  return context.sql.begin((transaction) => decideIn(transaction, context, alertId, decision)) as Promise<Decided>;
}
