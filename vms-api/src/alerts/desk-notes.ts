import { grantsOf, narrowedGrants } from '../accounts/grants.js';
import type { Grant } from '../accounts/identity.js';
import { ROLE_PERMISSIONS } from '../accounts/roles.js';
import { reaches } from '../accounts/scope.js';
import { type AuditAction, recordAudit } from '../audit/audit.js';
import type { Queryable, Transaction } from '../database/connection.js';
import { failure } from '../server/failure.js';
import { lockAlert, stampAlert } from './alert-clock.js';
import { writeHistory } from './alert-history.js';
import { alertOf, type FullAlertRow } from './alert-rows.js';
import type { Alert, Person } from './alert-schemas.js';
import { alertFor, alertScopeOf, partsReaching } from './alert-scope.js';
import { isOpen, refuseState } from './alert-state.js';
import { getAlertRow } from './alert-store.js';
import type { DecisionContext } from './decisions.js';

interface Note {
  action: 'comment' | 'assign' | 'release';
  audit: AuditAction;
  comment?: string;
  object?: string;
}

type Work = (transaction: Transaction, row: FullAlertRow) => Promise<Note | null>;

/** Changes something of an alert other than its state: history and audit are in the same transaction. */
async function note(context: DecisionContext, alertId: string, work: Work): Promise<Alert> {
  const scope = alertScopeOf(context.identity);
  return context.sql.begin(async (transaction) => {
    await lockAlert(transaction, alertId);
    const row = await getAlertRow(transaction, scope, alertId);
    const made = await work(transaction, row);
    if (made) {
      const { action, audit, comment = null, object = null } = made;
      await writeHistory(transaction, context, { alertId, action, from: row.state, to: row.state, comment, object });
      const { identity, nowMs: atMs, address } = context;
      const detail = { ...(comment === null ? {} : { comment }), ...(object === null ? {} : { assignee: object }) };
      await recordAudit(transaction, { atMs, actor: identity.username, action: audit, subject: `alert:${alertId}`, detail, address });
      await stampAlert(transaction, alertId);
    }
    return alertFor(alertOf(await getAlertRow(transaction, scope, alertId)), row.unit_id, scope);
  }) as Promise<Alert>;
}

/** Adds a remark to an alert's history, whatever its state. @throws SafecityError `API_NOT_FOUND` */
export function commentOn(context: DecisionContext, alertId: string, text: string): Promise<Alert> {
  return note(context, alertId, async () => ({ action: 'comment', audit: 'alert.commented', comment: text.trim() }));
}

/** True when these grants let somebody decide about the alert. */
function mayDecide(grants: Grant[], { unit_id: unitId, camera_id: cameraId, kind }: FullAlertRow): boolean {
  const scope = alertScopeOf({ grants: narrowedGrants(grants, 'alerts:decide') });
  return partsReaching(scope, { unitId, cameraId, kind }).length > 0;
}

/** People who may decide about an alert, by name. */
async function peopleFor(sql: Queryable, row: FullAlertRow, nowMs: number, username?: string): Promise<Person[]> {
  const people = await sql<(Person & { id: string })[]>`
    SELECT id, username, display_name AS "displayName" FROM users
    WHERE disabled_at_ms IS NULL ${username === undefined ? sql`` : sql`AND username = ${username}`}
      AND EXISTS (SELECT 1 FROM role_grants g WHERE g.user_id = users.id AND (g.until_ms IS NULL OR g.until_ms > ${nowMs})
        AND ${row.unit_id} IN (SELECT unit_scope(g.unit_id, ${nowMs})))
    ORDER BY display_name, username`;
  const able: Person[] = [];
  for (const { id, username: name, displayName } of people)
    if (mayDecide(await grantsOf(sql, id, nowMs), row)) able.push({ username: name, displayName });
  return able;
}

/** People to whom an alert can be given. @throws SafecityError `API_NOT_FOUND` */
export async function assigneesFor({ sql, identity, nowMs }: DecisionContext, alertId: string): Promise<Person[]> {
  return peopleFor(sql, await getAlertRow(sql, alertScopeOf(identity), alertId), nowMs);
}

/** @throws SafecityError `API_ASSIGNED` (409) when it is in the hands of somebody else and no shift lead asks */
function checkHands({ identity }: DecisionContext, row: FullAlertRow): void {
  if (row.assignee === null || row.assignee === identity.username) return;
  const here = identity.grants.filter((grant) => reaches(grant, row.unit_id, row.camera_id));
  if (here.some(({ role }) => ROLE_PERMISSIONS[role].includes('alerts:assign'))) return;
  throw failure('API_ASSIGNED', 409, `the alert is with ${row.assignee}: only a shift lead takes it from another person`);
}

/**
 * Gives an alert to a person, or to nobody. Operators give away what is free or their own, shift leads everything.
 * @param username null releases it
 * @throws SafecityError `API_NOT_FOUND`, `API_ALERT_STATE`, `API_ASSIGNED`, `API_ASSIGNEE` (409)
 */
export function assign(context: DecisionContext, alertId: string, username: string | null): Promise<Alert> {
  return note(context, alertId, async (transaction, row) => {
    if (!isOpen(row.state)) await refuseState(transaction, row, 'assign');
    checkHands(context, row);
    if (row.assignee === username) return null;
    if (username !== null && (await peopleFor(transaction, row, context.nowMs, username)).length === 0)
      throw failure('API_ASSIGNEE', 409, `"${username}" is nobody who may decide about this alert: choose one of its unit's desk`);
    await transaction`UPDATE alerts SET assignee = ${username} WHERE id = ${alertId}`;
    if (username === null) return { action: 'release', audit: 'alert.released', object: row.assignee ?? '' };
    return { action: 'assign', audit: 'alert.assigned', object: username };
  });
}
