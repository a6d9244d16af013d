import type { Queryable } from '../database/connection.js';
import { notFound } from '../server/failure.js';
import { decisionsOf } from './case-view.js';
import { dayOf } from './deadlines.js';
import type { ReviewContext } from './review-context.js';
import type { CaseForm, CaseQuery, CaseRecord, IssuedForm } from './review-schemas.js';

const DEFAULT_LIMIT = 50;

type Summary = Omit<CaseRecord, 'decisions' | 'forms'>;

const columns = (sql: Queryable) => sql`
  c.id, c.alert_id AS "alertId", c.unit_id AS "unitId", jsonb_build_object('vi', u.name_vi, 'en', u.name_en) AS "unitName", c.type,
  c.camera_id AS "cameraId", a.camera_name AS "cameraName", a.place, c.violation_at_ms AS "violationAtMs", c.confidence, c.state,
  c.plate_read AS "plateRead", c.plate, c.plate_typed_by AS "plateTypedBy", c.provision_id AS "provisionId", c.decided_by AS "decidedBy",
  c.decided_at_ms AS "decidedAtMs", c.identify_by::text AS "identifyBy", c.appear_by::text AS "appearBy", c.erased_at_ms AS "erasedAtMs"`;

/** Planted cases are no records of anything that happened. */
const inScope = (sql: Queryable, { identity }: ReviewContext) => sql`NOT c.planted AND c.unit_id = ANY(${identity.unitIds})`;

async function formsOf(sql: Queryable, caseId: string): Promise<CaseForm[]> {
  const rows = await sql<CaseForm[]>`
    SELECT id, form, number, draft, sha256, issued_by AS "issuedBy", issued_at_ms AS "issuedAtMs"
    FROM case_forms WHERE case_id = ${caseId} ORDER BY issued_at_ms, id`;
  return [...rows];
}

async function withParts(sql: Queryable, summary: Summary): Promise<CaseRecord> {
  const [decisions, forms] = await Promise.all([decisionsOf(sql, summary.id), formsOf(sql, summary.id)]);
  return { ...summary, decisions, forms };
}

/** Cases of the scope, newest violation first. */
export async function listCases(context: ReviewContext, query: CaseQuery): Promise<CaseRecord[]> {
  const { sql, nowMs } = context;
  const { state, type, overdue, limit = DEFAULT_LIMIT, beforeMs } = query;
  const today = dayOf(nowMs);
  const rows = await sql<Summary[]>`
    SELECT ${columns(sql)} FROM violation_cases c JOIN units u ON u.id = c.unit_id JOIN alerts a ON a.id = c.alert_id
    WHERE ${inScope(sql, context)}
      ${state === undefined ? sql`` : sql`AND c.state = ${state}`}
      ${type === undefined ? sql`` : sql`AND c.type = ${type}`}
      ${overdue ? sql`AND c.state = 'confirmed' AND COALESCE(c.appear_by, c.identify_by) < ${today}::text::date` : sql``}
      ${beforeMs === undefined ? sql`` : sql`AND c.violation_at_ms < ${beforeMs}`}
    ORDER BY c.violation_at_ms DESC, c.id LIMIT ${limit}`;
  return Promise.all(rows.map((row) => withParts(sql, row)));
}

/** @throws SafecityError `API_NOT_FOUND` */
export async function getCase(context: ReviewContext, caseId: string): Promise<CaseRecord> {
  const { sql } = context;
  const [row] = await sql<Summary[]>`
    SELECT ${columns(sql)} FROM violation_cases c JOIN units u ON u.id = c.unit_id JOIN alerts a ON a.id = c.alert_id
    WHERE ${inScope(sql, context)} AND c.id = ${caseId}`;
  if (!row) throw notFound('case', caseId);
  return withParts(sql, row);
}

/** Forms that were issued for cases of the scope, newest first. */
export async function listForms(context: ReviewContext, query: { limit?: number; beforeMs?: number }): Promise<IssuedForm[]> {
  const { sql } = context;
  const { limit = DEFAULT_LIMIT, beforeMs } = query;
  const rows = await sql<IssuedForm[]>`
    SELECT f.id, f.form, f.number, f.draft, f.sha256, f.issued_by AS "issuedBy", f.issued_at_ms AS "issuedAtMs",
      f.case_id AS "caseId", f.template_id AS "templateId", a.camera_name AS "cameraName", c.type
    FROM case_forms f JOIN violation_cases c ON c.id = f.case_id JOIN alerts a ON a.id = c.alert_id
    WHERE ${inScope(sql, context)} ${beforeMs === undefined ? sql`` : sql`AND f.issued_at_ms < ${beforeMs}`}
    ORDER BY f.issued_at_ms DESC, f.id LIMIT ${limit}`;
  return [...rows];
}
