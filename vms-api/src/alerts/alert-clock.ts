import type { Transaction } from '../database/connection.js';

/** PostgreSQL channel that says "alerts have changed". */
export const ALERTS_CHANNEL = 'safecity_alerts';

/**
 * Makes this transaction the only one that changes the alert until it ends; works for one that does not exist yet.
 * Must be sent before any other statement about the alert; those sent right after it wait for it in the connection.
 */
export async function lockAlert(transaction: Transaction, alertId: string): Promise<void> {
  await transaction`SELECT pg_advisory_xact_lock(hashtextextended(${alertId}, 17))`;
}

/**
 * Gives a changed alert the next event id and tells the streams. Must be the transaction's last step: it takes the
 * clock's lock, which every other change of an alert then waits for, so that event ids become visible in their order.
 */
export async function stampAlert(transaction: Transaction, alertId: string): Promise<void> {
  await transaction`
    WITH tick AS (UPDATE alert_clock SET last_event_id = last_event_id + 1 RETURNING last_event_id),
      stamped AS (UPDATE alerts SET event_id = tick.last_event_id FROM tick WHERE id = ${alertId} RETURNING 1)
    SELECT pg_notify(${ALERTS_CHANNEL}, '') FROM stamped`;
}
