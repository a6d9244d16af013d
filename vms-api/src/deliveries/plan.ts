import type { AlertMessage } from '@safecity/contracts';
import { jsonb, type Transaction } from '../database/connection.js';

/** Why something is told to the outside. */
export type DeliveryCause =
  | 'opened'
  | 'lead'
  | 'severity'
  | 'cameras'
  | 'merged'
  | 'taken-apart'
  | 'reopened'
  | 'closed'
  | 'false-alarm'
  | 'evidence';

/** What a message says, frozen when it was decided; pictures are added when it is rendered. */
export interface DeliverySnapshot {
  message: AlertMessage;
  cameraName: string;
  place: string | null;
  location: { latitude: number; longitude: number } | null;
  /** Who decided it, when an operator did. */
  verifiedBy: string | null;
  /** The operator's reason, for a false alarm. */
  reasonCode: string | null;
}

export interface DeliveryPlan {
  alertId: string;
  messageType: 'Alert' | 'Update' | 'Cancel';
  cause: DeliveryCause;
  snapshot: DeliverySnapshot;
  nowMs: number;
  /** How long a first message waits for its pictures. */
  holdMs?: number;
}

/** An `Alert` goes to whoever has subscribed and has had none. */
const subscribers = (transaction: Transaction, plan: DeliveryPlan, unitId: string) => transaction`
  SELECT d.id FROM destinations d
  WHERE d.enabled AND ${plan.snapshot.message.kind} = ANY(d.alert_kinds) AND ${unitId} IN (SELECT unit_scope(d.unit_id, ${plan.nowMs}))
    AND NOT EXISTS (SELECT 1 FROM deliveries t WHERE t.alert_id = ${plan.alertId} AND t.destination_id = d.id)`;

/** What follows goes to those who were told, even when the subscription has changed since; nothing follows a `Cancel`. */
const informed = (transaction: Transaction, plan: DeliveryPlan) => transaction`
  SELECT DISTINCT d.destination_id AS id FROM deliveries d
  WHERE d.alert_id = ${plan.alertId}
    AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.alert_id = d.alert_id AND o.message_type = 'Cancel')`;

/**
 * Writes what must be told about an alert, in the transaction that changed it: one outbox row, and one delivery per
 * destination. Returns true when there is something to deliver. The alert must be locked.
 * @param unitId unit the alert belongs to
 */
export async function planDelivery(transaction: Transaction, plan: DeliveryPlan, unitId: string): Promise<boolean> {
  const { alertId, messageType, cause, nowMs } = plan;
  const targets = messageType === 'Alert' ? subscribers(transaction, plan, unitId) : informed(transaction, plan);
  const rows = await transaction`
    WITH targets AS (${targets}),
      planned AS (
        INSERT INTO outbox (alert_id, sequence, message_type, cause, snapshot, created_at_ms)
        SELECT ${alertId}::uuid, (SELECT COALESCE(max(sequence), 0) + 1 FROM outbox WHERE alert_id = ${alertId}),
          ${messageType}::text, ${cause}::text, ${jsonb(transaction, plan.snapshot)}::jsonb, ${nowMs}::double precision
        WHERE EXISTS (SELECT 1 FROM targets)
        RETURNING id, sequence)
    INSERT INTO deliveries (outbox_id, destination_id, alert_id, sequence, next_attempt_ms)
    SELECT planned.id, targets.id, ${alertId}::uuid, planned.sequence, ${nowMs + (plan.holdMs ?? 0)}::double precision FROM planned, targets
    RETURNING 1`;
  return rows.length > 0;
}
