import type { Suppression, SuppressionTally } from '@safecity/contracts';
import { type AlertScope, alertInScope, alertScopeOf } from '../alerts/alert-scope.js';
import type { DecisionContext } from '../alerts/decisions.js';
import { recordAudit } from '../audit/audit.js';
import { jsonb, type Queryable, type Sql, type Transaction } from '../database/connection.js';
import { failure, notFound } from '../server/failure.js';
import type { SuppressionView } from './suppression-schemas.js';

const LISTED = 200;

/** When it really ends. */
const END = 'LEAST(s.until_ms, COALESCE(s.lifted_at_ms, s.until_ms))';

const columns = (sql: Queryable, nowMs: number) => sql`
  s.id, s.alert_id AS "alertId", s.camera_id AS "cameraId", s.camera_name AS "cameraName", s.type, s.rule_id AS "ruleId",
  s.rule_name AS "ruleName", s.class, s.polygon, s.from_ms AS "fromMs", ${sql.unsafe(END)} AS "untilMs", s.created_by AS "createdBy",
  s.lifted_by AS "liftedBy", ${sql.unsafe(END)} > ${nowMs} AS active, s.hidden, s.last_hidden_ms AS "lastHiddenMs",
  s.hidden_findings AS "hiddenFindings"`;

/** Suppressions in scope, the one that ends last first. */
export async function listSuppressions(
  sql: Queryable,
  scope: AlertScope,
  query: { nowMs: number; active?: boolean | undefined },
): Promise<SuppressionView[]> {
  const { nowMs, active } = query;
  return sql<SuppressionView[]>`
    SELECT ${columns(sql, nowMs)} FROM suppressions s WHERE ${alertInScope(sql, scope, 's')}
    ${active === undefined ? sql`` : sql`AND (${sql.unsafe(END)} > ${nowMs}) = ${active}`}
    ORDER BY s.until_ms DESC, s.id LIMIT ${LISTED}`;
}

/** @throws SafecityError `API_NOT_FOUND`, also when it is out of scope */
export async function getSuppression(sql: Queryable, scope: AlertScope, id: string, nowMs: number): Promise<SuppressionView> {
  const rows = await sql<SuppressionView[]>`
    SELECT ${columns(sql, nowMs)} FROM suppressions s WHERE s.id = ${id} AND ${alertInScope(sql, scope, 's')}`;
  if (!rows[0]) throw notFound('suppression', id);
  return rows[0];
}

/** What the table holds beside what rules gets. */
export interface NewSuppression {
  suppression: Suppression;
  alertId: string;
  cameraName: string;
  unitId: string;
  kind: string;
  type: string;
  ruleName: string;
}

/** Writes a suppression and its audit row. */
export async function insertSuppression(transaction: Transaction, context: DecisionContext, entry: NewSuppression): Promise<void> {
  const { suppression, alertId, cameraName, unitId, kind, type, ruleName } = entry;
  const { id, cameraId, ruleId, polygon, fromMs, untilMs } = suppression;
  const { username: actor } = context.identity;
  await transaction`
    INSERT INTO suppressions (id, alert_id, camera_id, camera_name, unit_id, kind, type, rule_id, rule_name, class, polygon, from_ms,
      until_ms, created_by)
    VALUES (${id}, ${alertId}, ${cameraId}, ${cameraName}, ${unitId}, ${kind}, ${type}, ${ruleId}, ${ruleName},
      ${suppression.class ?? null}, ${jsonb(transaction, polygon)}, ${fromMs}, ${untilMs}, ${actor})`;
  const detail = { alertId, cameraId, ruleId, class: suppression.class ?? null, polygon, untilMs };
  const audit = { atMs: context.nowMs, actor, action: 'suppression.created' as const, subject: `suppression:${id}`, detail };
  await recordAudit(transaction, { ...audit, address: context.address });
}

/** What rules is told of a suppression. */
export function suppressionOf(view: SuppressionView): Suppression {
  const { id, cameraId, ruleId, polygon, fromMs, untilMs } = view;
  return { id, cameraId, ruleId, polygon, fromMs, untilMs, ...(view.class === null ? {} : { class: view.class }) };
}

/**
 * Ends a suppression now.
 * @throws SafecityError `API_NOT_FOUND`, `API_SUPPRESSION_OVER` (409)
 */
export async function liftSuppression(context: DecisionContext, id: string): Promise<SuppressionView> {
  const { sql, identity, nowMs } = context;
  return sql.begin(async (transaction) => {
    const scope = alertScopeOf(identity);
    await transaction`SELECT 1 FROM suppressions WHERE id = ${id} FOR UPDATE`;
    const before = await getSuppression(transaction, scope, id, nowMs);
    if (!before.active) throw failure('API_SUPPRESSION_OVER', 409, 'the suppression is over already: there is nothing to lift');
    await transaction`UPDATE suppressions SET lifted_by = ${identity.username}, lifted_at_ms = ${nowMs} WHERE id = ${id}`;
    await recordAudit(transaction, {
      ...{ atMs: nowMs, actor: identity.username, action: 'suppression.lifted', subject: `suppression:${id}` },
      ...{ detail: { hidden: before.hidden }, address: context.address },
    });
    return getSuppression(transaction, scope, id, nowMs);
  }) as Promise<SuppressionView>;
}

/** Suppressions that rules may have to know: those in force, and those that ended no longer than a day ago. */
export async function recentSuppressions(sql: Sql, nowMs: number): Promise<Suppression[]> {
  const rows = await sql<SuppressionView[]>`
    SELECT ${columns(sql, nowMs)} FROM suppressions s WHERE ${sql.unsafe(END)} > ${nowMs - 86_400_000} ORDER BY s.id`;
  return rows.map(suppressionOf);
}

/** Takes in what rules says a suppression has hidden; an older word changes nothing. */
export async function storeTally(sql: Sql, tally: SuppressionTally): Promise<void> {
  await sql`UPDATE suppressions SET hidden = ${tally.hidden}, last_hidden_ms = ${tally.lastAtMs},
    hidden_findings = ${jsonb(sql, tally.findings)} WHERE id = ${tally.suppressionId} AND hidden < ${tally.hidden}`;
}
