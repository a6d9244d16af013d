import type { Queryable, Transaction } from '../database/connection.js';
import { planDelivery } from '../deliveries/plan.js';
import { locationOf, snapshotOf } from '../deliveries/snapshot.js';
import { isInformed } from '../deliveries/targets.js';
import { failure, notFound } from '../server/failure.js';
import type { AlertRow } from './alert-rows.js';
import type { DispatchDestination } from './alert-schemas.js';

/** Destinations that reach an alert's unit and take its kind, as operators see them: nothing of their addresses. */
export async function destinationsFor(
  sql: Queryable,
  alert: Pick<AlertRow, 'id' | 'unit_id' | 'kind'>,
  nowMs: number,
): Promise<DispatchDestination[]> {
  const rows = await sql<DispatchDestination[]>`
    SELECT t.id, t.name, t.centre, t.mode, ${isInformed(sql, alert.id, sql`t.id`)} AS informed
    FROM destinations t
    WHERE t.enabled AND ${alert.kind} = ANY(t.alert_kinds) AND ${alert.unit_id} IN (SELECT unit_scope(t.unit_id, ${nowMs}))
    ORDER BY t.name, t.id`;
  return [...rows];
}

/** @throws SafecityError `API_NOT_FOUND` (404) for a destination that cannot get this alert */
async function chosen(transaction: Transaction, row: AlertRow, destinationId: string, nowMs: number): Promise<DispatchDestination> {
  const found = (await destinationsFor(transaction, row, nowMs)).find(({ id }) => id === destinationId);
  if (!found) throw notFound('destination for this alert', destinationId);
  return found;
}

/** @throws SafecityError `API_ALERT_STATE` (409): somebody has sent it there, and the message is there or on its way */
async function checkFirst(transaction: Transaction, row: AlertRow, { id, name, informed }: DispatchDestination): Promise<void> {
  const [earlier] = await transaction<{ dispatched_by: string }[]>`
    SELECT dispatched_by FROM alert_dispatches WHERE alert_id = ${row.id} AND destination_id = ${id}`;
  if (!earlier || !informed) return;
  const message = `the alert was dispatched to ${name} already (by ${earlier.dispatched_by}): choose another destination`;
  throw failure('API_ALERT_STATE', 409, message);
}

/**
 * Takes down that an alert was sent to a destination, and sends it unless the destination has it already; one that refused it or
 * was not reached gets it anew. Returns the destination's name. The alert must be locked.
 * @throws SafecityError `API_NOT_FOUND` (404), `API_ALERT_STATE` (409)
 */
export async function dispatchTo(
  transaction: Transaction,
  row: AlertRow,
  destinationId: string,
  by: { username: string; atMs: number },
): Promise<string> {
  const { username, atMs } = by;
  if (row.message.mergedInto !== undefined)
    throw failure('API_ALERT_STATE', 409, `the alert is told with another one: dispatch ${row.message.mergedInto}`);
  const destination = await chosen(transaction, row, destinationId, atMs);
  await checkFirst(transaction, row, destination);
  await transaction`INSERT INTO alert_dispatches (alert_id, destination_id, dispatched_by, at_ms)
    VALUES (${row.id}, ${destinationId}, ${username}, ${atMs})
    ON CONFLICT (alert_id, destination_id) DO UPDATE SET dispatched_by = excluded.dispatched_by, at_ms = excluded.at_ms`;
  if (!destination.informed) {
    const location = await locationOf(transaction, row.message);
    // Who sends it says that it is not over, even when the camera sees nothing any more.
    const message = { ...row.message, phase: 'updated' } as const;
    const source = { message, cameraName: row.camera_name, place: row.place, location };
    const snapshot = snapshotOf(source, { verifiedBy: username, reasonCode: null });
    const plan = { alertId: row.id, messageType: 'Alert', cause: 'dispatched', to: destinationId, snapshot, nowMs: atMs } as const;
    await planDelivery(transaction, plan, row.unit_id);
  }
  return destination.name;
}
