import { recordAudit } from '../audit/audit.js';
import type { Queryable } from '../database/connection.js';
import { notFound } from '../server/failure.js';
import type { ReviewContext } from './review-context.js';
import type { ReviewSettings } from './review-schemas.js';

type Choice = Pick<ReviewSettings, 'fourEyes' | 'plantedShare' | 'claimSeconds'>;

/** What holds where nobody has said anything. */
export const DEFAULT_REVIEW: Choice = { fourEyes: false, plantedShare: 0.02, claimSeconds: 300 };

const columns = (sql: Queryable) => sql`
  s.unit_id AS "unitId", s.type, s.four_eyes AS "fourEyes", s.planted_share AS "plantedShare", s.claim_seconds AS "claimSeconds",
  s.changed_by AS "changedBy", s.changed_at_ms AS "changedAtMs"`;

/** What holds for a type in a unit: said there or, failing that, in the nearest unit above; one type before all types. */
export async function settingsFor(sql: Queryable, unitId: string, type: string): Promise<Choice> {
  const rows = await sql<ReviewSettings[]>`
    WITH RECURSIVE above (id, parent_id, depth) AS (
      SELECT id, parent_id, 0 FROM units WHERE id = ${unitId}
      UNION ALL
      SELECT u.id, u.parent_id, a.depth + 1 FROM units u JOIN above a ON u.id = a.parent_id WHERE a.depth < 32)
    SELECT ${columns(sql)} FROM above a JOIN review_settings s ON s.unit_id = a.id AND s.type IN (${type}, '*')
    ORDER BY a.depth, s.type = '*' LIMIT 1`;
  return rows[0] ?? DEFAULT_REVIEW;
}

/** What was set in the units of the scope. */
export async function listSettings(sql: Queryable, unitIds: readonly string[]): Promise<ReviewSettings[]> {
  const rows = await sql<ReviewSettings[]>`
    SELECT ${columns(sql)} FROM review_settings s WHERE s.unit_id = ANY(${[...unitIds]}) ORDER BY s.unit_id, s.type`;
  return [...rows];
}

/** @throws SafecityError `API_NOT_FOUND` for a unit out of scope */
export async function setSettings(context: ReviewContext, wanted: Choice & { unitId: string; type: string }): Promise<ReviewSettings[]> {
  const { identity, nowMs: atMs, address } = context;
  const { unitId, type, fourEyes, plantedShare, claimSeconds } = wanted;
  if (!identity.unitIds.includes(unitId)) throw notFound('unit', unitId);
  return context.sql.begin(async (transaction) => {
    await transaction`
      INSERT INTO review_settings (unit_id, type, four_eyes, planted_share, claim_seconds, changed_by, changed_at_ms)
      VALUES (${unitId}, ${type}, ${fourEyes}, ${plantedShare}, ${claimSeconds}, ${identity.username}, ${atMs})
      ON CONFLICT (unit_id, type) DO UPDATE SET four_eyes = excluded.four_eyes, planted_share = excluded.planted_share,
        claim_seconds = excluded.claim_seconds, changed_by = excluded.changed_by, changed_at_ms = excluded.changed_at_ms`;
    const detail = { type, fourEyes, plantedShare, claimSeconds };
    const actor = identity.username;
    await recordAudit(transaction, { atMs, actor, action: 'review.settings-changed', subject: `unit:${unitId}`, detail, address });
    return listSettings(transaction, identity.unitIds);
  }) as Promise<ReviewSettings[]>;
}
