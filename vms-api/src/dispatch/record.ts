import { lockAlert, stampAlert } from '../alerts/alert-clock.js';
import type { Sql } from '../database/connection.js';
import type { ClaimedDelivery } from './claim.js';
import type { SendResult } from './send.js';

/** Writes down that a delivery has ended, and tells the alert's viewers of it. */
async function end(sql: Sql, delivery: ClaimedDelivery, result: Exclude<SendResult, { kind: 'retry' }>, nowMs: number): Promise<void> {
  const sent = result.kind === 'sent';
  await sql.begin(async (transaction) => {
    await lockAlert(transaction, delivery.alert_id);
    await transaction`
      UPDATE deliveries SET state = ${sent ? 'sent' : 'failed'}, receipt = ${sent ? result.receipt : null},
        delivered_at_ms = ${sent ? nowMs : null}, last_error = ${sent ? null : result.reason}
      WHERE id = ${delivery.id} AND state = 'waiting'`;
    await stampAlert(transaction, delivery.alert_id);
  });
}

/** Writes down what became of a try; for one to be repeated, when. */
export async function recordResult(
  sql: Sql,
  delivery: ClaimedDelivery,
  result: SendResult,
  times: { nowMs: number; retryAtMs: number },
): Promise<void> {
  if (result.kind !== 'retry') return end(sql, delivery, result, times.nowMs);
  await sql`UPDATE deliveries SET next_attempt_ms = ${times.retryAtMs}, last_error = ${result.reason}
    WHERE id = ${delivery.id} AND state = 'waiting'`;
}

/** After a destination has answered again, what was put off because of it is due now. */
export async function hurryDestination(sql: Sql, destinationId: string, nowMs: number): Promise<void> {
  await sql`UPDATE deliveries SET next_attempt_ms = ${nowMs}
    WHERE destination_id = ${destinationId} AND state = 'waiting' AND attempts > 0 AND last_error IS NOT NULL AND next_attempt_ms > ${nowMs}`;
}
