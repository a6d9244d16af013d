import type { Queryable } from '../database/connection.js';
import type { Batch, Preview, Sweep } from './batch.js';

const AT_ONCE = 500;

const none = { files: 0, alertIds: [] };

/** The text of messages that were sent or given up; of a held alert it stays. */
const sentBefore = (sql: Queryable, beforeMs: number) => sql`
  d.state <> 'waiting' AND d.body IS NOT NULL AND COALESCE(d.delivered_at_ms, d.expires_at_ms, d.next_attempt_ms) < ${beforeMs} AND NOT is_held(d.alert_id)`;

const sentAt = (sql: Queryable) => sql`COALESCE(d.delivered_at_ms, d.expires_at_ms, d.next_attempt_ms)`;

/** Texts of messages to other centres. */
export const deliveryBodySweep: Sweep = {
  async batch(transaction, beforeMs) {
    const rows = await transaction<{ line: string; at_ms: number }[]>`
      WITH taken AS (SELECT d.id, d.body, ${sentAt(transaction)} AS at_ms FROM deliveries d WHERE ${sentBefore(transaction, beforeMs)}
        ORDER BY d.id LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED)
      UPDATE deliveries d SET body = NULL FROM taken WHERE d.id = taken.id
      RETURNING 'delivery ' || d.id || ' ' || encode(sha256(convert_to(taken.body, 'UTF8')), 'hex') AS line, taken.at_ms`;
    if (rows.length === 0) return null;
    const times = rows.map((row) => row.at_ms);
    const lines = rows.map(({ line }) => line).sort();
    return { ...none, lines, items: rows.length, oldestMs: Math.min(...times), newestMs: Math.max(...times) };
  },
  async preview(sql, beforeMs) {
    const [row] = await sql<Preview[]>`
      SELECT count(*) AS items, min(${sentAt(sql)}) AS "oldestMs", max(${sentAt(sql)}) AS "newestMs" FROM deliveries d WHERE ${sentBefore(sql, beforeMs)}`;
    return row as Preview;
  },
};

/** Counts of intervals and states of cameras. Nobody is in them: their number is enough. */
export const statisticsSweep: Sweep = {
  async batch(transaction, beforeMs): Promise<Batch | null> {
    const counts = await transaction`DELETE FROM interval_counts WHERE from_ms < ${beforeMs}`;
    const states = await transaction`DELETE FROM camera_state_spans WHERE to_ms < ${beforeMs}`;
    const items = counts.count + states.count;
    if (items === 0) return null;
    return { ...none, lines: [`counts ${counts.count}`, `states ${states.count}`], items, oldestMs: null, newestMs: null };
  },
  async preview(sql, beforeMs) {
    const [row] = await sql<Preview[]>`
      SELECT count(*) AS items, min(from_ms) AS "oldestMs", max(from_ms) AS "newestMs" FROM interval_counts WHERE from_ms < ${beforeMs}`;
    return row as Preview;
  },
};

/** Sessions that have ended, sign-ins that failed or were broken off, and invitations that nobody has used: by their number alone. */
export const sessionSweep: Sweep = {
  async batch(transaction, beforeMs): Promise<Batch | null> {
    const sessions = await transaction`DELETE FROM sessions WHERE expires_at_ms < ${beforeMs}`;
    const throttles = await transaction`DELETE FROM login_throttle WHERE last_failure_ms < ${beforeMs} AND blocked_until_ms < ${beforeMs}`;
    const attempts = await transaction`DELETE FROM provider_attempts WHERE expires_at_ms < ${beforeMs}`;
    const invitations = await transaction`DELETE FROM provider_invitations WHERE expires_at_ms < ${beforeMs}`;
    const signIns = throttles.count + attempts.count;
    const items = sessions.count + signIns + invitations.count;
    if (items === 0) return null;
    const lines = [`sessions ${sessions.count}`, `sign-ins ${signIns}`, `invitations ${invitations.count}`];
    return { ...none, lines, items, oldestMs: null, newestMs: null };
  },
  async preview(sql, beforeMs) {
    const [row] = await sql<Preview[]>`
      SELECT count(*) AS items, min(expires_at_ms) AS "oldestMs", max(expires_at_ms) AS "newestMs" FROM sessions WHERE expires_at_ms < ${beforeMs}`;
    return row as Preview;
  },
};
