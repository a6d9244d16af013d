import { Gauge, Registry } from 'prom-client';
import { inScope } from '../accounts/scope.js';
import { alertInScope, alertScopeOf } from '../alerts/alert-scope.js';
import type { CameraStatuses } from '../cameras/camera-statuses.js';
import type { Queryable } from '../database/connection.js';
import { bucketStart } from './buckets.js';
import { alertsIn, inUnit, ownRows, readOnly, type StatisticsContext } from './statistics-context.js';

function gauge(registry: Registry, name: string, help: string, labels: readonly string[]): Gauge {
  return new Gauge({ name: `safecity_${name}`, help, labelNames: [...labels], registers: [registry] });
}

/** Fills a gauge with rows whose columns are its labels, and `value`. */
function fill(into: Gauge, rows: readonly Record<string, string | number>[]): void {
  for (const { value, ...labels } of rows) into.set(labels, Number(value));
}

async function cameraMetrics(sql: Queryable, context: StatisticsContext, statuses: CameraStatuses, registry: Registry): Promise<void> {
  const up = gauge(registry, 'camera_up', '1 while a camera is online, 0 while it is not; absent when nobody tells or it is disabled', [
    'camera',
  ]);
  const fps = gauge(registry, 'camera_analysed_fps', 'Frames through detection per second', ['camera']);
  const cameras = await sql<{ id: string }[]>`
    SELECT id FROM cameras WHERE deleted_at_ms IS NULL AND ${inScope(sql, context.identity, sql`unit_id`, sql`id`)} ORDER BY id`;
  for (const { id } of cameras) {
    const status = statuses.statusOf(id);
    if (!status || status.state === 'disabled' || status.problem?.code === 'API_NO_INGEST_STATUS') continue;
    up.set({ camera: id }, status.state === 'online' ? 1 : 0);
    fps.set({ camera: id }, status.achievedFps);
  }
}

async function alertMetrics(sql: Queryable, context: StatisticsContext, today: { fromMs: number; toMs: number }, registry: Registry) {
  const open = gauge(registry, 'alerts_open', 'Alerts that wait or are being handled', ['kind', 'type', 'state']);
  const raised = gauge(registry, 'alerts_raised_today', 'Alerts raised since midnight in Viet Nam', ['kind', 'type']);
  fill(
    open,
    await sql`SELECT a.kind, a.type, a.state, count(*) AS value FROM alerts a
      WHERE a.state IN ('new', 'acknowledged', 'confirmed', 'dispatched') AND a.merged_into IS NULL AND NOT a.simulated AND a.drill_id IS NULL
        AND ${alertInScope(sql, alertScopeOf(context.identity))} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
  );
  fill(
    raised,
    await sql`SELECT a.kind, a.type, count(*) AS value FROM alerts a WHERE ${alertsIn(sql, context, today)} GROUP BY 1, 2 ORDER BY 1, 2`,
  );
}

async function countMetrics(sql: Queryable, context: StatisticsContext, today: { fromMs: number; toMs: number }, registry: Registry) {
  const labels = ['camera', 'rule', 'class', 'direction'];
  const crossings = gauge(registry, 'line_crossings_today', 'What went over lines since midnight in Viet Nam', labels);
  fill(
    crossings,
    await sql`SELECT t.camera_id AS camera, t.rule_id AS rule, x.class, x.direction, sum(x.count) AS value
      FROM interval_counts t, jsonb_to_recordset(t.crossings) AS x (class text, direction text, count integer)
      WHERE t.from_ms >= ${today.fromMs} AND t.type = 'line-count' AND NOT t.simulated AND ${ownRows(sql, context)}
        ${inUnit(sql, 't', today, context.nowMs)} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`,
  );
}

/** What a Prometheus server reads: of the units of who asks, without drills and recordings. */
export async function prometheusText(context: StatisticsContext, statuses: CameraStatuses): Promise<{ type: string; text: string }> {
  const registry = new Registry();
  const today = { fromMs: bucketStart(context.nowMs, 'day'), toMs: context.nowMs + 1 };
  await readOnly(context, async (sql) => {
    await cameraMetrics(sql, context, statuses, registry);
    await alertMetrics(sql, context, today, registry);
    await countMetrics(sql, context, today, registry);
  });
  return { type: registry.contentType, text: await registry.metrics() };
}
