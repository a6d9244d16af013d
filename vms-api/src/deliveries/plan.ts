import type { AlertRecord } from '../alerts/alert-record.js';
import { jsonb, type Transaction } from '../database/connection.js';
import { expectant, informed, subscribers } from './targets.js';

/** Why something is told to the outside. */
export type DeliveryCause =
  | 'opened'
  | 'lead'
  | 'corrected'
  | 'severity'
  | 'cameras'
  | 'merged'
  | 'taken-apart'
  | 'reopened'
  | 'closed'
  | 'false-alarm'
  | 'evidence'
  | 'confirmed'
  | 'dispatched'
  | 'resolved'
  | 'escalated';

/** What a message says, frozen when it was decided; pictures are added when it is rendered. */
export interface DeliverySnapshot {
  message: AlertRecord;
  /** Null when no camera sees it. */
  cameraName: string | null;
  place: string | null;
  location: { latitude: number; longitude: number } | null;
  /** Who decided it, when an operator did. */
  verifiedBy: string | null;
  /** The operator's reason, for a false alarm. */
  reasonCode: string | null;
  /** For how long nobody has looked at it, seconds; only in a message that says so. */
  unacknowledgedS?: number;
}

/** How long the first message to a destination waits for the pictures that ingest cuts. */
export const PICTURES_HOLD_MS = 5000;

export interface DeliveryPlan {
  alertId: string;
  messageType: 'Alert' | 'Update' | 'Cancel';
  cause: DeliveryCause;
  /** Id of the one destination that is meant. Left out: who subscribes, or who was told. */
  to?: string;
  snapshot: DeliverySnapshot;
  nowMs: number;
  /** How long a first message waits for its pictures. */
  holdMs?: number;
}

function targetsOf(transaction: Transaction, { alertId, messageType, cause, to, snapshot, nowMs }: DeliveryPlan, unitId: string) {
  if (to !== undefined) return transaction`SELECT ${to}::text AS id`;
  if (messageType === 'Alert') return subscribers(transaction, { id: alertId, kind: snapshot.message.kind, unitId }, nowMs);
  return cause === 'resolved' ? expectant(transaction, alertId) : informed(transaction, alertId);
}

/**
 * Writes what must be told about an alert, in the transaction that changed it: one outbox row, and one delivery per
 * destination. Returns true when there is something to deliver. The alert must be locked.
 * @param unitId unit the alert belongs to
 */
export async function planDelivery(transaction: Transaction, plan: DeliveryPlan, unitId: string): Promise<boolean> {
  const { alertId, messageType, cause, nowMs } = plan;
  const targets = targetsOf(transaction, plan, unitId);
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
