import type { Queryable } from '../database/connection.js';
import { bucketOf, checkedSteps, cutToSpan, inUnit, ownRows, readOnly, type StatisticsContext } from './statistics-context.js';
import type { CountQuery, LineCountRow, LineCounts, OccupancyRow } from './statistics-schemas.js';

function countsIn(sql: Queryable, context: StatisticsContext, query: CountQuery, type: 'line-count' | 'occupancy') {
  const { fromMs, toMs, ruleId, simulated } = query;
  return sql`t.from_ms >= ${fromMs} AND t.from_ms < ${toMs} AND t.type = ${type} AND ${ownRows(sql, context)}
    ${inUnit(sql, 't', query, context.nowMs)} ${ruleId === undefined ? sql`` : sql`AND t.rule_id = ${ruleId}`}
    ${simulated ? sql`` : sql`AND NOT t.simulated`}`;
}

/** What went over lines in each step, by class and direction, and how much of it was watched. */
export async function lineCounts(context: StatisticsContext, query: CountQuery): Promise<LineCounts> {
  const { interval = 'day' } = query;
  const steps = checkedSteps(query, interval);
  return readOnly(context, async (sql) => {
    const step = bucketOf(sql, interval, sql`t.from_ms`);
    const where = countsIn(sql, context, query, 'line-count');
    const watched = await sql<{ start: number; rules: number; watchedMs: number }[]>`
      SELECT ${step} AS start, count(DISTINCT (t.camera_id, t.rule_id)) AS rules, sum(t.watched_ms) AS "watchedMs"
      FROM interval_counts t WHERE ${where} GROUP BY 1`;
    const rows = await sql<LineCountRow[]>`
      SELECT ${step} AS "fromMs", x.class, x.direction, sum(x.count) AS count
      FROM interval_counts t, jsonb_to_recordset(t.crossings) AS x (class text, direction text, count integer)
      WHERE ${where} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;
    const known = new Map(watched.map(({ start, ...rest }) => [cutToSpan(start, query), rest]));
    return {
      steps: steps.map((one) => ({ ...one, ...(known.get(one.fromMs) ?? { rules: 0, watchedMs: 0 }) })),
      rows: rows.map((row) => ({ ...row, fromMs: cutToSpan(row.fromMs, query) })),
    };
  });
}

/** How many were inside the zones of each rule in each step. The mean is weighted by the time watched. */
export async function occupancy(context: StatisticsContext, query: CountQuery): Promise<{ rows: OccupancyRow[] }> {
  const { interval = 'day' } = query;
  checkedSteps(query, interval);
  return readOnly(context, async (sql) => {
    const rows = await sql<OccupancyRow[]>`
      SELECT ${bucketOf(sql, interval, sql`t.from_ms`)} AS "fromMs", t.camera_id AS "cameraId", t.rule_id AS "ruleId", x.class,
        min(x.least) AS least, max(x.most) AS most, sum(x.mean * t.watched_ms) / sum(t.watched_ms) AS mean, sum(t.watched_ms) AS "watchedMs"
      FROM interval_counts t, jsonb_to_recordset(t.inside) AS x (class text, least integer, most integer, mean float8)
      WHERE ${countsIn(sql, context, query, 'occupancy')} AND t.watched_ms > 0 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`;
    return { rows: rows.map((row) => ({ ...row, fromMs: cutToSpan(row.fromMs, query) })) };
  });
}
