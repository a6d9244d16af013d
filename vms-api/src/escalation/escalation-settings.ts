import type { Identity } from '../accounts/identity.js';
import { recordAudit } from '../audit/audit.js';
import { jsonb, type Queryable, type Sql, type Transaction } from '../database/connection.js';
import { failure, notFound } from '../server/failure.js';
import type { AfterSeconds, EscalationBody, EscalationSettings } from './escalation-schemas.js';

/** What holds where nobody has said anything. */
export const DEFAULT_AFTER_SECONDS: AfterSeconds = { critical: [60, 180], high: [180, 600], medium: [], low: [] };

/** Who sets escalation, and when. */
export interface EscalationContext {
  sql: Sql;
  identity: Identity;
  address: string;
  nowMs: number;
}

/** @throws SafecityError `API_NOT_FOUND` for a unit out of scope */
function checkUnit({ identity }: Pick<EscalationContext, 'identity'>, unitId: string): void {
  if (!identity.unitIds.includes(unitId)) throw notFound('unit', unitId);
}

async function readSettings(sql: Queryable, unitId: string): Promise<EscalationSettings> {
  const rows = await sql<EscalationSettings[]>`
    WITH RECURSIVE above (id, parent_id, depth) AS (
      SELECT id, parent_id, 0 FROM units WHERE id = ${unitId}
      UNION ALL
      SELECT u.id, u.parent_id, a.depth + 1 FROM units u JOIN above a ON u.id = a.parent_id)
    SELECT s.after_seconds AS "afterSeconds", s.destination_id AS "destinationId", s.unit_id AS "fromUnitId",
      s.changed_by AS "changedBy", s.changed_at_ms AS "changedAtMs"
    FROM above a JOIN escalation_settings s ON s.unit_id = a.id ORDER BY a.depth LIMIT 1`;
  return rows[0] ?? { afterSeconds: DEFAULT_AFTER_SECONDS, destinationId: null, fromUnitId: null, changedBy: null, changedAtMs: null };
}

/** What holds in a unit: said there or, failing that, in the nearest unit above. @throws SafecityError `API_NOT_FOUND` */
export async function settingsOf(context: EscalationContext, unitId: string): Promise<EscalationSettings> {
  checkUnit(context, unitId);
  return readSettings(context.sql, unitId);
}

/** @throws SafecityError `API_INVALID` (400) for levels that do not follow one another, `API_NOT_FOUND` for the destination */
async function checkBody(transaction: Transaction, unitId: string, { afterSeconds, destinationId }: EscalationBody, nowMs: number) {
  for (const [severity, [first = 0, second = Number.POSITIVE_INFINITY]] of Object.entries(afterSeconds))
    if (second <= first) throw failure('API_INVALID', 400, `afterSeconds.${severity}: the second level must come after the first`);
  if (destinationId === null) return;
  const reaching = await transaction`
    SELECT 1 FROM destinations d WHERE d.id = ${destinationId} AND ${unitId} IN (SELECT unit_scope(d.unit_id, ${nowMs}))`;
  if (reaching.length === 0) throw notFound('destination for this unit', destinationId);
}

async function change(context: EscalationContext, unitId: string, body: EscalationBody | null): Promise<EscalationSettings> {
  const { identity, nowMs: atMs, address } = context;
  checkUnit(context, unitId);
  return context.sql.begin(async (transaction) => {
    if (body === null) await transaction`DELETE FROM escalation_settings WHERE unit_id = ${unitId}`;
    else {
      await checkBody(transaction, unitId, body, atMs);
      await transaction`
        INSERT INTO escalation_settings (unit_id, after_seconds, destination_id, changed_by, changed_at_ms)
        VALUES (${unitId}, ${jsonb(transaction, body.afterSeconds)}, ${body.destinationId}, ${identity.username}, ${atMs})
        ON CONFLICT (unit_id) DO UPDATE SET after_seconds = excluded.after_seconds, destination_id = excluded.destination_id,
          changed_by = excluded.changed_by, changed_at_ms = excluded.changed_at_ms`;
    }
    const entry = { atMs, actor: identity.username, subject: `unit:${unitId}`, address } as const;
    await recordAudit(transaction, { ...entry, action: 'escalation.changed', detail: body ?? { inherits: true } });
    return readSettings(transaction, unitId);
  }) as Promise<EscalationSettings>;
}

/** Sets escalation for a unit and what is below it. @throws SafecityError `API_NOT_FOUND`, `API_INVALID` (400) */
export const setSettings = (context: EscalationContext, unitId: string, body: EscalationBody) => change(context, unitId, body);

/** Lets a unit have what holds above it. @throws SafecityError `API_NOT_FOUND` */
export const clearSettings = (context: EscalationContext, unitId: string) => change(context, unitId, null);
