import type { AuditAction } from '../audit/audit.js';
import type { Queryable, Transaction } from '../database/connection.js';
import { failure } from '../server/failure.js';
import type { FullAlertRow } from './alert-rows.js';
import type { AlertState, FalseAlarmReason } from './alert-schemas.js';

/** What an operator decides about an alert. */
export type Decision =
  | { action: 'acknowledge' | 'confirm' | 'resolve'; comment?: string }
  | { action: 'dispatch'; destinationId: string; comment?: string }
  | { action: 'false-alarm'; reasonCode: FalseAlarmReason; comment?: string };

interface Transition {
  from: readonly AlertState[];
  to: AlertState;
  audit: AuditAction;
  /** Violations are judged in the review alone. */
  violations: boolean;
}

/**
 * From which states a decision may be taken, where it leads, and what the audit log calls it. Steps may be passed over where
 * seconds count, and are then taken at once; but nothing is resolved that nobody has looked at.
 */
export const TRANSITIONS: Record<Decision['action'], Transition> = {
  acknowledge: { from: ['new'], to: 'acknowledged', audit: 'alert.acknowledged', violations: true },
  confirm: { from: ['new', 'acknowledged'], to: 'confirmed', audit: 'alert.confirmed', violations: false },
  dispatch: {
    from: ['new', 'acknowledged', 'confirmed', 'dispatched'],
    to: 'dispatched',
    audit: 'alert.dispatched',
    violations: false,
  },
  resolve: { from: ['acknowledged', 'confirmed', 'dispatched'], to: 'resolved', audit: 'alert.resolved', violations: false },
  'false-alarm': {
    from: ['new', 'acknowledged', 'confirmed', 'dispatched'],
    to: 'false-alarm',
    audit: 'alert.false-alarm',
    violations: false,
  },
};

/** True while somebody still has to do something about it. */
export const isOpen = (state: AlertState): boolean => state !== 'resolved' && state !== 'false-alarm';

/** Who brought an alert into its state, for the one who came second. */
async function whoMoved(sql: Queryable, alertId: string, state: AlertState): Promise<string> {
  const rows = await sql<{ actor: string }[]>`
    SELECT actor FROM alert_history WHERE alert_id = ${alertId} AND to_state = ${state} AND from_state <> to_state
    ORDER BY id DESC LIMIT 1`;
  return rows[0] && rows[0].actor !== 'system' ? ` (by ${rows[0].actor})` : '';
}

/** @throws SafecityError `API_ALERT_STATE` (409): the state does not allow what `action` names */
export async function refuseState(sql: Queryable, row: Pick<FullAlertRow, 'id' | 'state'>, action: string): Promise<never> {
  if (row.state === 'new') throw failure('API_ALERT_STATE', 409, `the alert is new: acknowledge it before "${action}"`);
  const by = await whoMoved(sql, row.id, row.state);
  throw failure('API_ALERT_STATE', 409, `the alert is ${row.state}${by} already: "${action}" is not possible any more`);
}

/** @throws SafecityError `API_REVIEW_ONLY`, `API_ALERT_STATE` (409) */
export async function checkTransition(sql: Queryable, row: FullAlertRow, { action }: Decision): Promise<void> {
  const { from, violations } = TRANSITIONS[action];
  if (row.kind === 'violation' && !violations) {
    const message =
      action === 'false-alarm' ? 'a violation is rejected in the review, with its reason there' : 'a violation is judged in the review';
    throw failure('API_REVIEW_ONLY', 409, `${message}: send it to a reviewer`);
  }
  if (!from.includes(row.state)) await refuseState(sql, row, action);
}

/** Brings an alert into the state that a person decided, and notes when each step was first taken. */
export async function setState(
  transaction: Transaction,
  alertId: string,
  to: AlertState,
  by: { username: string; atMs: number },
): Promise<void> {
  const { username, atMs } = by;
  const isTrue = to === 'confirmed' || to === 'dispatched';
  await transaction`UPDATE alerts SET state = ${to},
    acknowledged_by = COALESCE(acknowledged_by, ${username}), acknowledged_at_ms = COALESCE(acknowledged_at_ms, ${atMs}),
    confirmed_at_ms = COALESCE(confirmed_at_ms, ${isTrue ? atMs : null}), confirmed_by = COALESCE(confirmed_by, ${isTrue ? username : null}),
    dispatched_at_ms = COALESCE(dispatched_at_ms, ${to === 'dispatched' ? atMs : null}),
    resolved_at_ms = COALESCE(resolved_at_ms, ${to === 'resolved' ? atMs : null})
    WHERE id = ${alertId}`;
}
