import type { Identity } from '../accounts/identity.js';
import { AROUND_INCIDENTS_ONLY } from '../accounts/roles.js';
import { reaches } from '../accounts/scope.js';
import { alertInScope, alertScopeOf } from '../alerts/alert-scope.js';
import type { CameraRow } from '../cameras/camera-store.js';
import type { Queryable } from '../database/connection.js';
import { failure } from '../server/failure.js';
import { joined, type Stretch } from './stretches.js';

/** How much before and after an incident may be watched by those who may watch around incidents only. */
export const INCIDENT_MARGIN_MS = 5 * 60_000;
/** An incident of which nothing more was heard counts as over then: its end may have been lost. */
const LONGEST_SILENCE_MS = 3_600_000;

/** True when somebody may watch all of a camera's recording, by at least one of the roles that reach it. */
function watchesAll({ grants }: Identity, camera: CameraRow): boolean {
  return grants.some((grant) => !AROUND_INCIDENTS_ONLY.includes(grant.role) && reaches(grant, camera.unit_id, camera.id));
}

/**
 * The stretches of a camera's recording that somebody may watch and that overlap `range`, oldest first; null: all of it.
 * The emergency centre watches from 5 minutes before each incident that it may see until 5 minutes after it.
 */
export async function watchableOf(
  sql: Queryable,
  who: { identity: Identity; nowMs: number },
  camera: CameraRow,
  range: Stretch,
): Promise<Stretch[] | null> {
  if (watchesAll(who.identity, camera)) return null;
  const rows = await sql<{ from_ms: number; to_ms: number }[]>`
    SELECT from_ms, to_ms FROM (
      SELECT a.start_ms - ${INCIDENT_MARGIN_MS} AS from_ms,
        COALESCE(a.end_ms, LEAST(${who.nowMs}, a.updated_ms + ${LONGEST_SILENCE_MS})) + ${INCIDENT_MARGIN_MS} AS to_ms
      FROM alerts a WHERE a.camera_id = ${camera.id} AND a.kind = 'incident' AND ${alertInScope(sql, alertScopeOf(who.identity))}
    ) w WHERE from_ms <= ${range.toMs} AND to_ms >= ${range.fromMs} ORDER BY from_ms`;
  return joined(rows.map(({ from_ms, to_ms }) => ({ fromMs: from_ms, toMs: to_ms })));
}

/**
 * The stretch that may be watched and holds all of `range`; without bounds for who may watch everything.
 * @throws SafecityError `API_RECORDING_WINDOW` (403)
 */
export async function requireWatchable(
  sql: Queryable,
  who: { identity: Identity; nowMs: number },
  camera: CameraRow,
  range: Stretch,
): Promise<Stretch> {
  const stretches = await watchableOf(sql, who, camera, range);
  if (stretches === null) return { fromMs: 0, toMs: Number.POSITIVE_INFINITY };
  const found = stretches.find(({ fromMs, toMs }) => fromMs <= range.fromMs && range.toMs <= toMs);
  if (found) return found;
  throw failure('API_RECORDING_WINDOW', 403, 'recordings may be watched from 5 minutes before an incident until 5 minutes after it only');
}

/** The parts of some stretches that may be watched. */
export function within(stretches: readonly Stretch[], watchable: readonly Stretch[] | null): Stretch[] {
  if (watchable === null) return [...stretches];
  return stretches.flatMap(({ fromMs, toMs }) =>
    watchable.flatMap((allowed) => {
      const part = { fromMs: Math.max(fromMs, allowed.fromMs), toMs: Math.min(toMs, allowed.toMs) };
      return part.fromMs <= part.toMs ? [part] : [];
    }),
  );
}
