import type { Bilingual, Finding, Reason, RuleTypeId } from '@safecity/contracts';
import { alertOf, type FullAlertRow } from '../alerts/alert-rows.js';
import { alertScopeOf } from '../alerts/alert-scope.js';
import { getAlertRow } from '../alerts/alert-store.js';
import type { Queryable } from '../database/connection.js';
import { barsOf } from './case-bars.js';
import { chooseProvision, type LegalChoice, vehicleOf } from './legal-choice.js';
import type { Vehicle } from './legal-schemas.js';
import { listProvisions } from './legal-store.js';
import { type PlateRead, plateReadOf, type RetypeReason, retypeReasons } from './plate-check.js';
import type { ReviewContext } from './review-context.js';
import type { Bar, CaseDecision, CaseState, ReviewCase } from './review-schemas.js';

/** A row of `violation_cases` with a claim on it. */
export interface ClaimedRow {
  id: string;
  alert_id: string;
  unit_id: string;
  type: RuleTypeId;
  camera_id: string;
  violation_at_ms: number;
  confidence: number;
  planted: boolean;
  state: CaseState;
  claimed_at_ms: number;
  claimed_until_ms: number;
  unit_name: Bilingual;
}

/** Columns of `ClaimedRow`, from `violation_cases c`. */
export const claimedColumns = (sql: Queryable) => sql`
  c.id, c.alert_id, c.unit_id, c.type, c.camera_id, c.violation_at_ms, c.confidence, c.planted, c.state, c.claimed_at_ms,
  c.claimed_until_ms, (SELECT jsonb_build_object('vi', u.name_vi, 'en', u.name_en) FROM units u WHERE u.id = c.unit_id) AS unit_name`;

/** Everything a decision about a case rests on. */
export interface JudgedCase {
  alert: FullAlertRow;
  vehicle: Vehicle | null;
  plateRead: PlateRead | null;
  retype: RetypeReason[];
  law: LegalChoice;
  bars: Bar[];
}

/**
 * What a case is about: the finding of its type, and why. When the vehicle did worse afterwards the alert leads with that and tells
 * of it, and the violation is one finding among others.
 */
export function subjectOfCase({ kind, message }: FullAlertRow, type: string): { finding: Finding | undefined; reason: Reason } {
  const finding = message.findings.find((one) => one.type === type) ?? message.findings[0];
  return { finding, reason: kind === 'violation' ? message.reason : (finding?.reason ?? message.reason) };
}

async function isPending(sql: Queryable, alertId: string): Promise<boolean> {
  const rows = await sql`SELECT 1 FROM evidence_jobs WHERE alert_id = ${alertId} AND state = 'pending'`;
  return rows.length > 0;
}

/** Judges a case as it stands. @param wantedId provision that the reviewer has chosen */
export async function judgeCase(
  sql: Queryable,
  context: ReviewContext,
  row: Pick<ClaimedRow, 'alert_id' | 'type' | 'violation_at_ms'>,
  wantedId?: string,
): Promise<JudgedCase> {
  const alert = await getAlertRow(sql, alertScopeOf(context.identity), row.alert_id);
  const { finding } = subjectOfCase(alert, row.type);
  const plateRead = finding ? plateReadOf(finding) : null;
  const vehicle = vehicleOf(finding?.class);
  const retype = retypeReasons(plateRead, finding?.class);
  const provisions = await listProvisions(sql, row.type);
  const law = chooseProvision(provisions, { violationAtMs: row.violation_at_ms, vehicle, wantedId });
  const bars = barsOf({ row: alert, evidencePending: await isPending(sql, row.alert_id), law, retype });
  return { alert, vehicle, plateRead, retype, law, bars };
}

/** Decisions about a case, in their order. */
export async function decisionsOf(sql: Queryable, caseId: string): Promise<CaseDecision[]> {
  const rows = await sql<CaseDecision[]>`
    SELECT reviewer, action, reason_code AS "reasonCode", comment, plate, provision_id AS "provisionId",
      from_state AS "fromState", to_state AS "toState", at_ms AS "atMs"
    FROM review_decisions WHERE case_id = ${caseId} ORDER BY id`;
  return [...rows];
}

/** The case as its holder sees it: no word of earlier decisions, unless a shift lead has to settle it. */
export async function viewCase(sql: Queryable, context: ReviewContext, row: ClaimedRow): Promise<ReviewCase> {
  const { alert: alertRow, vehicle, plateRead, retype, law, bars } = await judgeCase(sql, context, row);
  const alert = alertOf(alertRow);
  const { finding, reason } = subjectOfCase(alertRow, row.type);
  return {
    id: row.id,
    alertId: row.alert_id,
    unitId: row.unit_id,
    unitName: row.unit_name,
    type: row.type,
    cameraId: row.camera_id,
    cameraName: alert.cameraName ?? row.camera_id,
    place: alert.place,
    violationAtMs: row.violation_at_ms,
    confidence: row.confidence,
    stage: row.state as ReviewCase['stage'],
    class: finding?.class ?? null,
    vehicle,
    simulated: alert.simulated,
    reason,
    fineable: alert.fineable,
    evidence: alert.evidence,
    clips: alert.clips,
    derivatives: alert.derivatives,
    evidenceFailed: alert.evidenceFailed,
    plate: { read: plateRead, retype },
    law: { candidates: law.candidates, chosenId: law.chosen?.id ?? null },
    bars,
    claimedUntilMs: row.claimed_until_ms,
    decisions: row.state === 'escalated' ? await decisionsOf(sql, row.id) : [],
  };
}
