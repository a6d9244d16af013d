import type { Identity } from '../accounts/identity.js';
import { recordAudit } from '../audit/audit.js';
import { jsonb, type Sql, type Transaction } from '../database/connection.js';
import { type DeliveryPlan, planDelivery } from '../deliveries/plan.js';
import { locationOf, snapshotOf } from '../deliveries/snapshot.js';
import { lockAlert, stampAlert } from './alert-clock.js';
import { writeHistory } from './alert-history.js';
import { alertOf, type FullAlertRow } from './alert-rows.js';
import type { Alert, AlertState } from './alert-schemas.js';
import { alertFor, alertScopeOf } from './alert-scope.js';
import { checkTransition, type Decision, setState, TRANSITIONS } from './alert-state.js';
import { getAlertRow } from './alert-store.js';
import { dispatchTo } from './dispatches.js';

/** Who decides, from where and when. */
export interface DecisionContext {
  sql: Sql;
  identity: Identity;
  address: string;
  nowMs: number;
}

interface Deciding {
  transaction: Transaction;
  context: DecisionContext;
  /** The alert as it was before. */
  row: FullAlertRow;
  decision: Decision;
}

const byOf = ({ identity, nowMs }: DecisionContext) => ({ username: identity.username, atMs: nowMs });

/** Tells those who were told of the alert what was decided about it. */
async function tell(
  { transaction, context, row }: Deciding,
  told: Pick<DeliveryPlan, 'messageType' | 'cause'> & { reasonCode?: string },
): Promise<void> {
  if (row.message.mergedInto !== undefined && told.messageType !== 'Cancel') return;
  const { messageType, cause, reasonCode = null } = told;
  const { nowMs } = context;
  // Over by an operator's word: what rules measure of it later is told to nobody.
  const over = cause === 'resolved' ? { phase: 'closed' as const, endMs: row.message.endMs ?? nowMs } : {};
  const location = await locationOf(transaction, row.message);
  const source = { message: { ...row.message, ...over }, cameraName: row.camera_name, place: row.place, location };
  const snapshot = snapshotOf(source, { verifiedBy: context.identity.username, reasonCode });
  await planDelivery(transaction, { alertId: row.id, messageType, cause, snapshot, nowMs }, row.unit_id);
}

/** What a person opened is over when a person says so: no rule ever will. */
async function endByHand({ transaction, context, row, decision }: Deciding): Promise<void> {
  if (!row.message.byHand || (decision.action !== 'resolve' && decision.action !== 'false-alarm')) return;
  const { revision, message } = row;
  const ended = { ...message, revision: revision + 1, phase: 'closed' as const, updatedMs: context.nowMs, endMs: context.nowMs };
  await transaction`UPDATE alerts SET revision = ${ended.revision}, updated_ms = ${context.nowMs}, end_ms = ${context.nowMs},
    message = ${jsonb(transaction, ended)} WHERE id = ${row.id}`;
}

/** What follows from a decision outside. Returns the name of the destination of a dispatch. */
async function follow(deciding: Deciding): Promise<string | null> {
  const { transaction, context, row, decision } = deciding;
  const { to } = TRANSITIONS[decision.action];
  if (decision.action === 'false-alarm')
    await tell(deciding, { messageType: 'Cancel', cause: 'false-alarm', reasonCode: decision.reasonCode });
  if (decision.action === 'resolve') await tell(deciding, { messageType: 'Update', cause: 'resolved' });
  // Who dispatches says that it is true.
  if ((to === 'confirmed' || to === 'dispatched') && row.confirmed_at_ms === null)
    await tell(deciding, { messageType: 'Update', cause: 'confirmed' });
  return decision.action === 'dispatch' ? dispatchTo(transaction, row, decision.destinationId, byOf(context)) : null;
}

function commentOf(decision: Decision): string | null {
  const reasonCode = decision.action === 'false-alarm' ? decision.reasonCode : undefined;
  return [reasonCode, decision.comment?.trim()].filter(Boolean).join(': ') || null;
}

/** What is decided about an incident holds for the alerts of other cameras that are told with it. */
async function decideMerged({ transaction, context, row, decision }: Deciding) {
  const { from, to } = TRANSITIONS[decision.action];
  const members = await transaction<{ id: string }[]>`SELECT id FROM alerts WHERE merged_into = ${row.id} ORDER BY id`;
  const decided: { id: string; camera_id: string }[] = [];
  for (const { id } of members) {
    await lockAlert(transaction, id);
    // Somebody may have decided about it, or taken it out of the incident, until the lock was had.
    const [now] = await transaction<{ camera_id: string; state: AlertState }[]>`
      SELECT camera_id, state FROM alerts WHERE id = ${id} AND merged_into = ${row.id} AND state = ANY(${[...from]})`;
    if (!now) continue;
    await setState(transaction, id, to, byOf(context));
    await writeHistory(transaction, context, { alertId: id, action: decision.action, from: now.state, to });
    decided.push({ id, camera_id: now.camera_id });
  }
  return decided;
}

async function record({ transaction, context, row, decision }: Deciding, object: string | null): Promise<void> {
  const { to, audit } = TRANSITIONS[decision.action];
  const comment = commentOf(decision);
  await writeHistory(transaction, context, { alertId: row.id, action: decision.action, from: row.state, to, comment, object });
  const detail = { from: row.state, to, ...(comment === null ? {} : { comment }), ...(object === null ? {} : { destination: object }) };
  const { identity, nowMs: atMs, address } = context;
  await recordAudit(transaction, { atMs, actor: identity.username, action: audit, subject: `alert:${row.id}`, detail, address });
}

async function decideIn(transaction: Transaction, context: DecisionContext, alertId: string, decision: Decision): Promise<Decided> {
  const scope = alertScopeOf(context.identity);
  await lockAlert(transaction, alertId);
  const row = await getAlertRow(transaction, scope, alertId);
  await checkTransition(transaction, row, decision);
  const deciding = { transaction, context, row, decision };
  await setState(transaction, alertId, TRANSITIONS[decision.action].to, byOf(context));
  const object = await follow(deciding);
  await endByHand(deciding);
  const merged = await decideMerged(deciding);
  await record(deciding, object);
  for (const { id } of [...merged, row]) await stampAlert(transaction, id);
  const alert = alertFor(alertOf(await getAlertRow(transaction, scope, alertId)), row.unit_id, scope);
  return { alert, merged: merged.map(({ id, camera_id: cameraId }) => ({ alertId: id, cameraId })) };
}

/** The alert after the decision, and the alerts of other cameras that it held for too. */
export interface Decided {
  alert: Alert;
  merged: { alertId: string; cameraId: string }[];
}

/**
 * Takes an operator's decision: state, history, audit and what must be sent are one transaction. Two operators who
 * decide at once are served one after the other; the second one is told that the state has moved on, and who moved it.
 * @throws SafecityError `API_NOT_FOUND`, `API_ALERT_STATE`, `API_REVIEW_ONLY` (409)
 */
export async function decide(context: DecisionContext, alertId: string, decision: Decision): Promise<Decided> {
  return context.sql.begin((transaction) => decideIn(transaction, context, alertId, decision)) as Promise<Decided>;
}
