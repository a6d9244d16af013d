import type { Sql } from '../database/connection.js';

/** Longer than a try can take; when the process dies in between, the delivery is free again after this. */
const LEASE_MS = 15_000;

/** A delivery taken for one try. */
export interface ClaimedDelivery {
  id: number;
  destination_id: string;
  alert_id: string;
  attempts: number;
  body: string | null;
  expires_at_ms: number | null;
  url: string;
  format: 'cap' | 'webhook';
  /** Of a webhook: what signs its messages. */
  sealed_secret: string | null;
  identifier: string | null;
}

/**
 * Takes the delivery that has been due longest, for this process alone: only the first waiting one of an alert and
 * destination, so that messages about one alert arrive in order while a stuck alert holds back no other.
 * @param busy destinations that are not to be tried now
 */
export async function claimDelivery(sql: Sql, busy: string[], nowMs: number): Promise<ClaimedDelivery | null> {
  const rows = await sql<ClaimedDelivery[]>`
    UPDATE deliveries d SET next_attempt_ms = ${nowMs + LEASE_MS}, attempts = d.attempts + 1
    FROM destinations t
    WHERE t.id = d.destination_id AND d.id = (
      SELECT c.id FROM deliveries c JOIN destinations e ON e.id = c.destination_id
      WHERE c.state = 'waiting' AND c.next_attempt_ms <= ${nowMs} AND e.enabled AND NOT (c.destination_id = ANY(${busy}))
        AND NOT EXISTS (
          SELECT 1 FROM deliveries p WHERE p.destination_id = c.destination_id AND p.alert_id = c.alert_id
            AND p.state = 'waiting' AND p.sequence < c.sequence)
      ORDER BY c.next_attempt_ms LIMIT 1 FOR UPDATE OF c SKIP LOCKED)
    RETURNING d.id, d.destination_id, d.alert_id, d.attempts, d.body, d.expires_at_ms, d.identifier, t.url, t.format, t.sealed_secret`;
  return rows[0] ?? null;
}
