import { type CapAlert, validateCap } from '@safecity/contracts/cap';
import { lockAlert } from '../alerts/alert-clock.js';
import { isOfItsCamera } from '../alerts/alert-record.js';
import type { Queryable, Sql, Transaction } from '../database/connection.js';
import type { DeliveryCause, DeliverySnapshot } from '../deliveries/plan.js';
import { failure } from '../server/failure.js';
import { DEFAULT_SITE, readSetting } from '../site/settings.js';
import { type CapPicture, type CapSource, capMessage } from './cap-message.js';
import { renderCap } from './cap-xml.js';
import type { ClaimedDelivery } from './claim.js';
import { webhookMessage } from './webhook.js';

interface OutboxFacts {
  sequence: number;
  message_type: CapSource['messageType'];
  cause: DeliveryCause;
  snapshot: DeliverySnapshot;
  mode: 'exercise' | 'actual';
  expires_after_ms: number;
}

async function referencesBefore(sql: Queryable, delivery: ClaimedDelivery, sequence: number): Promise<CapSource['references']> {
  const rows = await sql<{ sender: string; identifier: string; sent: string }[]>`
    SELECT sender, identifier, sent FROM deliveries
    WHERE destination_id = ${delivery.destination_id} AND alert_id = ${delivery.alert_id} AND sequence < ${sequence} AND identifier IS NOT NULL
    ORDER BY sequence`;
  return [...rows];
}

async function sourceOf(sql: Queryable, delivery: ClaimedDelivery, nowMs: number): Promise<CapSource> {
  const facts = await sql<OutboxFacts[]>`
    SELECT o.sequence, o.message_type, o.cause, o.snapshot, t.mode, t.expires_after_ms
    FROM deliveries d JOIN outbox o ON o.id = d.outbox_id JOIN destinations t ON t.id = d.destination_id WHERE d.id = ${delivery.id}`;
  const { sequence, message_type, cause, snapshot, mode, expires_after_ms } = facts[0] as OutboxFacts;
  const pictures = await sql<CapPicture[]>`
    SELECT e.*, CASE WHEN d.file IS NOT NULL THEN jsonb_build_object('sizeBytes', d.size_bytes, 'sha1', d.sha1, 'sha256', d.sha256) END AS masked
    FROM alert_evidence e
    LEFT JOIN evidence_derivatives d ON d.alert_id = e.alert_id AND d.kind = 'masked' AND d.source_file = e.file
    WHERE e.alert_id = ${delivery.alert_id} ORDER BY e.captured_at_ms, e.moment`;
  return {
    destination: { id: delivery.destination_id, mode, expiresAfterMs: expires_after_ms },
    site: (await readSetting(sql, 'site')) ?? DEFAULT_SITE,
    publicUrl: ((await readSetting(sql, 'publicUrl')) ?? 'http://127.0.0.1').replace(/\/$/, ''),
    alertId: delivery.alert_id,
    sequence,
    messageType: message_type,
    cause,
    snapshot,
    pictures: pictures.filter(({ moment }) => isOfItsCamera(snapshot.message, moment)),
    references: await referencesBefore(sql, delivery, sequence),
    nowMs,
  };
}

/** A message to be sent, and until when. */
export interface RenderedMessage {
  body: string;
  identifier: string;
  expiresAtMs: number;
}

/** Another process may have rendered it while this one waited for the lock: its bytes are the message. */
async function renderedBefore(sql: Queryable, deliveryId: number): Promise<RenderedMessage | null> {
  const rows = await sql<
    { body: string | null; identifier: string | null; expires_at_ms: number }[]
  >`SELECT body, identifier, expires_at_ms FROM deliveries WHERE id = ${deliveryId}`;
  const row = rows[0];
  return row?.body && row.identifier ? { body: row.body, identifier: row.identifier, expiresAtMs: row.expires_at_ms } : null;
}

/** @throws SafecityError `API_CAP_INVALID` */
function checkedCap(message: CapAlert): string {
  const body = renderCap(message);
  const checked = validateCap(body);
  if (checked.ok) return body;
  const problems = checked.problems.map((problem) => `${problem.path}: ${problem.message}`).join('; ');
  throw failure('API_CAP_INVALID', 500, `the rendered message breaks CAP 1.2: ${problems}`);
}

async function renderIn(transaction: Transaction, delivery: ClaimedDelivery, nowMs: number): Promise<RenderedMessage> {
  // Pictures that come in while this runs must find either no message or the finished one.
  await lockAlert(transaction, delivery.alert_id);
  const earlier = await renderedBefore(transaction, delivery.id);
  if (earlier) return earlier;
  const source = await sourceOf(transaction, delivery, nowMs);
  const message = capMessage(source);
  const body = delivery.format === 'cap' ? checkedCap(message) : JSON.stringify(webhookMessage(source, message));
  const expiresAtMs = nowMs + source.destination.expiresAfterMs;
  await transaction`
    UPDATE deliveries SET body = ${body}, identifier = ${message.identifier}, sender = ${message.sender}, sent = ${message.sent},
      pictures = ${source.pictures.length}, expires_at_ms = ${expiresAtMs}
    WHERE id = ${delivery.id}`;
  return { body, identifier: message.identifier, expiresAtMs };
}

/**
 * Renders a delivery's message, once: CAP is checked against CAP 1.2; stored, so that every later try sends the same bytes.
 * @throws SafecityError `API_CAP_INVALID`
 */
export async function renderOnce(sql: Sql, delivery: ClaimedDelivery, nowMs: number): Promise<RenderedMessage> {
  const { body, identifier, expires_at_ms: expiresAtMs } = delivery;
  if (body !== null && identifier !== null) return { body, identifier, expiresAtMs: expiresAtMs ?? Number.POSITIVE_INFINITY };
  return sql.begin((transaction) => renderIn(transaction, delivery, nowMs)) as Promise<RenderedMessage>;
}
