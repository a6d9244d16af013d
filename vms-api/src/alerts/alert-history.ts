import type { Identity } from '../accounts/identity.js';
import { jsonb, type Transaction } from '../database/connection.js';
import type { AlertState, HistoryChange } from './alert-schemas.js';

/** A line of an alert's history. */
export interface HistoryLine {
  alertId: string;
  action: string;
  from: AlertState;
  to: AlertState;
  comment?: string | null;
  /** To whom it was given, or where it was sent, by name. */
  object?: string | null;
  /** What was corrected. */
  changes?: HistoryChange[];
}

/** Writes down what a person did with an alert, in the transaction that does it. */
export async function writeHistory(
  transaction: Transaction,
  by: { identity: Pick<Identity, 'username' | 'role'>; nowMs: number },
  { alertId, action, from, to, comment = null, object = null, changes }: HistoryLine,
): Promise<void> {
  const { username, role } = by.identity;
  await transaction`INSERT INTO alert_history (alert_id, at_ms, actor, action, from_state, to_state, comment, object, actor_role, changes)
    VALUES (${alertId}, ${by.nowMs}, ${username}, ${action}, ${from}, ${to}, ${comment}, ${object}, ${role},
      ${changes ? jsonb(transaction, changes) : null})`;
}
