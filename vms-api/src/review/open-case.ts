import type { AlertMessage } from '@safecity/contracts';
import type { Transaction } from '../database/connection.js';

/** Opens the case of a violation in the transaction that stores its alert; a later revision brings an undecided one up to date. */
export async function openCase(transaction: Transaction, message: AlertMessage, unitId: string): Promise<void> {
  if (message.kind !== 'violation') return;
  await transaction`
    INSERT INTO violation_cases (alert_id, unit_id, type, camera_id, violation_at_ms, confidence, state)
    VALUES (${message.alertId}, ${unitId}, ${message.type}, ${message.cameraId}, ${message.startMs}, ${message.confidence}, 'waiting')
    ON CONFLICT (alert_id) WHERE planted_from IS NULL DO UPDATE SET type = excluded.type, confidence = excluded.confidence
    WHERE violation_cases.decided_at_ms IS NULL`;
}
