import { Counts, matches } from '@safecity/contracts';
import { jsonb, type Sql } from '../database/connection.js';

/**
 * Stores what a rule counted in one interval, once: a repeat changes nothing, and of two that differ (rules began anew within
 * the interval, because its state was lost) the one that was watched longer stands. False for what is no such message.
 */
export async function takeCounts(sql: Sql, message: unknown): Promise<boolean> {
  if (!matches(Counts, message)) return false;
  const { cameraId, ruleId, fromMs, toMs, configRevision, type, watchedMs, crossings = [], inside = [] } = message;
  // A camera that the table does not know belongs to nobody who could look.
  await sql`
    INSERT INTO interval_counts (camera_id, rule_id, from_ms, to_ms, config_revision, type, unit_id, simulated, watched_ms, crossings, inside)
    SELECT id, ${ruleId}, ${fromMs}, ${toMs}, ${configRevision}, ${type}, unit_id,
      COALESCE((config ->> 'simulated')::boolean, false), ${watchedMs}, ${jsonb(sql, crossings)}, ${jsonb(sql, inside)}
    FROM cameras WHERE id = ${cameraId}
    ON CONFLICT (from_ms, camera_id, rule_id, config_revision) DO UPDATE SET to_ms = excluded.to_ms, watched_ms = excluded.watched_ms,
      crossings = excluded.crossings, inside = excluded.inside
    WHERE interval_counts.watched_ms < excluded.watched_ms`;
  return true;
}
