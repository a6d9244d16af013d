import { alertsIn, bucketOf, checkedSteps, checkSpan, cutToSpan, readOnly, type StatisticsContext } from './statistics-context.js';
import {
  type FalseAlarmQuery,
  type FalseAlarmRow,
  HANDLED,
  type HandlingRow,
  type OutcomeRow,
  type SpanQuery,
  type StepQuery,
} from './statistics-schemas.js';
import { wilsonShare } from './wilson.js';

/** Alerts raised in each step by kind, type and the state they are in now. */
export async function outcomes(context: StatisticsContext, query: StepQuery): Promise<{ rows: OutcomeRow[] }> {
  const { interval = 'day' } = query;
  checkedSteps(query, interval);
  return readOnly(context, async (sql) => {
    const rows = await sql<OutcomeRow[]>`
      SELECT ${bucketOf(sql, interval, sql`a.raised_at_ms`)} AS "fromMs", a.kind, a.type, a.state, count(*) AS count
      FROM alerts a WHERE ${alertsIn(sql, context, query)} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`;
    return { rows: rows.map((row) => ({ ...row, fromMs: cutToSpan(row.fromMs, query) })) };
  });
}

/** How long alerts took until somebody first brought them into each state. */
export async function handlingTimes(context: StatisticsContext, query: SpanQuery): Promise<{ rows: HandlingRow[] }> {
  checkSpan(query);
  return readOnly(context, async (sql) => {
    const rows = await sql<HandlingRow[]>`
      WITH reached AS (
        SELECT a.id, a.type, a.raised_at_ms, h.to_state, min(h.at_ms) AS at_ms
        FROM alerts a JOIN alert_history h ON h.alert_id = a.id
        WHERE ${alertsIn(sql, context, query)} AND h.to_state = ANY(${[...HANDLED]}) AND h.actor <> 'system'
        GROUP BY a.id, a.type, a.raised_at_ms, h.to_state
      )
      SELECT type, to_state AS "to", count(*) AS count,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY at_ms - raised_at_ms) AS "medianMs",
        percentile_cont(0.95) WITHIN GROUP (ORDER BY at_ms - raised_at_ms) AS "p95Ms"
      FROM reached GROUP BY GROUPING SETS ((to_state), (type, to_state))
      ORDER BY type NULLS FIRST, array_position(${[...HANDLED]}::text[], to_state)`;
    return { rows: [...rows] };
  });
}

/** False alarms among the alerts that rules raised and somebody has judged, per rule, camera or type; most alerts first. */
export async function falseAlarms(context: StatisticsContext, query: FalseAlarmQuery): Promise<{ rows: FalseAlarmRow[] }> {
  checkSpan(query);
  const { by = 'rule' } = query;
  return readOnly(context, async (sql) => {
    const none = sql`NULL::text`;
    const isCamera = by !== 'type';
    const rows = await sql<Omit<FalseAlarmRow, 'share'>[]>`
      SELECT ${isCamera ? sql`a.camera_id` : none} AS "cameraId", max(${isCamera ? sql`a.camera_name` : none}) AS "cameraName",
        ${by === 'rule' ? sql`a.message #>> '{findings,0,ruleId}'` : none} AS "ruleId",
        max(${by === 'rule' ? sql`a.message #>> '{findings,0,ruleName}'` : none}) AS "ruleName",
        ${by === 'camera' ? none : sql`a.type`} AS type, count(*) AS alerts,
        count(*) FILTER (WHERE a.state IN ('confirmed', 'dispatched', 'resolved', 'false-alarm')) AS judged,
        count(*) FILTER (WHERE a.state = 'false-alarm') AS "falseAlarms"
      FROM alerts a WHERE ${alertsIn(sql, context, query)} AND a.opened_by IS NULL GROUP BY 1, 3, 5 ORDER BY alerts DESC, 1, 3, 5`;
    return { rows: rows.map((row) => ({ ...row, share: wilsonShare(row.falseAlarms, row.judged) })) };
  });
}
