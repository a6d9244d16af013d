import type { Identity } from '../accounts/identity.js';
import { recordAudit } from '../audit/audit.js';
import { jsonb, type Queryable, type Sql, type Transaction } from '../database/connection.js';
import { invalidRequest, notFound } from '../server/failure.js';
import type { AfterSeconds, EscalationBody, EscalationOverview, EscalationSettings } from './escalation-schemas.js';

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

type SettingsOfUnit = EscalationSettings & { unitId: string };

/** What holds in each of the units: said there or, failing that, in the nearest unit above. */
async function readSettings(sql: Queryable, unitIds: readonly string[]): Promise<SettingsOfUnit[]> {
  const rows = await sql<SettingsOfUnit[]>`
    WITH RECURSIVE above (unit_id, id, parent_id, depth) AS (
      SELECT id, id, parent_id, 0 FROM units WHERE id = ANY(${[...unitIds]})
      UNION ALL
      SELECT a.unit_id, u.id, u.parent_id, a.depth + 1 FROM units u JOIN above a ON u.id = a.parent_id)
    SELECT DISTINCT ON (a.unit_id) a.unit_id AS "unitId", s.after_seconds AS "afterSeconds", s.destination_id AS "destinationId",
      s.unit_id AS "fromUnitId", s.changed_by AS "changedBy", s.changed_at_ms AS "changedAtMs"
    FROM above a LEFT JOIN escalation_settings s ON s.unit_id = a.id ORDER BY a.unit_id, s.unit_id IS NULL, a.depth`;
  return rows.map((row) => ({ ...row, afterSeconds: row.afterSeconds ?? DEFAULT_AFTER_SECONDS }));
}

async function readSettingsOf(sql: Queryable, unitId: string): Promise<EscalationSettings> {
  const [{ unitId: _known, ...settings }] = (await readSettings(sql, [unitId])) as [SettingsOfUnit];
  return settings;
}

interface CountRow {
  unitId: string;
  severity: keyof AfterSeconds;
  waiting: number;
  escalated: number;
}

/** What holds in every unit of somebody that goes on, and what waits there. */
export async function escalationOverview({ sql, identity, nowMs }: EscalationContext): Promise<EscalationOverview> {
  const open = await sql<{ id: string }[]>`
    SELECT id FROM units WHERE id = ANY(${[...identity.unitIds]}) AND (valid_until_ms IS NULL OR valid_until_ms > ${nowMs})`;
  const unitIds = open.map(({ id }) => id);
  const counts = await sql<CountRow[]>`
    SELECT unit_id AS "unitId", severity, count(*)::integer AS waiting, count(*) FILTER (WHERE escalation_level > 0)::integer AS escalated
    FROM alerts WHERE state = 'new' AND merged_into IS NULL AND kind <> 'violation' AND unit_id = ANY(${unitIds})
    GROUP BY unit_id, severity`;
  const countsOf = (unitId: string, what: 'waiting' | 'escalated') => ({
    ...{ critical: 0, high: 0, medium: 0, low: 0 },
    ...Object.fromEntries(counts.filter((row) => row.unitId === unitId).map((row) => [row.severity, row[what]])),
  });
  const settings = await readSettings(sql, unitIds);
  return {
    units: settings.map((unit) => ({ ...unit, waiting: countsOf(unit.unitId, 'waiting'), escalated: countsOf(unit.unitId, 'escalated') })),
  };
}

/** What holds in a unit: said there or, failing that, in the nearest unit above. @throws SafecityError `API_NOT_FOUND` */
export async function settingsOf(context: EscalationContext, unitId: string): Promise<EscalationSettings> {
  checkUnit(context, unitId);
  return readSettingsOf(context.sql, unitId);
}

/** @throws SafecityError `API_INVALID` (400) for levels that do not follow one another, `API_NOT_FOUND` for the destination */
async function checkBody(transaction: Transaction, unitId: string, { afterSeconds, destinationId }: EscalationBody, nowMs: number) {
  for (const [severity, [first = 0, second = Number.POSITIVE_INFINITY]] of Object.entries(afterSeconds))
    if (second <= first)
      throw invalidRequest({
        path: `afterSeconds/${severity}/1`,
        code: 'level-order',
        message: 'the second level must come after the first',
      });
  if (destinationId === null) return;
  const reaching = await transaction`
    SELECT 1 FROM destinations d WHERE d.id = ${destinationId} AND ${unitId} IN (SELECT unit_scope(d.unit_id, ${nowMs}))`;
  if (reaching.length === 0) throw notFound('destination for this unit', destinationId);
}

type Change = EscalationBody | { inherits: true; reason?: string };

async function change(context: EscalationContext, unitId: string, body: Change): Promise<EscalationSettings> {
  const { identity, nowMs: atMs, address } = context;
  checkUnit(context, unitId);
  return context.sql.begin(async (transaction) => {
    if ('inherits' in body) await transaction`DELETE FROM escalation_settings WHERE unit_id = ${unitId}`;
    else {
      await checkBody(transaction, unitId, body, atMs);
      await transaction`
        INSERT INTO escalation_settings (unit_id, after_seconds, destination_id, changed_by, changed_at_ms)
        VALUES (${unitId}, ${jsonb(transaction, body.afterSeconds)}, ${body.destinationId}, ${identity.username}, ${atMs})
        ON CONFLICT (unit_id) DO UPDATE SET after_seconds = excluded.after_seconds, destination_id = excluded.destination_id,
          changed_by = excluded.changed_by, changed_at_ms = excluded.changed_at_ms`;
    }
    const entry = { atMs, actor: identity.username, subject: `unit:${unitId}`, address } as const;
    await recordAudit(transaction, { ...entry, action: 'escalation.changed', detail: body });
    return readSettingsOf(transaction, unitId);
  }) as Promise<EscalationSettings>;
}

/** Sets escalation for a unit and what is below it. @throws SafecityError `API_NOT_FOUND`, `API_INVALID` (400) */
export const setSettings = (context: EscalationContext, unitId: string, body: EscalationBody) => change(context, unitId, body);

/** Lets a unit have what holds above it. @throws SafecityError `API_NOT_FOUND` */
export const clearSettings = (context: EscalationContext, unitId: string, reason?: string) =>
  change(context, unitId, { inherits: true, ...(reason === undefined ? {} : { reason }) });
