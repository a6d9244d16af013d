import { hasCase } from '../alerts/alert-scope.js';
import type { Queryable, Transaction } from '../database/connection.js';
import type { Batch, Preview, Sweep } from './batch.js';

const AT_ONCE = 100;

/** Which alerts a sweep takes, beside their age. */
type Which = 'false-alarm-evidence' | 'incident-evidence' | 'alerts';

const hasFiles = (sql: Queryable) => sql`(EXISTS (SELECT 1 FROM alert_evidence e WHERE e.alert_id = a.id)
  OR EXISTS (SELECT 1 FROM alert_clips c WHERE c.alert_id = a.id))`;

function ofKind(sql: Queryable, which: Which) {
  if (which === 'false-alarm-evidence') return sql`a.state = 'false-alarm' AND ${hasFiles(sql)}`;
  if (which === 'incident-evidence')
    return sql`a.state <> 'false-alarm' AND (a.state = 'resolved' OR a.end_ms IS NOT NULL) AND ${hasFiles(sql)}`;
  return sql`(a.state IN ('resolved', 'false-alarm') OR a.end_ms IS NOT NULL)`;
}

/**
 * Alerts that are past keeping. What is held, still being collected or still to be sent waits (to a destination that is switched off
 * nothing is sent any more); violations never go by age, nor what a case rests on although it is an incident by now.
 */
const past = (sql: Queryable, which: Which, beforeMs: number) => sql`
  a.kind <> 'violation' AND NOT ${hasCase(sql)} AND a.raised_at_ms < ${beforeMs} AND ${ofKind(sql, which)} AND NOT is_held(a.id)
  AND NOT EXISTS (SELECT 1 FROM deliveries d JOIN destinations t ON t.id = d.destination_id AND t.enabled
    WHERE d.alert_id = a.id AND d.state = 'waiting')
  AND NOT EXISTS (SELECT 1 FROM evidence_jobs j WHERE j.alert_id = a.id AND j.state = 'pending')`;

async function preview(sql: Queryable, which: Which, beforeMs: number): Promise<Preview> {
  const [row] = await sql<Preview[]>`
    SELECT count(*) AS items, min(a.raised_at_ms) AS "oldestMs", max(a.raised_at_ms) AS "newestMs" FROM alerts a WHERE ${past(sql, which, beforeMs)}`;
  return row as Preview;
}

/** In the place of each picture stands that it went by age, so that nobody takes it for lost. */
async function noteGone(transaction: Transaction, alertIds: string[], days: number, nowMs: number): Promise<void> {
  await transaction`
    INSERT INTO alert_evidence_failures (alert_id, moment, reason, at_ms)
    SELECT alert_id, moment, ${`deleted after ${days} days`}, ${nowMs} FROM alert_evidence WHERE alert_id = ANY(${alertIds})
    ON CONFLICT (alert_id, moment) DO UPDATE SET reason = excluded.reason, at_ms = excluded.at_ms`;
}

async function batch(transaction: Transaction, which: Which, beforeMs: number, days: number): Promise<Batch | null> {
  const alerts = await transaction<{ id: string; raised_at_ms: number }[]>`
    SELECT a.id, a.raised_at_ms FROM alerts a WHERE ${past(transaction, which, beforeMs)}
    ORDER BY a.raised_at_ms, a.id LIMIT ${AT_ONCE} FOR UPDATE OF a SKIP LOCKED`;
  if (alerts.length === 0) return null;
  const alertIds = alerts.map(({ id }) => id);
  const files = await transaction<{ line: string }[]>`
    SELECT alert_id || '/' || file || ' ' || sha256 AS line FROM (
      SELECT alert_id, file, sha256 FROM alert_evidence
      UNION ALL SELECT alert_id, crop ->> 'file', crop ->> 'sha256' FROM alert_evidence WHERE crop IS NOT NULL
      UNION ALL SELECT alert_id, file, sha256 FROM evidence_derivatives
      UNION ALL SELECT alert_id, file, sha256 FROM alert_clips) f
    WHERE alert_id = ANY(${alertIds}) ORDER BY line`;
  if (which !== 'alerts') await noteGone(transaction, alertIds, days, beforeMs + days * 86_400_000);
  await transaction`DELETE FROM evidence_derivatives WHERE alert_id = ANY(${alertIds})`;
  await transaction`DELETE FROM alert_evidence WHERE alert_id = ANY(${alertIds})`;
  await transaction`DELETE FROM alert_clips WHERE alert_id = ANY(${alertIds})`;
  if (which === 'alerts') await transaction`DELETE FROM alerts WHERE id = ANY(${alertIds})`;
  const times = alerts.map((alert) => alert.raised_at_ms);
  const own = which === 'alerts' ? alertIds.map((id) => `alert ${id}`) : [];
  return {
    lines: [...own, ...files.map(({ line }) => line)],
    ...{ items: alerts.length, files: files.length, alertIds },
    ...{ oldestMs: Math.min(...times), newestMs: Math.max(...times) },
  };
}

/** Alerts, or the pictures and clips of alerts, that are past keeping. */
export function alertSweep(which: Which): Sweep {
  return {
    batch: (transaction, beforeMs, days) => batch(transaction, which, beforeMs, days),
    preview: (sql, beforeMs) => preview(sql, which, beforeMs),
  };
}
