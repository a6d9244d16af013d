import type { PendingQuery, Row } from 'postgres';
import type { Identity } from '../accounts/identity.js';
import { inScope } from '../accounts/scope.js';
import { type AlertScope, alertInScope, alertScopeOf } from '../alerts/alert-scope.js';
import type { Queryable, Sql } from '../database/connection.js';
import { invalidRequest } from '../server/failure.js';
import { checkSpan } from '../server/span.js';
import { type Bucket, bucketStart, MOST_STEPS, stepOf, stepsOf } from './buckets.js';
import type { SpanQuery } from './statistics-schemas.js';

type Fragment = PendingQuery<Row[]>;

/** No statistic runs longer: it would hold a connection that others need. */
const TIMEOUT_MS = 20_000;
/** The longest span of a statistic. */
export const LONGEST_SPAN = { days: 400 };

/** Who asks, and when. */
export interface StatisticsContext {
  sql: Sql;
  identity: Identity;
  nowMs: number;
}

/** Reads in one transaction with a time limit. */
export async function readOnly<T>({ sql }: StatisticsContext, read: (transaction: Queryable) => Promise<T>): Promise<T> {
  return (await sql.begin('read only', async (transaction) => {
    await transaction`SELECT set_config('statement_timeout', ${String(TIMEOUT_MS)}, true)`;
    return read(transaction);
  })) as T;
}

/** The steps of a span. @throws SafecityError `API_INVALID` (400), too when they are too many */
export function checkedSteps(query: SpanQuery, bucket: Bucket): { fromMs: number; toMs: number }[] {
  checkSpan(query, LONGEST_SPAN);
  const steps = stepsOf(query, bucket);
  if (steps.length > MOST_STEPS[bucket])
    throw invalidRequest({
      path: 'interval',
      code: 'many-steps',
      params: { most: MOST_STEPS[bucket] },
      message: `at most ${MOST_STEPS[bucket]} steps of a ${bucket}; take longer ones`,
    });
  return steps;
}

/** Beginning of the step of a column of moments. */
export function bucketOf(sql: Queryable, bucket: Bucket, column: Fragment): Fragment {
  const { lengthMs, shiftMs } = stepOf(bucket);
  return sql`(floor((${column} - ${shiftMs}::float8) / ${lengthMs}::float8) * ${lengthMs}::float8 + ${shiftMs}::float8)`;
}

/** The step as it is told: the first begins where the span does. */
export const cutToSpan = (startMs: number, { fromMs }: Pick<SpanQuery, 'fromMs'>) => Math.max(startMs, fromMs);

/** Everything but time, as conditions on the alias `a` of alerts, or `t` of another table with unit and camera. */
export function inUnit(sql: Queryable, table: 'a' | 't', { unitId, cameraId }: SpanQuery, nowMs: number): Fragment {
  return sql`
    ${unitId === undefined ? sql`` : sql`AND ${sql(table)}.unit_id IN (SELECT unit_scope(${unitId}, ${nowMs}))`}
    ${cameraId === undefined ? sql`` : sql`AND ${sql(table)}.camera_id = ${cameraId}`}`;
}

/** Cameras' own rows `t` in scope. */
export const ownRows = (sql: Queryable, { identity }: StatisticsContext): Fragment =>
  inScope(sql, identity, sql`t.unit_id`, sql`t.camera_id`);

/** Alerts `a` that a statistic is about; those that are told with another count with it. */
export function alertsIn(sql: Queryable, context: StatisticsContext, query: SpanQuery): Fragment {
  const scope: AlertScope = alertScopeOf(context.identity);
  return sql`a.raised_at_ms >= ${query.fromMs} AND a.raised_at_ms < ${query.toMs} AND a.merged_into IS NULL
    AND ${alertInScope(sql, scope)} ${inUnit(sql, 'a', query, context.nowMs)} ${query.simulated ? sql`` : sql`AND NOT a.simulated AND a.drill_id IS NULL`}`;
}

export { bucketStart };
