import { ROLE_PERMISSIONS } from '../accounts/roles.js';
import { recordAudit } from '../audit/audit.js';
import type { Transaction } from '../database/connection.js';
import { failure } from '../server/failure.js';
import { type ClaimedRow, claimedColumns, viewCase } from './case-view.js';
import { plantCase } from './planted.js';
import { waitingCases } from './queue.js';
import type { ReviewContext } from './review-context.js';
import type { ClaimBody, ReviewCase } from './review-schemas.js';
import { settingsFor } from './settings.js';

/** Cases one reviewer holds at once: the one in front, and the next ones being loaded. */
const MOST_HELD = 3;

const ORDERS = { oldest: 'c.violation_at_ms', newest: 'c.violation_at_ms DESC', confidence: 'c.confidence DESC' } as const;

function refuseOthers({ identity }: ReviewContext, { escalated }: ClaimBody): void {
  if (escalated && !identity.grants.some(({ role }) => ROLE_PERMISSIONS[role].includes('review:lead')))
    throw failure('API_FORBIDDEN', 403, `the role ${identity.role} does not have the permission review:lead`);
}

/** One reviewer's claims come one after the other, so that two windows together cannot hold more than one may. */
async function refuseTooMany(transaction: Transaction, { identity, nowMs }: ReviewContext): Promise<void> {
  await transaction`SELECT pg_advisory_xact_lock(hashtextextended(${identity.userId}, 23))`;
  const held = await transaction`
    SELECT 1 FROM violation_cases WHERE claimed_by = ${identity.userId} AND claimed_until_ms > ${nowMs}`;
  if (held.length >= MOST_HELD) throw failure('API_REVIEW_HELD', 409, `you hold ${held.length} cases: decide one of them first`);
}

/** Locks a waiting case that nobody holds and nobody is locking: two who ask at once get two cases. */
async function lockNext(
  transaction: Transaction,
  context: ReviewContext,
  body: ClaimBody,
): Promise<{ id: string; unit_id: string; type: string } | null> {
  const { order = 'oldest', ...filters } = body;
  const [next] = await transaction<{ id: string; unit_id: string; type: string }[]>`
    SELECT c.id, c.unit_id, c.type FROM violation_cases c
    WHERE ${waitingCases(transaction, context, filters)} AND (c.claimed_until_ms IS NULL OR c.claimed_until_ms <= ${context.nowMs})
    ORDER BY ${transaction.unsafe(ORDERS[order])}, c.id LIMIT 1 FOR UPDATE OF c SKIP LOCKED`;
  return next ?? null;
}

async function give(transaction: Transaction, context: ReviewContext, id: string, claimSeconds: number): Promise<ReviewCase> {
  const { identity, nowMs, address } = context;
  const [row] = await transaction<ClaimedRow[]>`
    UPDATE violation_cases c SET claimed_by = ${identity.userId}, claimed_at_ms = ${nowMs}, claimed_until_ms = ${nowMs + claimSeconds * 1000}
    WHERE c.id = ${id} RETURNING ${claimedColumns(transaction)}`;
  await recordAudit(transaction, { atMs: nowMs, actor: identity.username, action: 'review.claimed', subject: `case:${id}`, address });
  return viewCase(transaction, context, row as ClaimedRow);
}

/**
 * Hands a case to the reviewer for a limited time; null when none waits. Nobody else gets it until it is given back or the
 * time is over. Now and then it is a planted one.
 * @param chance 0 (inclusive) to 1 (exclusive): below the share set for the unit a planted case is given
 * @throws SafecityError `API_REVIEW_HELD` (409), `API_FORBIDDEN`
 */
export async function claimCase(context: ReviewContext, body: ClaimBody, chance: number): Promise<ReviewCase | null> {
  refuseOthers(context, body);
  return context.sql.begin(async (transaction) => {
    await refuseTooMany(transaction, context);
    const next = await lockNext(transaction, context, body);
    if (!next) return null;
    const { plantedShare, claimSeconds } = await settingsFor(transaction, next.unit_id, next.type);
    const planted = !body.escalated && chance < plantedShare ? await plantCase(transaction, context, body) : null;
    return give(transaction, context, planted ?? next.id, claimSeconds);
  }) as Promise<ReviewCase | null>;
}

/** The cases the reviewer holds, the one claimed first before the others. */
export async function heldCases(context: ReviewContext): Promise<ReviewCase[]> {
  const { sql, identity, nowMs } = context;
  const rows = await sql<ClaimedRow[]>`
    SELECT ${claimedColumns(sql)} FROM violation_cases c
    WHERE c.claimed_by = ${identity.userId} AND c.claimed_until_ms > ${nowMs} ORDER BY c.claimed_at_ms, c.id`;
  return Promise.all(rows.map((row) => viewCase(sql, context, row)));
}

/**
 * The case, locked, as the reviewer holds it.
 * @throws SafecityError `API_NOT_FOUND`; `API_REVIEW_NOT_HELD` (409) when the time is over or somebody else holds it
 */
export async function lockHeld(transaction: Transaction, context: ReviewContext, caseId: string): Promise<ClaimedRow> {
  const { identity, nowMs } = context;
  const [row] = await transaction<(ClaimedRow & { claimed_by: string | null })[]>`
    SELECT ${claimedColumns(transaction)}, c.claimed_by FROM violation_cases c
    WHERE c.id = ${caseId} AND c.unit_id = ANY(${identity.unitIds}) FOR UPDATE OF c`;
  if (!row || row.claimed_by !== identity.userId || (row.claimed_until_ms ?? 0) <= nowMs)
    throw failure(
      'API_REVIEW_NOT_HELD',
      409,
      'you do not hold this case: the time is over, or it was never given to you; take the next one',
    );
  return row;
}

/** Gives the reviewer the whole time again. @throws SafecityError `API_REVIEW_NOT_HELD` */
export async function renewClaim(context: ReviewContext, caseId: string): Promise<{ claimedUntilMs: number }> {
  return context.sql.begin(async (transaction) => {
    const row = await lockHeld(transaction, context, caseId);
    const { claimSeconds } = await settingsFor(transaction, row.unit_id, row.type);
    const claimedUntilMs = context.nowMs + claimSeconds * 1000;
    await transaction`UPDATE violation_cases SET claimed_until_ms = ${claimedUntilMs} WHERE id = ${caseId}`;
    return { claimedUntilMs };
  }) as Promise<{ claimedUntilMs: number }>;
}

/** Gives a case back undecided. @throws SafecityError `API_REVIEW_NOT_HELD` */
export async function releaseClaim(context: ReviewContext, caseId: string): Promise<void> {
  await context.sql.begin(async (transaction) => {
    await lockHeld(transaction, context, caseId);
    await transaction`UPDATE violation_cases SET claimed_by = NULL, claimed_until_ms = NULL WHERE id = ${caseId}`;
    const { identity, nowMs: atMs, address } = context;
    await recordAudit(transaction, { atMs, actor: identity.username, action: 'review.released', subject: `case:${caseId}`, address });
  });
}
