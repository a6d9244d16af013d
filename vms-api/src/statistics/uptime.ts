import { inScope } from '../accounts/scope.js';
import { jsonb, type Queryable } from '../database/connection.js';
import { invalidRequest } from '../server/failure.js';
import { checkedSteps, ownRows, readOnly, type StatisticsContext } from './statistics-context.js';
import type { StepQuery, UptimeRow } from './statistics-schemas.js';

/** Most rows of one answer, a camera and a step each: a month of hours of 134 cameras, or a year of days of 250. */
const MOST_ROWS = 100_000;

interface KnownRow {
  camera_id: string;
  from_ms: number;
  up: number;
  down: number;
  disabled: number;
}

/** Cameras that are asked about, by name. */
function camerasIn(sql: Queryable, context: StatisticsContext, { unitId, cameraId, simulated }: StepQuery) {
  return sql<{ id: string; name: string }[]>`
    SELECT id, config ->> 'name' AS name FROM cameras
    WHERE deleted_at_ms IS NULL AND ${inScope(sql, context.identity, sql`unit_id`, sql`id`)}
      ${unitId === undefined ? sql`` : sql`AND unit_id IN (SELECT unit_scope(${unitId}, ${context.nowMs}))`}
      ${cameraId === undefined ? sql`` : sql`AND id = ${cameraId}`}
      ${simulated ? sql`` : sql`AND NOT COALESCE((config ->> 'simulated')::boolean, false)`}
    ORDER BY name, id`;
}

/** Time in each state; where several processes wrote the same time down it counts once, and up counts before down. */
function knownTimes(sql: Queryable, context: StatisticsContext, steps: readonly object[]) {
  const ranges = (states: readonly string[]) => sql`
    COALESCE(range_agg(r) FILTER (WHERE state = ANY(${[...states]})), '{}'::int8multirange)`;
  const length = (column: 'u' | 'd' | 'x') => sql`
    COALESCE((SELECT sum(upper(one) - lower(one)) FROM unnest(${sql(column)}) AS one), 0)`;
  return sql<KnownRow[]>`
    SELECT camera_id, from_ms, ${length('u')}::float8 AS up, ${length('d')}::float8 AS down, ${length('x')}::float8 AS disabled FROM (
      SELECT camera_id, from_ms, ${ranges(['online'])} AS u, ${ranges(['offline', 'connecting'])} - ${ranges(['online'])} AS d,
        ${ranges(['disabled'])} - ${ranges(['online', 'offline', 'connecting'])} AS x
      FROM (
        SELECT t.camera_id, s."fromMs" AS from_ms, t.state,
          int8range(greatest(t.from_ms, s."fromMs")::int8, least(t.to_ms, s."toMs")::int8) AS r
        FROM jsonb_to_recordset(${jsonb(sql, steps)}) AS s ("fromMs" float8, "toMs" float8)
        JOIN camera_state_spans t ON t.to_ms > s."fromMs" AND t.from_ms < s."toMs" WHERE ${ownRows(sql, context)}
      ) parts GROUP BY camera_id, from_ms
    ) agreed`;
}

function rowOf(step: { fromMs: number; toMs: number }, { id, name }: { id: string; name: string }, known: KnownRow | undefined): UptimeRow {
  const { up = 0, down = 0, disabled = 0 } = known ?? {};
  return {
    ...step,
    cameraId: id,
    cameraName: name,
    upMs: up,
    downMs: down,
    disabledMs: disabled,
    unknownMs: Math.max(0, step.toMs - step.fromMs - up - down - disabled),
    share: up + down === 0 ? null : up / (up + down),
  };
}

/** How long each camera was there in each step until now. What nobody told is unknown, neither up nor down. */
export async function uptime(context: StatisticsContext, query: StepQuery): Promise<{ rows: UptimeRow[] }> {
  const { interval = 'day' } = query;
  const past = { ...query, toMs: Math.min(query.toMs, Math.max(context.nowMs, query.fromMs + 1)) };
  checkedSteps(query, interval);
  const steps = checkedSteps(past, interval);
  return readOnly(context, async (sql) => {
    const cameras = await camerasIn(sql, context, query);
    if (cameras.length * steps.length > MOST_ROWS)
      throw invalidRequest({
        path: 'interval',
        code: 'many-rows',
        params: { cameras: cameras.length, steps: steps.length, most: MOST_ROWS },
        message: `${cameras.length} cameras in ${steps.length} steps are more than ${MOST_ROWS} rows; take longer steps, less time, or one unit`,
      });
    const known = new Map((await knownTimes(sql, context, steps)).map((row) => [`${row.camera_id} ${row.from_ms}`, row]));
    return { rows: cameras.flatMap((camera) => steps.map((step) => rowOf(step, camera, known.get(`${camera.id} ${step.fromMs}`)))) };
  });
}
