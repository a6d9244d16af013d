import type { RecordingTimeline } from '@safecity/contracts';
import type { Identity } from '../accounts/identity.js';
import { alertInScope, alertScopeOf } from '../alerts/alert-scope.js';
import type { CameraRow } from '../cameras/camera-store.js';
import type { Queryable } from '../database/connection.js';
import type { ApiServices } from '../services.js';
import { findBookmarks } from './bookmarks.js';
import { heldTimelines } from './held-timelines.js';
import { joinTimelines } from './joined-timeline.js';
import { holdersOf } from './recording-holders.js';
import type { Stretch } from './stretches.js';
import type { Timeline, TimelineAlert } from './timeline-schemas.js';
import { watchableOf, within } from './watchable.js';

const MAX_ALERTS = 500;
/** How long before the range an alert may have begun to be found in it. */
const LONGEST_ALERT_MS = 86_400_000;

type Motion = NonNullable<RecordingTimeline['motion']>;

async function alertsOf(sql: Queryable, identity: Identity, cameraId: string, { fromMs, toMs }: Stretch) {
  const rows = await sql<(TimelineAlert & { total: number })[]>`
    SELECT a.id, a.kind, a.type, a.severity, a.state, a.start_ms AS "startMs", a.end_ms AS "endMs", count(*) OVER () AS total
    FROM alerts a WHERE a.camera_id = ${cameraId} AND ${alertInScope(sql, alertScopeOf(identity))}
      AND a.start_ms BETWEEN ${fromMs - LONGEST_ALERT_MS} AND ${toMs} AND COALESCE(a.end_ms, a.updated_ms) >= ${fromMs}
    ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], a.severity), a.start_ms LIMIT ${MAX_ALERTS}`;
  const total = Number(rows[0]?.total ?? 0);
  return { alerts: rows.map(({ total: _total, ...alert }) => alert), alertsLeftOut: total - rows.length };
}

/** Motion tells what went on: none of it outside of what may be watched. */
function motionWithin(motion: Motion | undefined, fromMs: number, watchable: readonly Stretch[] | null): Motion | null {
  if (!motion || watchable === null) return motion ?? null;
  const { stepMs, values } = motion;
  const shown = (step: number) =>
    watchable.some((allowed) => allowed.fromMs < fromMs + (step + 1) * stepMs && allowed.toMs >= fromMs + step * stepMs);
  return { stepMs, values: values.map((value, step) => (shown(step) ? value : null)) };
}

/** The timeline of a camera between two capture times, from all workers that have some of it, as somebody may see it. @throws SafecityError `API_NO_INGEST` (503) */
export async function timelineOf(
  services: ApiServices,
  identity: Identity,
  camera: CameraRow,
  { fromMs, toMs, steps }: Stretch & { steps?: number },
): Promise<Timeline> {
  const { sql } = services;
  const range = { fromMs, toMs };
  const query = { ...range, ...(steps === undefined ? {} : { motionSteps: steps }) };
  const [{ held, away }, watchable, alerts, bookmarks] = await Promise.all([
    holdersOf(services, camera.id).then((holders) => heldTimelines(holders, camera.id, query)),
    watchableOf(sql, { identity, nowMs: services.nowMs() }, camera, range),
    alertsOf(sql, identity, camera.id, range),
    findBookmarks(sql, identity, { cameraId: camera.id, fromMs, beforeMs: toMs, limit: MAX_ALERTS }),
  ]);
  const { spans, gaps, locks, motion } = joinTimelines(
    held.map(({ timeline }) => timeline),
    away,
    range,
  );
  return {
    ...range,
    spans: within(spans, watchable),
    gaps: gaps.flatMap((gap) => within([gap], watchable).map((part) => ({ ...gap, ...part }))),
    locks: locks.filter((lock) => within([lock], watchable).length > 0),
    motion: motionWithin(motion, fromMs, watchable),
    ...alerts,
    bookmarks,
    watchable,
  };
}
