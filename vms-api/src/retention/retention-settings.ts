import { recordAudit } from '../audit/audit.js';
import type { Queryable, Sql } from '../database/connection.js';
import { invalidRequest } from '../server/failure.js';
import { RETENTION_CLASS_IDS, RETENTION_CLASSES, type RetentionClass } from './classes.js';

/** Defaults of this installation where they are not those of the class. */
export type RetentionDefaults = Partial<Record<RetentionClass, number>>;

export interface RetentionSetting {
  class: RetentionClass;
  days: number;
  defaultDays: number;
  minDays: number;
  maxDays: number;
  changedBy: string | null;
  changedAtMs: number | null;
}

/** How long each class is kept. */
export async function readRetention(sql: Queryable, defaults: RetentionDefaults): Promise<RetentionSetting[]> {
  const rows = await sql<{ class: string; days: number; changed_by: string; changed_at_ms: number }[]>`SELECT * FROM retention_settings`;
  return RETENTION_CLASS_IDS.map((id) => {
    const row = rows.find((candidate) => candidate.class === id);
    const limits = { ...RETENTION_CLASSES[id], ...(defaults[id] === undefined ? {} : { defaultDays: defaults[id] }) };
    return {
      class: id,
      days: row?.days ?? limits.defaultDays,
      ...limits,
      changedBy: row?.changed_by ?? null,
      changedAtMs: row?.changed_at_ms ?? null,
    };
  });
}

/** Days for which one class is kept. */
export async function daysKept(sql: Queryable, retentionClass: RetentionClass, defaults: RetentionDefaults): Promise<number> {
  const setting = (await readRetention(sql, defaults)).find((candidate) => candidate.class === retentionClass);
  return (setting as RetentionSetting).days;
}

/**
 * Sets for how long a class is kept; what was and what is stands in the audit log.
 * @throws SafecityError `API_INVALID` outside the limits of the class
 */
export async function setRetention(
  context: { sql: Sql; defaults: RetentionDefaults; actor: string; address: string; nowMs: number },
  change: { class: RetentionClass; days: number; reason: string },
): Promise<void> {
  const { minDays, maxDays } = RETENTION_CLASSES[change.class];
  if (change.days < minDays || change.days > maxDays)
    throw invalidRequest({
      path: 'days',
      code: 'days-between',
      params: { min: minDays, max: maxDays },
      message: `"${change.class}" is kept ${minDays} to ${maxDays} days; got ${change.days}`,
    });
  await context.sql.begin(async (transaction) => {
    const beforeDays = await daysKept(transaction, change.class, context.defaults);
    await transaction`
      INSERT INTO retention_settings (class, days, changed_by, changed_at_ms)
      VALUES (${change.class}, ${change.days}, ${context.actor}, ${context.nowMs})
      ON CONFLICT (class) DO UPDATE SET days = excluded.days, changed_by = excluded.changed_by, changed_at_ms = excluded.changed_at_ms`;
    await recordAudit(transaction, {
      ...{ atMs: context.nowMs, actor: context.actor, action: 'retention.changed', subject: `retention:${change.class}` },
      ...{ detail: { beforeDays, days: change.days, reason: change.reason }, address: context.address },
    });
  });
}
