import { checkSpan } from '../server/span.js';
import { alertsIn, bucketOf, checkedSteps, cutToSpan, LONGEST_SPAN, readOnly, type StatisticsContext } from './statistics-context.js';
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

/**
 * How long alerts took until each step was first taken. A step that was passed over was taken with the one after it: who sends
 * a new alert on has acknowledged and confirmed it too.
 */
export async function handlingTimes(context: StatisticsContext, query: SpanQuery): Promise<{ rows: HandlingRow[] }> {
  checkSpan(query, LONGEST_SPAN);
  return readOnly(context, async (sql) => {
    const rows = await sql<HandlingRow[]>`
      WITH reached AS (
        SELECT a.type, step.state, step.at_ms - a.raised_at_ms AS took_ms
        FROM alerts a CROSS JOIN LATERAL (VALUES
          ('acknowledged', a.acknowledged_at_ms), ('confirmed', a.confirmed_at_ms), ('dispatched', a.dispatched_at_ms),
          ('resolved', a.resolved_at_ms),
          ('false-alarm', (SELECT min(h.at_ms) FROM alert_history h
            WHERE h.alert_id = a.id AND h.to_state = 'false-alarm' AND h.from_state <> h.to_state AND h.actor <> 'system'))) step (state, at_ms)
        WHERE ${alertsIn(sql, context, query)} AND step.at_ms IS NOT NULL
      )
      SELECT type, state AS "to", count(*) AS count,
        round(percentile_cont(0.5) WITHIN GROUP (ORDER BY took_ms)) AS "medianMs",
        round(percentile_cont(0.95) WITHIN GROUP (ORDER BY took_ms)) AS "p95Ms"
      FROM reached GROUP BY GROUPING SETS ((state), (type, state))
      ORDER BY type NULLS FIRST, array_position(${[...HANDLED]}::text[], state)`;
    return { rows: [...rows] };
  });
}

/** False alarms among the alerts that rules raised and somebody has judged, per rule, camera or type; most alerts first. */
export async function falseAlarms(context: StatisticsContext, query: FalseAlarmQuery): Promise<{ rows: FalseAlarmRow[] }> {
  checkSpan(query, LONGEST_SPAN);
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
