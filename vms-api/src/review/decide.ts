import { lockAlert, stampAlert } from '../alerts/alert-clock.js';
import { filesOf } from '../alerts/alert-rows.js';
import type { AlertState } from '../alerts/alert-schemas.js';
import { setState } from '../alerts/alert-state.js';
import { recordAudit } from '../audit/audit.js';
import type { Transaction } from '../database/connection.js';
import { planDelivery } from '../deliveries/plan.js';
import { locationOf, snapshotOf } from '../deliveries/snapshot.js';
import { appendLedger } from '../ledger/ledger.js';
import { failure } from '../server/failure.js';
import { type ClaimedRow, decisionsOf, type JudgedCase, judgeCase } from './case-view.js';
import { lockHeld } from './claims.js';
import { lastDay } from './deadlines.js';
import { templateInForce } from './form-templates.js';
import type { Provision } from './legal-schemas.js';
import { type Confirmed, outcomeOf } from './outcome.js';
import { typedPlate } from './plate-check.js';
import type { ReviewContext } from './review-context.js';
import type { CaseState, Decided, RejectReason } from './review-schemas.js';
import { settingsFor } from './settings.js';

/** What a reviewer says about the case in hand. */
export type CaseVerdict =
  | { action: 'confirm'; plate?: string | undefined; provisionId?: string | undefined; comment?: string | undefined }
  | { action: 'reject'; reasonCode: RejectReason; comment?: string | undefined }
  | { action: 'send-back'; comment: string };

/** What the alert is for operators while and after its case is reviewed. */
const ALERT_STATES: Partial<Record<CaseState, AlertState>> = { confirmed: 'confirmed', rejected: 'false-alarm' };

interface Deciding {
  transaction: Transaction;
  context: ReviewContext;
  row: ClaimedRow;
  judged: JudgedCase;
  verdict: CaseVerdict;
  to: CaseState;
  said: Confirmed;
}

/** @throws SafecityError `API_REVIEW_BARRED`, `API_REVIEW_LAW`, `API_REVIEW_PLATE` (409), `API_INVALID` (400) */
function confirmationOf(judged: JudgedCase, verdict: CaseVerdict): Confirmed {
  if (verdict.action !== 'confirm') return { plate: null, provisionId: null };
  const { bars, law, plateRead, retype } = judged;
  const typed = verdict.plate === undefined ? null : typedPlate(verdict.plate);
  const fixed = bars.filter(({ mendable }) => !mendable);
  if (fixed.length > 0)
    throw failure('API_REVIEW_BARRED', 409, `the case cannot be confirmed: ${fixed.map(({ text }) => text.en).join('; ')}`);
  if (law.chosen === null) {
    const ids = law.candidates.map(({ id }) => id).join(', ');
    throw failure('API_REVIEW_LAW', 409, `give provisionId: one of those in force at the time of the violation: ${ids}`);
  }
  if (typed === null && retype.length > 0) throw failure('API_REVIEW_PLATE', 409, `the plate must be typed: ${retype.join(', ')}`);
  return { plate: typed ?? plateRead?.text ?? null, provisionId: law.chosen.id };
}

const commentOf = (verdict: CaseVerdict): string | null => verdict.comment?.trim() || null;
const reasonOf = (verdict: CaseVerdict): RejectReason | null => (verdict.action === 'reject' ? verdict.reasonCode : null);

async function writeDecision({ transaction, context, row, verdict, to, said }: Deciding): Promise<void> {
  const { identity, nowMs, address } = context;
  await transaction`
    INSERT INTO review_decisions (case_id, reviewer_id, reviewer, from_state, to_state, action, reason_code, comment, plate, provision_id,
      claimed_at_ms, at_ms)
    VALUES (${row.id}, ${identity.userId}, ${identity.username}, ${row.state}, ${to}, ${verdict.action}, ${reasonOf(verdict)},
      ${commentOf(verdict)}, ${said.plate}, ${said.provisionId}, ${row.claimed_at_ms}, ${nowMs})`;
  const detail = { action: verdict.action, to, ...said, reasonCode: reasonOf(verdict), comment: commentOf(verdict) };
  await recordAudit(transaction, {
    atMs: nowMs,
    actor: identity.username,
    action: 'review.decided',
    subject: `case:${row.id}`,
    detail,
    address,
  });
}

/** The last day to find out who drove, by the procedure in force at the time of the violation. */
async function identifyBy({ transaction, row, to }: Deciding): Promise<string | null> {
  if (to !== 'confirmed') return null;
  const { body } = await templateInForce(transaction, '02', row.violation_at_ms);
  return lastDay(row.violation_at_ms, body.identifyDays);
}

async function updateCase(deciding: Deciding, dueBy: string | null): Promise<void> {
  const { transaction, context, row, judged, verdict, to, said } = deciding;
  const over = to === 'confirmed' || to === 'rejected';
  const typedBy = verdict.action === 'confirm' && verdict.plate !== undefined ? context.identity.username : null;
  const read = judged.plateRead === null ? null : transaction.json(judged.plateRead);
  await transaction`
    UPDATE violation_cases SET state = ${to}, claimed_by = NULL, claimed_until_ms = NULL, plate_read = COALESCE(plate_read, ${read}::jsonb),
      plate = ${to === 'confirmed' ? said.plate : null}, plate_typed_by = ${to === 'confirmed' ? typedBy : null},
      provision_id = ${to === 'confirmed' ? said.provisionId : null}, vehicle = ${judged.vehicle},
      decided_by = ${over ? context.identity.username : null}, decided_at_ms = ${over ? context.nowMs : null},
      identify_by = ${dueBy}::text::date
    WHERE id = ${row.id}`;
}

/** The state of the alert after the decision; null when that is not the review's to say, because it is an incident by now. */
function stateAfter({ judged: { alert }, to }: Deciding): AlertState | null {
  if (alert.kind !== 'violation') return null;
  return ALERT_STATES[to] ?? (alert.state === 'new' ? 'acknowledged' : alert.state);
}

/** Operators see where the case stands, and whoever was told of it gets a cancel; of an incident the desk decides. */
async function updateAlert(deciding: Deciding): Promise<AlertState | null> {
  const { transaction, context, row, judged, verdict, to } = deciding;
  const { alert } = judged;
  const { username } = context.identity;
  const state = stateAfter(deciding);
  if (state !== null) await setState(transaction, row.alert_id, state, { username, atMs: context.nowMs });
  const comment = [reasonOf(verdict), commentOf(verdict)].filter(Boolean).join(': ') || null;
  await transaction`INSERT INTO alert_history (alert_id, at_ms, actor, action, from_state, to_state, comment)
    VALUES (${row.alert_id}, ${context.nowMs}, ${username}, ${`review-${verdict.action}`}, ${alert.state}, ${state ?? alert.state}, ${comment})`;
  if (to === 'rejected' && state !== null) {
    const location = await locationOf(transaction, alert.message);
    const source = { message: alert.message, cameraName: alert.camera_name, place: alert.place, location };
    const snapshot = snapshotOf(source, { verifiedBy: username, reasonCode: reasonOf(verdict) ?? 'other' });
    const plan = { alertId: row.alert_id, messageType: 'Cancel', cause: 'false-alarm', snapshot, nowMs: context.nowMs } as const;
    await planDelivery(transaction, plan, alert.unit_id);
  }
  return state;
}

async function enterInLedger({ transaction, context, row, judged, verdict, to, said }: Deciding, dueBy: string | null): Promise<void> {
  const provision: Provision | null = judged.law.candidates.find(({ id }) => id === said.provisionId) ?? null;
  const { evidence, clips } = judged.alert;
  await appendLedger(transaction, {
    atMs: context.nowMs,
    kind: 'review.decided',
    subject: `alert:${row.alert_id}`,
    content: {
      caseId: row.id,
      reviewer: context.identity.username,
      action: verdict.action,
      from: row.state,
      to,
      reasonCode: reasonOf(verdict),
      plateRead: judged.plateRead,
      plate: said.plate,
      provision,
      identifyBy: dueBy,
      evidence: [...evidence.flatMap(filesOf), ...clips].map(({ file, sha256 }) => ({ file, sha256 })),
    },
  });
}

/** A planted case ends here: nothing but the reviewer's own answer is kept of it. */
async function endPlanted(deciding: Deciding): Promise<void> {
  await writeDecision(deciding);
  await deciding.transaction`
    UPDATE violation_cases SET state = 'checked', claimed_by = NULL, claimed_until_ms = NULL WHERE id = ${deciding.row.id}`;
}

async function endTurn(deciding: Deciding): Promise<AlertState | null> {
  const dueBy = await identifyBy(deciding);
  await writeDecision(deciding);
  await updateCase(deciding, dueBy);
  const state = await updateAlert(deciding);
  await enterInLedger(deciding, dueBy);
  await stampAlert(deciding.transaction, deciding.row.alert_id);
  return state;
}

async function decideIn(transaction: Transaction, context: ReviewContext, caseId: string, verdict: CaseVerdict): Promise<DecidedCase> {
  // The alert is locked before its case, as it is when a new revision of it comes in.
  const [known] = await transaction<{ alert_id: string; planted: boolean }[]>`
    SELECT alert_id, planted FROM violation_cases WHERE id = ${caseId}`;
  if (known && !known.planted) await lockAlert(transaction, known.alert_id);
  const row = await lockHeld(transaction, context, caseId);
  const judged = await judgeCase(transaction, context, row, verdict.action === 'confirm' ? verdict.provisionId : undefined);
  const said = confirmationOf(judged, verdict);
  const { fourEyes } = await settingsFor(transaction, row.unit_id, row.type);
  const before = (await decisionsOf(transaction, caseId)).at(-1) ?? null;
  const to = outcomeOf({ state: row.state, action: verdict.action, fourEyes, now: said, before });
  if (to === null) throw failure('API_REVIEW_STATE', 409, `"${verdict.action}" is not possible for a case that is ${row.state}: settle it`);
  const deciding = { transaction, context, row, judged, verdict, to, said };
  const decided = { caseId, state: to };
  if (row.planted) {
    await endPlanted(deciding);
    return { decided, alert: null };
  }
  const state = await endTurn(deciding);
  return { decided, alert: state === null ? null : { id: row.alert_id, cameraId: row.camera_id, state } };
}

export interface DecidedCase {
  decided: Decided;
  /** The alert as it is now; null for a planted case, and where the review does not decide about the alert. */
  alert: { id: string; cameraId: string; state: AlertState } | null;
}

/**
 * Takes a reviewer's decision about a case that they hold. Case, decision, the alert's state and history, what must be
 * delivered, audit and ledger are one transaction.
 * @throws SafecityError `API_REVIEW_NOT_HELD`, `API_REVIEW_BARRED`, `API_REVIEW_LAW`, `API_REVIEW_PLATE`, `API_REVIEW_STATE` (409), `API_INVALID`
 */
export async function decideCase(context: ReviewContext, caseId: string, verdict: CaseVerdict): Promise<DecidedCase> {
  return context.sql.begin((transaction) => decideIn(transaction, context, caseId, verdict)) as Promise<DecidedCase>;
}
