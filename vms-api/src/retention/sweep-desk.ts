import type { Queryable } from '../database/connection.js';
import type { Batch, Preview, Sweep } from './batch.js';

const AT_ONCE = 500;

/**
 * What of the desk is past keeping, with the line that the list names it by. A hand-over that waits, or that tells of a held alert,
 * stays; so does a drill while an alert is part of it, and the intended view of a camera that is there.
 */
const past = (sql: Queryable, beforeMs: number) => sql`
  SELECT 'handovers' AS kind, h.id::text, 'handover ' || h.id || ' ' || h.sha256 AS line, h.signed_at_ms AS at_ms FROM handovers h
  WHERE h.state <> 'signed' AND h.signed_at_ms < ${beforeMs} AND NOT EXISTS (
    SELECT 1 FROM legal_holds l WHERE l.ended_at_ms IS NULL AND position(l.alert_id::text IN h.snapshot) > 0)
  UNION ALL SELECT 'drills', d.id::text, 'drill ' || d.id, COALESCE(d.ended_at_ms, d.until_ms) FROM drills d
  WHERE COALESCE(d.ended_at_ms, d.until_ms) < ${beforeMs} AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.drill_id = d.id)
  UNION ALL SELECT 'flags', f.id::text, 'flag ' || f.id, COALESCE(f.lifted_at_ms, f.until_ms) FROM camera_flags f
  WHERE COALESCE(f.lifted_at_ms, f.until_ms) < ${beforeMs}
  UNION ALL SELECT 'references', r.camera_id, 'reference picture ' || r.camera_id || ' ' || r.sha256, c.deleted_at_ms
  FROM camera_reference_pictures r JOIN cameras c ON c.id = r.camera_id WHERE c.deleted_at_ms < ${beforeMs}`;

/** Hand-overs, drills, marks of cameras and the reference pictures of deleted cameras, oldest first. */
export const deskSweep: Sweep = {
  async batch(transaction, beforeMs): Promise<Batch | null> {
    const rows = await transaction<{ kind: string; id: string; line: string; at_ms: number }[]>`
      SELECT kind, id, line, at_ms FROM (${past(transaction, beforeMs)}) p ORDER BY at_ms, line LIMIT ${AT_ONCE}`;
    if (rows.length === 0) return null;
    const idsOf = (kind: string) => rows.flatMap((row) => (row.kind === kind ? [row.id] : []));
    await transaction`DELETE FROM handovers WHERE id = ANY(${idsOf('handovers')}::uuid[])`;
    await transaction`DELETE FROM drills WHERE id = ANY(${idsOf('drills')}::uuid[])`;
    await transaction`DELETE FROM camera_flags WHERE id = ANY(${idsOf('flags')}::uuid[])`;
    await transaction`DELETE FROM camera_reference_pictures WHERE camera_id = ANY(${idsOf('references')}::text[])`;
    const [oldestMs, newestMs] = [rows[0]?.at_ms ?? null, rows.at(-1)?.at_ms ?? null];
    return { lines: rows.map(({ line }) => line), items: rows.length, files: 0, alertIds: [], oldestMs, newestMs };
  },
  async preview(sql, beforeMs): Promise<Preview> {
    const [row] = await sql<Preview[]>`
      SELECT count(*) AS items, min(at_ms) AS "oldestMs", max(at_ms) AS "newestMs" FROM (${past(sql, beforeMs)}) p`;
    return row as Preview;
  },
};
