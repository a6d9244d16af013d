import { createHash } from 'node:crypto';
import { alertTypeFacts } from '@safecity/contracts';
import { lockAlert, stampAlert } from '../alerts/alert-clock.js';
import { writeHistory } from '../alerts/alert-history.js';
import type { AlertState } from '../alerts/alert-schemas.js';
import type { DecisionContext } from '../alerts/decisions.js';
import { type AuditAction, recordAudit } from '../audit/audit.js';
import type { Queryable, Transaction } from '../database/connection.js';
import { tellDesks } from '../desk/desk-changes.js';
import { failure, notFound, refusal } from '../server/failure.js';
import { type DeskContext, deskOf } from './desk.js';
import type { Desk, Handover, HandoverDetail } from './handover-schemas.js';

const LISTED = 200;
const NAMED = 5;

const columns = (sql: Queryable) => sql`
  h.id, h.unit_id AS "unitId", h.state, h.notes, h.sha256, h.signed_by AS "signedBy", h.signed_name AS "signedName",
  h.signed_at_ms AS "signedAtMs", h.accepted_by AS "acceptedBy", h.accepted_name AS "acceptedName", h.accepted_at_ms AS "acceptedAtMs",
  h.moved`;

type Who = DecisionContext['identity'];

/** Hand-overs of the own units, the newest first. */
export async function listHandovers(sql: Queryable, { unitIds }: Who): Promise<Handover[]> {
  const rows = await sql<Handover[]>`
    SELECT ${columns(sql)} FROM handovers h WHERE h.unit_id = ANY(${unitIds}) ORDER BY h.signed_at_ms DESC, h.id LIMIT ${LISTED}`;
  return [...rows];
}

/** @throws SafecityError `API_NOT_FOUND`, also when it is of another unit */
export async function getHandover(sql: Queryable, { unitIds }: Who, id: string): Promise<HandoverDetail> {
  const rows = await sql<(Handover & { snapshot: string })[]>`
    SELECT ${columns(sql)}, h.snapshot FROM handovers h WHERE h.id = ${id} AND h.unit_id = ANY(${unitIds})`;
  if (!rows[0]) throw notFound('hand-over', id);
  const { snapshot, ...handover } = rows[0];
  return { ...handover, desk: JSON.parse(snapshot) as Desk };
}

/** @throws SafecityError `API_HANDOVER_UNOWNED` (409): a grave alert is in nobody's hands; the message says which */
function checkOwned({ alerts, unowned }: Desk): void {
  if (unowned.length === 0) return;
  const first = alerts.filter(({ id }) => unowned.includes(id)).slice(0, NAMED);
  const named = first.map(({ id, type, cameraName, place }) => `${alertTypeFacts(type).name.en} at ${cameraName ?? place} (${id})`);
  const more = unowned.length > NAMED ? ` and ${unowned.length - NAMED} more` : '';
  const message = `these alerts are in nobody's hands, give each an owner first: ${named.join('; ')}${more}`;
  const inVietnamese = first.map(({ type, cameraName, place }) => `${alertTypeFacts(type).name.vi}, ${cameraName ?? place}`);
  const params = { alerts: inVietnamese, more: Math.max(0, unowned.length - NAMED) };
  throw refusal('API_HANDOVER_UNOWNED', 409, [{ path: '', code: 'unowned', params, message }]);
}

async function audit(transaction: Transaction, context: DecisionContext, action: AuditAction, id: string, detail: object): Promise<void> {
  const { identity, nowMs: atMs, address } = context;
  await recordAudit(transaction, { atMs, actor: identity.username, action, subject: `handover:${id}`, detail: { ...detail }, address });
  await tellDesks(transaction, 'handovers');
}

/**
 * Signs the desk of a unit as it is now, for somebody else to accept.
 * @throws SafecityError `API_NOT_FOUND`, `API_UNIT_CLOSED`, `API_HANDOVER_UNOWNED`, `API_HANDOVER_STATE` (409) when one waits already
 */
export async function signHandover(context: DeskContext, unitId: string, notes: string): Promise<HandoverDetail> {
  const { identity, nowMs } = context;
  return context.sql.begin(async (transaction) => {
    const desk = await deskOf(transaction, context, unitId);
    checkOwned(desk);
    const snapshot = JSON.stringify(desk);
    const sha256 = createHash('sha256').update(snapshot).digest('hex');
    const rows = await transaction<{ id: string }[]>`
      INSERT INTO handovers (unit_id, state, notes, snapshot, sha256, signed_by, signed_name, signed_at_ms)
      VALUES (${unitId}, 'signed', ${notes.trim()}, ${snapshot}, ${sha256}, ${identity.username}, ${identity.displayName}, ${nowMs})
      ON CONFLICT (unit_id) WHERE state = 'signed' DO NOTHING RETURNING id`;
    if (!rows[0])
      throw failure('API_HANDOVER_STATE', 409, `a hand-over of "${unitId}" waits to be accepted already: accept or withdraw it`);
    await audit(transaction, context, 'handover.signed', rows[0].id, { unitId, sha256, alerts: desk.alerts.length });
    return getHandover(transaction, identity, rows[0].id);
  }) as Promise<HandoverDetail>;
}

/** The hand-over, which nobody else can change until the transaction ends. */
async function waiting(transaction: Transaction, identity: Who, id: string): Promise<HandoverDetail> {
  await transaction`SELECT 1 FROM handovers WHERE id = ${id} FOR UPDATE`;
  const handover = await getHandover(transaction, identity, id);
  if (handover.state === 'signed') return handover;
  const by = handover.acceptedName === null ? '' : ` by ${handover.acceptedName}`;
  throw failure('API_HANDOVER_STATE', 409, `the hand-over was ${handover.state}${by} already`);
}

/** Gives every open alert of the outgoing in the unit and below it to the incoming. Returns their ids. */
async function moveAlerts(transaction: Transaction, context: DecisionContext, { unitId, signedBy }: Handover): Promise<string[]> {
  const { username } = context.identity;
  const open = (sql: Queryable) => sql`assignee = ${signedBy} AND state IN ('new', 'acknowledged', 'confirmed', 'dispatched')`;
  const owned = await transaction<{ id: string }[]>`
    SELECT id FROM alerts WHERE ${open(transaction)} AND unit_id IN (SELECT unit_scope(${unitId}, ${context.nowMs}))
    ORDER BY merged_into IS NOT NULL, id`;
  const moved: string[] = [];
  // An incident before what is told with it, as whoever decides about one locks them: another order could wait in a circle.
  for (const { id } of owned) {
    await lockAlert(transaction, id);
    const rows = await transaction<{ state: AlertState }[]>`
      UPDATE alerts SET assignee = ${username} WHERE id = ${id} AND ${open(transaction)} RETURNING state`;
    // Somebody may have closed it or taken it meanwhile.
    if (!rows[0]) continue;
    const { state } = rows[0];
    await writeHistory(transaction, context, { alertId: id, action: 'assign', from: state, to: state, object: username });
    moved.push(id);
  }
  return moved;
}

/**
 * Accepts what somebody else signed: the outgoing's open alerts are the incoming's from then on, in the same transaction.
 * @throws SafecityError `API_NOT_FOUND`, `API_HANDOVER_SELF` (403), `API_HANDOVER_STATE` (409)
 */
export async function acceptHandover(context: DecisionContext, id: string): Promise<HandoverDetail> {
  const { identity, nowMs } = context;
  return context.sql.begin(async (transaction) => {
    const handover = await waiting(transaction, identity, id);
    if (handover.signedBy === identity.username)
      throw failure('API_HANDOVER_SELF', 403, 'a shift is accepted by another person than who signed it');
    const moved = await moveAlerts(transaction, context, handover);
    await transaction`UPDATE handovers SET state = 'accepted', accepted_by = ${identity.username}, accepted_name = ${identity.displayName},
      accepted_at_ms = ${nowMs}, moved = ${moved} WHERE id = ${id}`;
    const { unitId, signedBy, sha256 } = handover;
    await audit(transaction, context, 'handover.accepted', id, { unitId, signedBy, sha256, moved });
    for (const alertId of moved) await stampAlert(transaction, alertId);
    return getHandover(transaction, identity, id);
  }) as Promise<HandoverDetail>;
}

/**
 * Takes a hand-over back that nobody has accepted, for example because something has happened since.
 * @throws SafecityError `API_NOT_FOUND`, `API_HANDOVER_STATE` (409)
 */
export async function withdrawHandover(context: DecisionContext, id: string, reason: string): Promise<HandoverDetail> {
  return context.sql.begin(async (transaction) => {
    const { unitId } = await waiting(transaction, context.identity, id);
    await transaction`UPDATE handovers SET state = 'withdrawn' WHERE id = ${id}`;
    await audit(transaction, context, 'handover.withdrawn', id, { unitId, reason });
    return getHandover(transaction, context.identity, id);
  }) as Promise<HandoverDetail>;
}
