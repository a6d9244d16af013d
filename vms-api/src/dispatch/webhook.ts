import { alertTypeFacts } from '@safecity/contracts';
import type { CapAlert } from '@safecity/contracts/cap';
import { Webhook } from 'standardwebhooks';
import type { CapSource } from './cap-message.js';

/** What happened to an alert, as the second half of a webhook's `type`. */
function happening({ messageType, snapshot }: CapSource): 'opened' | 'updated' | 'ended' | 'cancelled' {
  if (messageType === 'Cancel') return 'cancelled';
  if (messageType === 'Alert') return 'opened';
  return snapshot.message.phase === 'closed' ? 'ended' : 'updated';
}

/**
 * The JSON of a webhook: `{type, timestamp, data}` of the Standard Webhooks specification, with what the CAP message of the
 * same moment says. `exercise` is true for whatever CAP would not call Actual.
 */
export function webhookMessage(source: CapSource, cap: CapAlert) {
  const { message, cameraName, place, location, verifiedBy, reasonCode, unacknowledgedS = null } = source.snapshot;
  const { kind, type, severity, confidence, cameraId, startMs, endMs, reason, simulated } = message;
  return {
    type: `${kind}.${happening(source)}`,
    timestamp: new Date(source.nowMs).toISOString(),
    data: {
      alertId: source.alertId,
      sequence: source.sequence,
      exercise: cap.status !== 'Actual',
      ...{ kind, type, name: alertTypeFacts(type).name, severity, confidence: confidence ?? null, simulated },
      camera: cameraId === undefined ? null : { id: cameraId, name: cameraName },
      reportedBy: message.byHand?.source ?? null,
      drill: message.byHand?.drill?.name ?? null,
      ...{ place, location, startMs, endMs: endMs ?? null, reason },
      ...{ verifiedBy, falseAlarmReason: reasonCode, unacknowledgedS },
      incidents: cap.incidents,
      pictures: source.pictures.map(({ moment, file, captured_at_ms, sha256, masked }) => ({
        moment,
        capturedAtMs: captured_at_ms,
        url: `${source.publicUrl}/api/v1/alerts/${source.alertId}/evidence/${file}`,
        // The address gives the masked copy: the hash is its, or null while it is still to be made.
        sha256: masked?.sha256 ?? null,
        originalSha256: sha256,
      })),
    },
  };
}

/**
 * Headers of the Standard Webhooks specification: `webhook-id` stays the same from try to try, `webhook-signature` is
 * HMAC-SHA256 over id, time and body. @param secret `whsec_` and base64
 */
export function webhookHeaders(secret: string, message: { id: string; atMs: number; body: string }): Record<string, string> {
  const at = new Date(message.atMs);
  return {
    'content-type': 'application/json; charset=utf-8',
    'webhook-id': message.id,
    'webhook-timestamp': String(Math.floor(message.atMs / 1000)),
    'webhook-signature': new Webhook(secret).sign(message.id, at, message.body),
  };
}
