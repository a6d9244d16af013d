import type { Transaction } from '../database/connection.js';
import { type DeliverySnapshot, planDelivery } from './plan.js';

/** Lets first messages that were held for their pictures go now. Returns true when there are any. */
export async function releaseHeldDeliveries(transaction: Transaction, alertId: string, nowMs: number): Promise<boolean> {
  const rows = await transaction`
    UPDATE deliveries SET next_attempt_ms = ${nowMs}
    WHERE alert_id = ${alertId} AND state = 'waiting' AND body IS NULL AND next_attempt_ms > ${nowMs} RETURNING 1`;
  return rows.length > 0;
}

/** A condition on `outbox p`: it tells of alert `a` with the camera that it has now; another's pictures are none of it. */
const ofItsCamera = (sql: Transaction) => sql`p.alert_id = a.id
  AND COALESCE(p.snapshot #>> '{message,reservationId}', a.message ->> 'reservationId') = a.message ->> 'reservationId'`;

/**
 * Pictures that came after the messages had been rendered without any go out as one `Update`. Returns true when one
 * was planned. The alert must be locked.
 */
export async function planLatePictures(transaction: Transaction, alertId: string, nowMs: number): Promise<boolean> {
  const rows = await transaction<{ snapshot: DeliverySnapshot; unit_id: string }[]>`
    SELECT o.snapshot, a.unit_id FROM outbox o JOIN alerts a ON a.id = o.alert_id
    WHERE o.alert_id = ${alertId} AND a.state <> 'false-alarm' AND a.merged_into IS NULL
      AND EXISTS (SELECT 1 FROM alert_evidence e JOIN evidence_jobs j ON j.alert_id = e.alert_id
        WHERE e.alert_id = o.alert_id AND e.moment = ANY(j.wanted_moments))
      AND EXISTS (SELECT 1 FROM deliveries d JOIN outbox p ON p.id = d.outbox_id
        WHERE ${ofItsCamera(transaction)} AND d.body IS NOT NULL AND d.pictures = 0)
      AND NOT EXISTS (SELECT 1 FROM deliveries d JOIN outbox p ON p.id = d.outbox_id
        WHERE ${ofItsCamera(transaction)} AND (d.body IS NULL OR d.pictures > 0))
      AND NOT EXISTS (SELECT 1 FROM outbox p WHERE ${ofItsCamera(transaction)} AND p.cause = 'evidence')
    ORDER BY o.sequence DESC LIMIT 1`;
  const last = rows[0];
  if (!last) return false;
  return planDelivery(transaction, { alertId, messageType: 'Update', cause: 'evidence', snapshot: last.snapshot, nowMs }, last.unit_id);
}
