import { RULE_TYPES, type RuleTypeId } from '@safecity/contracts';
import type { Queryable, Sql } from '../database/connection.js';
import type { ReviewContext } from './review-context.js';
import type { Queue, QueueFilters } from './review-schemas.js';

/** Cases `c` that match the filters, in the reviewer's units; planted ones are never among them. */
export function waitingCases(sql: Queryable, context: Pick<ReviewContext, 'identity' | 'nowMs'>, filters: QueueFilters) {
  const { unitId, type, cameraId, minAgeMs, maxAgeMs, minConfidence, escalated } = filters;
  const { identity, nowMs } = context;
  return sql`
    NOT c.planted AND c.unit_id = ANY(${identity.unitIds})
    AND c.state = ANY(${escalated ? ['escalated'] : ['waiting', 'second']})
    AND NOT EXISTS (SELECT 1 FROM evidence_jobs j WHERE j.alert_id = c.alert_id AND j.state = 'pending')
    AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.id = c.alert_id AND a.merged_into IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM review_decisions d WHERE d.case_id = c.id AND d.reviewer_id = ${identity.userId})
    ${unitId === undefined ? sql`` : sql`AND c.unit_id IN (SELECT unit_scope(${unitId}, ${nowMs}))`}
    ${type === undefined ? sql`` : sql`AND c.type = ${type}`}
    ${cameraId === undefined ? sql`` : sql`AND c.camera_id = ${cameraId}`}
    ${minAgeMs === undefined ? sql`` : sql`AND c.violation_at_ms <= ${nowMs - minAgeMs}`}
    ${maxAgeMs === undefined ? sql`` : sql`AND c.violation_at_ms >= ${nowMs - maxAgeMs}`}
    ${minConfidence === undefined ? sql`` : sql`AND c.confidence >= ${minConfidence}`}`;
}

interface GroupRow {
  what: 'unit' | 'type' | 'camera' | 'all';
  id: string;
  name: string | null;
  waiting: number;
  held: number;
  oldest_ms: number | null;
}

/** How many cases wait, by unit, type and camera. */
export async function readQueue(sql: Sql, context: ReviewContext, filters: QueueFilters): Promise<Queue> {
  const rows = await sql<GroupRow[]>`
    WITH matching AS (
      SELECT c.unit_id, c.type, c.camera_id, c.violation_at_ms,
        c.claimed_until_ms IS NOT NULL AND c.claimed_until_ms > ${context.nowMs} AS held
      FROM violation_cases c WHERE ${waitingCases(sql, context, filters)})
    SELECT CASE WHEN GROUPING(m.unit_id) = 0 THEN 'unit' WHEN GROUPING(m.type) = 0 THEN 'type'
        WHEN GROUPING(m.camera_id) = 0 THEN 'camera' ELSE 'all' END AS what,
      COALESCE(m.unit_id, m.type, m.camera_id, '') AS id,
      COALESCE((SELECT name_vi FROM units WHERE id = m.unit_id),
        (SELECT config ->> 'name' FROM cameras WHERE id = m.camera_id)) AS name,
      count(*) FILTER (WHERE NOT m.held) AS waiting, count(*) FILTER (WHERE m.held) AS held,
      min(m.violation_at_ms) FILTER (WHERE NOT m.held) AS oldest_ms
    FROM matching m GROUP BY GROUPING SETS ((m.unit_id), (m.type), (m.camera_id), ()) ORDER BY waiting DESC, id`;
  const nameOf = ({ what, id, name }: GroupRow) => (what === 'type' ? (RULE_TYPES[id as RuleTypeId]?.name.vi ?? id) : (name ?? id));
  const counts = (what: GroupRow['what']) =>
    rows.filter((row) => row.what === what).map((row) => ({ id: row.id, name: nameOf(row), count: row.waiting }));
  const all = rows.find(({ what }) => what === 'all');
  return {
    waiting: all?.waiting ?? 0,
    held: all?.held ?? 0,
    oldestMs: all?.oldest_ms ?? null,
    byUnit: counts('unit'),
    byType: counts('type'),
    byCamera: counts('camera'),
  };
}
