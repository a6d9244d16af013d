import type { Identity } from '../accounts/identity.js';
import { recordAudit } from '../audit/audit.js';
import type { Queryable, Sql, Transaction } from '../database/connection.js';
import { failure, invalidRequest, notFound, refusal } from '../server/failure.js';
import type { CloseBody, Unit, UnitBody } from './unit-schemas.js';

/** Who changes units, and when. */
export interface UnitContext {
  sql: Sql;
  identity: Identity;
  address: string;
  nowMs: number;
}

interface UnitRow {
  id: string;
  parent_id: string | null;
  name_vi: string;
  name_en: string;
  valid_from_ms: number;
  valid_until_ms: number | null;
  successor_ids: string[];
}

const unitOf = (row: UnitRow): Unit => ({
  id: row.id,
  parentId: row.parent_id,
  name: { vi: row.name_vi, en: row.name_en },
  validFromMs: row.valid_from_ms,
  validUntilMs: row.valid_until_ms,
  successorIds: row.successor_ids,
});

/** Units of these ids, parents not necessarily before children; closed ones too. */
export async function listUnits(sql: Queryable, unitIds: readonly string[]): Promise<Unit[]> {
  const rows = await sql<UnitRow[]>`
    SELECT id, parent_id, name_vi, name_en, valid_from_ms, valid_until_ms,
      ARRAY(SELECT successor_id FROM unit_successors s WHERE s.unit_id = units.id ORDER BY 1) AS successor_ids
    FROM units WHERE id = ANY(${[...unitIds]}) ORDER BY valid_from_ms, id`;
  return rows.map(unitOf);
}

async function getUnit(sql: Queryable, identity: Pick<Identity, 'unitIds'>, unitId: string): Promise<Unit> {
  const [unit] = identity.unitIds.includes(unitId) ? await listUnits(sql, [unitId]) : [];
  if (!unit) throw notFound('unit', unitId);
  return unit;
}

/** A unit of the own ones that is not closed at a time. @throws SafecityError `API_NOT_FOUND`, `API_UNIT_CLOSED` (409) */
export async function getOpenUnit(sql: Queryable, identity: Pick<Identity, 'unitIds'>, unitId: string, atMs: number): Promise<Unit> {
  const unit = await getUnit(sql, identity, unitId);
  if (unit.validUntilMs !== null && unit.validUntilMs <= atMs) {
    const heirs = unit.successorIds.length > 0 ? `: take ${unit.successorIds.join(' or ')}` : '';
    const message = `the unit "${unitId}" was closed on ${new Date(unit.validUntilMs).toISOString()}${heirs}`;
    throw refusal('API_UNIT_CLOSED', 409, [{ path: '', code: 'successors', params: { units: unit.successorIds }, message }]);
  }
  return unit;
}

/** The tree changes one step at a time, so that no two steps together make a circle. */
const lockTree = (transaction: Transaction) => transaction`SELECT pg_advisory_xact_lock(hashtextextended('unit tree', 29))`;

const entryOf = ({ identity, address, nowMs }: UnitContext, unitId: string) => ({
  ...{ atMs: nowMs, actor: identity.username, subject: `unit:${unitId}`, address },
});

/** @throws SafecityError `API_NOT_FOUND` for the parent, `API_UNIT_EXISTS`, `API_UNIT_CLOSED` (409) */
export async function createUnit(context: UnitContext, body: UnitBody): Promise<Unit> {
  const { id, parentId, name, validFromMs = context.nowMs } = body;
  return context.sql.begin(async (transaction) => {
    await lockTree(transaction);
    await getOpenUnit(transaction, context.identity, parentId, validFromMs);
    const rows = await transaction`INSERT INTO units (id, parent_id, name_vi, name_en, valid_from_ms)
      VALUES (${id}, ${parentId}, ${name.vi}, ${name.en}, ${validFromMs}) ON CONFLICT (id) DO NOTHING RETURNING 1`;
    if (rows.length === 0) throw failure('API_UNIT_EXISTS', 409, `a unit "${id}" exists already`);
    await recordAudit(transaction, { ...entryOf(context, id), action: 'unit.created', detail: { ...body, validFromMs } });
    return (await listUnits(transaction, [id]))[0] as Unit;
  }) as Promise<Unit>;
}

/**
 * Closes a unit. Its cameras, alerts and people keep it; rights in it reach its successors from then on, and theirs reach it.
 * @throws SafecityError `API_NOT_FOUND`, `API_UNIT_CLOSED` (409) for one that is closed, or a successor that is closed by then
 */
export async function closeUnit(context: UnitContext, unitId: string, body: CloseBody): Promise<Unit> {
  const { atMs = context.nowMs, successorIds } = body;
  return context.sql.begin(async (transaction) => {
    await lockTree(transaction);
    const unit = await getUnit(transaction, context.identity, unitId);
    if (unit.validUntilMs !== null) await getOpenUnit(transaction, context.identity, unitId, unit.validUntilMs);
    if (atMs <= unit.validFromMs)
      throw invalidRequest({
        path: 'atMs',
        code: 'after',
        params: { other: 'validFromMs' },
        message: 'must be later than the beginning of the unit',
      });
    if (successorIds.includes(unitId))
      throw invalidRequest({ path: 'successorIds', code: 'names-itself', message: 'must not name the unit itself' });
    for (const successorId of successorIds) await getOpenUnit(transaction, context.identity, successorId, atMs);
    await transaction`UPDATE units SET valid_until_ms = ${atMs} WHERE id = ${unitId}`;
    for (const successorId of successorIds) await transaction`INSERT INTO unit_successors VALUES (${unitId}, ${successorId})`;
    await recordAudit(transaction, { ...entryOf(context, unitId), action: 'unit.closed', detail: { ...body, atMs } });
    return (await listUnits(transaction, [unitId]))[0] as Unit;
  }) as Promise<Unit>;
}
