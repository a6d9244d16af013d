import type { AlertSplit } from '@safecity/contracts';
import { recordAudit } from '../audit/audit.js';
import type { Transaction } from '../database/connection.js';
import { failure } from '../server/failure.js';
import { lockAlert, stampAlert } from './alert-clock.js';
import { alertOf } from './alert-rows.js';
import type { Alert } from './alert-schemas.js';
import { alertScopeOf } from './alert-scope.js';
import { getAlertRow } from './alert-store.js';
import type { DecisionContext } from './decisions.js';

async function splitIn(transaction: Transaction, context: DecisionContext, alertId: string, comment: string | null) {
  const { identity, nowMs: atMs, address } = context;
  const scope = alertScopeOf(identity);
  await lockAlert(transaction, alertId);
  const row = await getAlertRow(transaction, scope, alertId);
  const { mergedInto: splitFrom, cameraId } = row.message;
  if (splitFrom === undefined || cameraId === undefined)
    throw failure('API_ALERT_STATE', 409, 'the alert stands for itself: there is nothing to take it out of');
  const { username: actor, role } = identity;
  await transaction`INSERT INTO alert_splits (alert_id, split_from, role, at_ms) VALUES (${alertId}, ${splitFrom}, ${role}, ${atMs})
    ON CONFLICT (alert_id) DO UPDATE SET split_from = excluded.split_from, role = excluded.role, at_ms = excluded.at_ms`;
  for (const id of [alertId, splitFrom]) {
    await transaction`INSERT INTO alert_history (alert_id, at_ms, actor, action, from_state, to_state, comment)
      SELECT id, ${atMs}, ${actor}, 'split', state, state, ${comment} FROM alerts WHERE id = ${id}`;
  }
  const detail = { from: splitFrom, ...(comment === null ? {} : { comment }) };
  await recordAudit(transaction, { atMs, actor, action: 'alert.split', subject: `alert:${alertId}`, detail, address });
  await stampAlert(transaction, alertId);
  const alert = alertOf(await getAlertRow(transaction, scope, alertId));
  const split: AlertSplit = { alertId, cameraId, splitFrom, role, atMs };
  return { alert, split };
}

/**
 * Takes down that an alert is not part of the incident it was merged into. Rules then tells both anew: the alert stands for
 * itself, and later ones of its camera stay out of that incident.
 * @throws SafecityError `API_NOT_FOUND`, `API_ALERT_STATE` (409)
 */
export async function splitAlert(
  context: DecisionContext,
  alertId: string,
  comment: string | undefined,
): Promise<{ alert: Alert; split: AlertSplit }> {
  return context.sql.begin((transaction) => splitIn(transaction, context, alertId, comment?.trim() || null)) as Promise<{
    alert: Alert;
    split: AlertSplit;
  }>;
}
