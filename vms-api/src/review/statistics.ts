import type { ReviewContext } from './review-context.js';
import type { Statistics } from './review-schemas.js';

type Tally = Pick<Statistics['byType'][number], 'confirmed' | 'rejected' | 'sentBack' | 'medianSeconds'>;

/**
 * What was decided from `fromMs` (inclusive) to `toMs` (exclusive) in the units of the scope. Planted cases count in
 * `plantedSeen` and `plantedMissed`, and nowhere else.
 */
export async function readStatistics(
  context: ReviewContext,
  range: { fromMs: number; toMs: number; unitId?: string },
): Promise<Statistics> {
  const { sql, identity, nowMs } = context;
  const { unitId } = range;
  const decided = sql`
    SELECT d.*, c.type, c.planted FROM review_decisions d JOIN violation_cases c ON c.id = d.case_id
    WHERE d.at_ms >= ${range.fromMs} AND d.at_ms < ${range.toMs} AND c.unit_id = ANY(${identity.unitIds})
      ${unitId === undefined ? sql`` : sql`AND c.unit_id IN (SELECT unit_scope(${unitId}, ${nowMs}))`}`;
  const tally = sql`
    count(*) FILTER (WHERE NOT planted AND action = 'confirm') AS confirmed,
    count(*) FILTER (WHERE NOT planted AND action = 'reject') AS rejected,
    count(*) FILTER (WHERE NOT planted AND action = 'send-back') AS "sentBack",
    percentile_cont(0.5) WITHIN GROUP (ORDER BY (at_ms - claimed_at_ms) / 1000) FILTER (WHERE NOT planted) AS "medianSeconds"`;
  const [byReviewer, byType, byReason] = await Promise.all([
    sql<Statistics['byReviewer']>`
      SELECT reviewer, ${tally}, count(*) FILTER (WHERE planted) AS "plantedSeen",
        count(*) FILTER (WHERE planted AND action = 'confirm') AS "plantedMissed"
      FROM (${decided}) d GROUP BY reviewer ORDER BY reviewer`,
    sql<({ type: string } & Tally)[]>`SELECT type, ${tally} FROM (${decided}) d WHERE NOT planted GROUP BY type ORDER BY type`,
    sql<Statistics['byReason']>`
      SELECT reason_code AS "reasonCode", count(*) AS count FROM (${decided}) d
      WHERE NOT planted AND action = 'reject' GROUP BY reason_code ORDER BY count DESC, reason_code`,
  ]);
  return { byReviewer: [...byReviewer], byType: [...byType], byReason: [...byReason] };
}
