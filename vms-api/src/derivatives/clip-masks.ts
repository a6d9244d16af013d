import { type Static, Type } from 'typebox';
import type { ClipRow } from '../alerts/alert-rows.js';
import type { Queryable, Sql } from '../database/connection.js';
import { named, nullable } from '../server/schemas.js';
import { findDerivative } from './derivative-rows.js';

/** One process has a clip for itself so long after it last said that it works on it. */
const LEASE_MS = 30_000;
/** What failed for a reason that may pass is tried again when somebody asks after this. */
const RETRY_MS = 10_000;
/** Reasons that lie in the clip and never pass. */
const FOR_GOOD = ['API_CLIP_UNREADABLE', 'API_CLIP_TOO_LONG'];

/** How far the masked copy of a clip is. */
export const ClipMask = named(
  'ClipMask',
  Type.Object({
    state: Type.Enum(['waiting', 'making', 'ready', 'failed']),
    progress: Type.Number({ minimum: 0, maximum: 1, description: 'Share of the work that is done' }),
    before: Type.Integer({ description: 'Clips that are made before this one' }),
    code: nullable(Type.String({ description: 'Why it cannot be made' })),
    reason: nullable(Type.String()),
    sha256: nullable(Type.String({ description: 'Of the masked copy, when it is ready' })),
  }),
);
export type ClipMask = Static<typeof ClipMask>;

/** A clip whose masked copy is to be made. */
export interface ClipMaskJob {
  alert_id: string;
  name: string;
}

interface MaskRow {
  state: 'waiting' | 'making' | 'failed';
  progress: number;
  code: string | null;
  reason: string | null;
  before: number;
}

/**
 * Asks for the masked copy of a clip, and says how far it is. What failed before is tried again, if its reason may have passed.
 */
export async function askForClipMask(
  sql: Queryable,
  alertId: string,
  { name, file }: Pick<ClipRow, 'name' | 'file'>,
  nowMs: number,
): Promise<ClipMask> {
  const made = await findDerivative(sql, alertId, 'masked', file);
  if (made) return { state: 'ready', progress: 1, before: 0, code: null, reason: null, sha256: made.sha256 };
  await sql`
    INSERT INTO clip_masks AS m (alert_id, name, state, wanted, asked_at_ms) VALUES (${alertId}, ${name}, 'waiting', true, ${nowMs})
    ON CONFLICT (alert_id, name) DO UPDATE SET wanted = true, asked_at_ms = CASE WHEN m.wanted THEN m.asked_at_ms ELSE ${nowMs} END`;
  await sql`
    UPDATE clip_masks SET state = 'waiting', progress = 0, code = NULL, reason = NULL, asked_at_ms = ${nowMs}
    WHERE alert_id = ${alertId} AND name = ${name} AND state = 'failed' AND until_ms <= ${nowMs} AND NOT code = ANY(${FOR_GOOD})`;
  const [row] = await sql<MaskRow[]>`
    SELECT m.state, m.progress, m.code, m.reason, (SELECT count(*)::int FROM clip_masks o WHERE m.state = 'waiting'
      AND (o.state = 'making' OR (o.state = 'waiting' AND o.wanted AND o.asked_at_ms < m.asked_at_ms))) AS before
    FROM clip_masks m WHERE m.alert_id = ${alertId} AND m.name = ${name}`;
  // Between the two looks it was made.
  if (!row) return askForClipMask(sql, alertId, { name, file }, nowMs);
  return { ...row, sha256: null };
}

/** Notes what is made ahead: clips of cases that reviewers hold now. */
export async function planClipMasks(sql: Sql, nowMs: number): Promise<void> {
  await sql`
    INSERT INTO clip_masks (alert_id, name, state, wanted, asked_at_ms)
    SELECT c.alert_id, c.name, 'waiting', false, ${nowMs} FROM alert_clips c
    WHERE EXISTS (SELECT 1 FROM violation_cases v WHERE v.alert_id = c.alert_id AND v.claimed_until_ms > ${nowMs})
      AND NOT EXISTS (SELECT 1 FROM evidence_derivatives d WHERE d.alert_id = c.alert_id AND d.kind = 'masked' AND d.source_file = c.file)
    ON CONFLICT (alert_id, name) DO NOTHING`;
}

/** Takes the next clip for this process alone: those that somebody waits for first, in their order. */
export async function claimClipMask(sql: Sql, nowMs: number): Promise<ClipMaskJob | null> {
  const [row] = await sql<ClipMaskJob[]>`
    UPDATE clip_masks SET state = 'making', progress = 0, until_ms = ${nowMs + LEASE_MS} WHERE (alert_id, name) = (
      SELECT alert_id, name FROM clip_masks WHERE state = 'waiting' OR (state = 'making' AND until_ms <= ${nowMs})
      ORDER BY wanted DESC, asked_at_ms LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING alert_id, name`;
  return row ?? null;
}

/** Says that a clip is still worked on; false when nobody wants it any more, since its evidence was deleted. */
export async function renewClipMask(sql: Sql, { alert_id, name }: ClipMaskJob, progress: number, nowMs: number): Promise<boolean> {
  const rows = await sql`
    UPDATE clip_masks SET progress = ${progress}, until_ms = ${nowMs + LEASE_MS}
    WHERE alert_id = ${alert_id} AND name = ${name} AND state = 'making' RETURNING 1`;
  return rows.length > 0;
}

/** The copy is made, or was not to be made. */
export async function endClipMask(sql: Sql, { alert_id, name }: ClipMaskJob): Promise<void> {
  await sql`DELETE FROM clip_masks WHERE alert_id = ${alert_id} AND name = ${name}`;
}

/** Gives a clip back that another process, or this one when it runs again, makes from the start. */
export async function returnClipMask(sql: Sql, { alert_id, name }: ClipMaskJob): Promise<void> {
  await sql`UPDATE clip_masks SET state = 'waiting', progress = 0 WHERE alert_id = ${alert_id} AND name = ${name} AND state = 'making'`;
}

/** Notes why the copy could not be made. */
export async function failClipMask(
  sql: Sql,
  { alert_id, name }: ClipMaskJob,
  why: { code: string; reason: string },
  nowMs: number,
): Promise<void> {
  await sql`
    UPDATE clip_masks SET state = 'failed', code = ${why.code}, reason = ${why.reason.slice(0, 300)}, until_ms = ${nowMs + RETRY_MS}
    WHERE alert_id = ${alert_id} AND name = ${name} AND state = 'making'`;
}
