import type { Scope } from '../accounts/scope.js';
import type { DecisionContext } from '../alerts/decisions.js';
import { recordAudit } from '../audit/audit.js';
import type { Queryable } from '../database/connection.js';
import { tellDesks } from '../desk/desk-changes.js';
import { failure, invalidRequest, notFound } from '../server/failure.js';
import { getOpenUnit } from '../units/unit-store.js';
import type { Drill, DrillBody } from './drill-schemas.js';

const LONGEST_MS = 3 * 86_400_000;
const AHEAD_MS = 30 * 86_400_000;
const LISTED = 200;

const columns = (sql: Queryable, nowMs: number) => sql`
  d.id, d.unit_id AS "unitId", d.name, d.exercises, d.from_ms AS "fromMs", COALESCE(d.ended_at_ms, d.until_ms) AS "untilMs",
  d.declared_by AS "declaredBy", d.ended_by AS "endedBy",
  d.from_ms <= ${nowMs} AND COALESCE(d.ended_at_ms, d.until_ms) > ${nowMs} AS active,
  (SELECT count(*)::int FROM alerts a WHERE a.drill_id = d.id) AS alerts`;

/** Units in which somebody works, whole or by some cameras. */
const unitsOf = ({ unitIds, cameras }: Scope): string[] => [...new Set([...unitIds, ...cameras.flatMap((part) => part.unitIds)])];

/** A drill concerns whoever works in its unit or below it, and whoever is above it. */
const concerns = (sql: Queryable, scope: Scope, nowMs: number) => sql`
  (d.unit_id = ANY(${unitsOf(scope)}) OR EXISTS (SELECT 1 FROM unit_scope(d.unit_id, ${nowMs}) u WHERE u = ANY(${unitsOf(scope)})))`;

/** Drills that concern somebody, the one that ends last first. */
export async function listDrills(sql: Queryable, scope: Scope, query: { nowMs: number; over?: boolean | undefined }): Promise<Drill[]> {
  const { nowMs, over } = query;
  const rows = await sql<Drill[]>`
    SELECT ${columns(sql, nowMs)} FROM drills d WHERE ${concerns(sql, scope, nowMs)}
    ${over === undefined ? sql`` : sql`AND (COALESCE(d.ended_at_ms, d.until_ms) <= ${nowMs}) = ${over}`}
    ORDER BY d.until_ms DESC, d.id LIMIT ${LISTED}`;
  return [...rows];
}

async function getDrill(sql: Queryable, id: string, nowMs: number): Promise<Drill | undefined> {
  const rows = await sql<Drill[]>`SELECT ${columns(sql, nowMs)} FROM drills d WHERE d.id = ${id}`;
  return rows[0];
}

/** @throws SafecityError `API_INVALID` (400) */
function checkTimes(fromMs: number, untilMs: number, nowMs: number): void {
  if (untilMs <= nowMs || untilMs <= fromMs)
    throw invalidRequest({ path: 'untilMs', code: 'after', params: { other: 'now' }, message: 'must lie after now and after fromMs' });
  if (untilMs - fromMs > LONGEST_MS)
    throw invalidRequest({
      path: 'untilMs',
      code: 'span-at-most',
      params: { days: 3 },
      message: 'a drill lasts 3 days at most; declare another one after it',
    });
  if (fromMs > nowMs + AHEAD_MS)
    throw invalidRequest({ path: 'fromMs', code: 'within-days', params: { days: 30 }, message: 'must lie within 30 days from now' });
}

/**
 * Declares a drill for a unit of the own ones.
 * @throws SafecityError `API_NOT_FOUND`, `API_UNIT_CLOSED` (409), `API_INVALID` (400) for its times
 */
export async function declareDrill(context: DecisionContext, body: DrillBody): Promise<Drill> {
  const { sql, identity, nowMs, address } = context;
  const { unitId, name, exercises, untilMs } = body;
  const fromMs = Math.max(body.fromMs ?? nowMs, nowMs);
  checkTimes(fromMs, untilMs, nowMs);
  return sql.begin(async (transaction) => {
    await getOpenUnit(transaction, identity, unitId, nowMs);
    const rows = await transaction<{ id: string }[]>`
      INSERT INTO drills (unit_id, name, exercises, from_ms, until_ms, declared_by, declared_at_ms)
      VALUES (${unitId}, ${name.trim()}, ${exercises.trim()}, ${fromMs}, ${untilMs}, ${identity.username}, ${nowMs}) RETURNING id`;
    const id = (rows[0] as { id: string }).id;
    const detail = { unitId, name, exercises, fromMs, untilMs };
    const entry = { atMs: nowMs, actor: identity.username, subject: `drill:${id}`, detail, address };
    await recordAudit(transaction, { ...entry, action: 'drill.declared' });
    await tellDesks(transaction, 'drills');
    return (await getDrill(transaction, id, nowMs)) as Drill;
  }) as Promise<Drill>;
}

/**
 * Ends a drill now; what was opened as part of it stays part of it.
 * @throws SafecityError `API_NOT_FOUND`, `API_DRILL_OVER` (409)
 */
export async function endDrill(context: DecisionContext, id: string): Promise<Drill> {
  const { sql, identity, nowMs, address } = context;
  return sql.begin(async (transaction) => {
    await transaction`SELECT 1 FROM drills WHERE id = ${id} FOR UPDATE`;
    const drill = await getDrill(transaction, id, nowMs);
    if (!drill || !identity.unitIds.includes(drill.unitId)) throw notFound('drill', id);
    if (drill.untilMs <= nowMs) throw failure('API_DRILL_OVER', 409, `the drill "${drill.name}" is over already`);
    await transaction`UPDATE drills SET ended_by = ${identity.username}, ended_at_ms = ${nowMs} WHERE id = ${id}`;
    const entry = { atMs: nowMs, actor: identity.username, subject: `drill:${id}`, detail: { alerts: drill.alerts }, address };
    await recordAudit(transaction, { ...entry, action: 'drill.ended' });
    await tellDesks(transaction, 'drills');
    return (await getDrill(transaction, id, nowMs)) as Drill;
  }) as Promise<Drill>;
}

/**
 * The drill as part of which something in a unit is done now.
 * @throws SafecityError `API_NOT_FOUND` when it does not hold for the unit, `API_DRILL_OVER` (409) when it does not last now
 */
export async function activeDrill(sql: Queryable, id: string, unitId: string, nowMs: number): Promise<{ id: string; name: string }> {
  const rows = await sql`SELECT 1 FROM drills d WHERE d.id = ${id} AND ${unitId} IN (SELECT unit_scope(d.unit_id, ${nowMs}))`;
  const drill = rows.length > 0 ? await getDrill(sql, id, nowMs) : undefined;
  if (!drill) throw notFound('drill', id);
  if (!drill.active)
    throw failure('API_DRILL_OVER', 409, `the drill "${drill.name}" does not last at this moment: open it as a real incident`);
  return { id, name: drill.name };
}
