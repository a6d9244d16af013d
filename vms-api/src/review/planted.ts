import type { RuleTypeId } from '@safecity/contracts';
import type { Transaction } from '../database/connection.js';
import { judgeCase } from './case-view.js';
import type { ReviewContext } from './review-context.js';
import type { QueueFilters, RejectReason } from './review-schemas.js';

/** Reasons after which a case shows on its face that it must be rejected. */
const PLAIN_REASONS: RejectReason[] = ['no-violation', 'priority-vehicle', 'directed-by-police', 'signal-unclear', 'wrong-vehicle'];

/** Rejected cases that are looked at, to find one that could be confirmed by mistake. */
const LOOKED_AT = 10;

interface Original {
  id: string;
  alert_id: string;
  type: RuleTypeId;
  violation_at_ms: number;
  /** A planted case of it that nobody holds and nobody has decided. */
  unused: string | null;
}

/** Rejected cases, matching the filters, that this reviewer has seen in no form. */
async function originalsFor(transaction: Transaction, context: ReviewContext, filters: QueueFilters): Promise<Original[]> {
  const { unitId, type, cameraId, minAgeMs, maxAgeMs, minConfidence } = filters;
  const { identity, nowMs } = context;
  const sql = transaction;
  return sql<Original[]>`
    SELECT o.id, o.alert_id, o.type, o.violation_at_ms,
      (SELECT p.id FROM violation_cases p WHERE p.planted_from = o.id AND p.state = 'waiting'
        AND (p.claimed_until_ms IS NULL OR p.claimed_until_ms <= ${nowMs}) LIMIT 1) AS unused
    FROM violation_cases o
    WHERE o.state = 'rejected' AND NOT o.planted AND o.erased_at_ms IS NULL AND o.unit_id = ANY(${identity.unitIds})
      AND (SELECT d.reason_code FROM review_decisions d WHERE d.case_id = o.id ORDER BY d.id DESC LIMIT 1) = ANY(${PLAIN_REASONS})
      AND NOT EXISTS (SELECT 1 FROM review_decisions d WHERE d.case_id = o.id AND d.reviewer_id = ${identity.userId})
      AND NOT EXISTS (SELECT 1 FROM planted_shown s WHERE s.original_id = o.id AND s.user_id = ${identity.userId})
      ${unitId === undefined ? sql`` : sql`AND o.unit_id IN (SELECT unit_scope(${unitId}, ${nowMs}))`}
      ${type === undefined ? sql`` : sql`AND o.type = ${type}`}
      ${cameraId === undefined ? sql`` : sql`AND o.camera_id = ${cameraId}`}
      ${minAgeMs === undefined ? sql`` : sql`AND o.violation_at_ms <= ${nowMs - minAgeMs}`}
      ${maxAgeMs === undefined ? sql`` : sql`AND o.violation_at_ms >= ${nowMs - maxAgeMs}`}
      ${minConfidence === undefined ? sql`` : sql`AND o.confidence >= ${minConfidence}`}
    ORDER BY o.violation_at_ms DESC LIMIT ${LOOKED_AT} FOR UPDATE OF o SKIP LOCKED`;
}

async function copyOf(transaction: Transaction, originalId: string): Promise<string | null> {
  const [made] = await transaction<{ id: string }[]>`
    INSERT INTO violation_cases (alert_id, unit_id, type, camera_id, violation_at_ms, confidence, planted_from, state)
    SELECT alert_id, unit_id, type, camera_id, violation_at_ms, confidence, id, 'waiting' FROM violation_cases WHERE id = ${originalId}
    RETURNING id`;
  return made?.id ?? null;
}

/**
 * Makes ready a case that was rejected by others, to be shown once more; null when there is none that could be confirmed.
 * It is a case of its own, which the database keeps from ever being confirmed, from any form and from every count but misses.
 */
export async function plantCase(transaction: Transaction, context: ReviewContext, filters: QueueFilters): Promise<string | null> {
  for (const original of await originalsFor(transaction, context, filters)) {
    const { bars } = await judgeCase(transaction, context, original);
    if (bars.some(({ mendable }) => !mendable)) continue;
    await transaction`INSERT INTO planted_shown (original_id, user_id) VALUES (${original.id}, ${context.identity.userId})`;
    return original.unused ?? copyOf(transaction, original.id);
  }
  return null;
}
