import { inScope, type Scope } from '../accounts/scope.js';
import { type AlertScope, alertInScope } from '../alerts/alert-scope.js';
import type { Queryable, Transaction } from '../database/connection.js';
import { failure, invalidRequest, notFound } from '../server/failure.js';
import { getOpenUnit } from '../units/unit-store.js';
import {
  type CameraChange,
  type CameraContext,
  type CameraRow,
  cameraColumns,
  checkedConfig,
  isFree,
  lockCamera,
  storeRevision,
  writeCamera,
} from './camera-write.js';

export type { CameraRow } from './camera-write.js';

const visible = (sql: Queryable, scope: Scope) => inScope(sql, scope, sql`unit_id`, sql`id`);

export async function listCameras(sql: Queryable, scope: Scope): Promise<CameraRow[]> {
  return sql<CameraRow[]>`
    SELECT ${cameraColumns(sql)} FROM cameras WHERE deleted_at_ms IS NULL AND ${visible(sql, scope)} ORDER BY config ->> 'name', id`;
}

/** Ids of the cameras in scope. */
export async function listCameraIds(sql: Queryable, scope: Scope): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`SELECT id FROM cameras WHERE deleted_at_ms IS NULL AND ${visible(sql, scope)}`;
  return rows.map(({ id }) => id);
}

/** @throws SafecityError `API_NOT_FOUND`, also when the camera is out of scope */
export async function getCamera(sql: Queryable, scope: Scope, cameraId: string): Promise<CameraRow> {
  const rows = await sql<CameraRow[]>`
    SELECT ${cameraColumns(sql)} FROM cameras WHERE id = ${cameraId} AND deleted_at_ms IS NULL AND ${visible(sql, scope)}`;
  if (!rows[0]) throw notFound('camera', cameraId);
  return rows[0];
}

/** When each camera was changed last, and by whom. */
export async function lastChanges(sql: Queryable, cameraIds: string[]): Promise<Map<string, { atMs: number; by: string }>> {
  const rows = await sql<{ camera_id: string; changed_at_ms: number; changed_by: string }[]>`
    SELECT v.camera_id, v.changed_at_ms, v.changed_by FROM camera_versions v
    JOIN cameras c ON c.id = v.camera_id AND c.revision = v.revision WHERE c.id = ANY(${cameraIds})`;
  return new Map(rows.map((row) => [row.camera_id, { atMs: row.changed_at_ms, by: row.changed_by }]));
}

/** Open alerts per camera that somebody may see. */
export async function openAlertCounts(sql: Queryable, cameraIds: string[], scope: AlertScope): Promise<Map<string, number>> {
  const rows = await sql<{ camera_id: string; count: number }[]>`
    SELECT a.camera_id, count(*) AS count FROM alerts a
    WHERE a.state IN ('new', 'acknowledged', 'confirmed', 'dispatched') AND a.camera_id = ANY(${cameraIds}) AND ${alertInScope(sql, scope)}
    GROUP BY a.camera_id`;
  return new Map(rows.map((row) => [row.camera_id, row.count]));
}

/**
 * Creates a camera. An id that was deleted may be used again by who had it; its revisions go on.
 * @throws SafecityError `CONTRACTS_INVALID`, `API_CAMERA_EXISTS`, `API_UNIT_CLOSED` (409)
 */
export async function createCamera(context: CameraContext, change: CameraChange): Promise<CameraRow> {
  const config = checkedConfig(change.camera, context.identity);
  const create = async (transaction: Transaction): Promise<CameraRow> => {
    const stored = await lockCamera(transaction, config.id);
    if (stored && !isFree(stored, context.identity))
      throw failure('API_CAMERA_EXISTS', 409, `a camera "${config.id}" exists already: choose another id`);
    await getOpenUnit(transaction, context.identity, config.unitId, context.nowMs);
    return storeRevision(transaction, context, { config, change, stored, action: 'camera.created' });
  };
  return context.sql.begin(create) as Promise<CameraRow>;
}

/** @throws SafecityError `API_CAMERA_STALE` (409) */
export function checkRevision(stored: CameraRow, basedOn: number): void {
  if (stored.revision === basedOn) return;
  const message = `the camera is at revision ${stored.revision}, the change was based on ${basedOn}: load it again`;
  throw failure('API_CAMERA_STALE', 409, message);
}

/**
 * Changes a camera when it is still at the revision the change was based on.
 * @throws SafecityError `CONTRACTS_INVALID`, `API_NOT_FOUND`, `API_CAMERA_STALE` (409)
 */
export async function updateCamera(context: CameraContext, cameraId: string, change: CameraChange): Promise<CameraRow> {
  const config = checkedConfig(change.camera, context.identity);
  if (config.id !== cameraId)
    throw invalidRequest({
      path: 'camera/id',
      code: 'id-fixed',
      params: { id: cameraId },
      message: `must be "${cameraId}", an id does not change`,
    });
  const update = async (transaction: Transaction): Promise<CameraRow> => {
    await lockCamera(transaction, cameraId);
    const stored = { ...(await getCamera(transaction, context.identity, cameraId)), deleted_at_ms: null };
    checkRevision(stored, config.revision);
    if (config.unitId !== stored.unit_id) await getOpenUnit(transaction, context.identity, config.unitId, context.nowMs);
    return storeRevision(transaction, context, { config, change, stored, action: 'camera.changed' });
  };
  return context.sql.begin(update) as Promise<CameraRow>;
}

/**
 * Says that a camera stands at one of its presets now: ingest learns the reference view of the preset from here on.
 * @throws SafecityError `API_NOT_FOUND`, also for a preset that the camera does not have
 */
export async function teachPreset(context: CameraContext, cameraId: string, presetId: string): Promise<CameraRow> {
  const teach = async (transaction: Transaction): Promise<CameraRow> => {
    await lockCamera(transaction, cameraId);
    const stored = await getCamera(transaction, context.identity, cameraId);
    const presets = stored.config.presets ?? [];
    if (!presets.some(({ id }) => id === presetId)) throw notFound('preset', presetId);
    const taught = presets.map((preset) => (preset.id === presetId ? { ...preset, taughtAtMs: context.nowMs } : preset));
    const revision = stored.revision + 1;
    const row = { ...stored, revision, config: { ...stored.config, presets: taught, revision } };
    await writeCamera(transaction, context, { row, action: 'camera.preset-taught', detail: { presetId } });
    return row;
  };
  return context.sql.begin(teach) as Promise<CameraRow>;
}

/** Deletes a camera; its versions and alerts stay. @throws SafecityError `API_NOT_FOUND` */
export async function deleteCamera(context: CameraContext, cameraId: string, comment?: string): Promise<void> {
  await context.sql.begin(async (transaction) => {
    await lockCamera(transaction, cameraId);
    const stored = await getCamera(transaction, context.identity, cameraId);
    const row = { ...stored, revision: stored.revision + 1, sealed_credentials: null };
    const credentials = stored.sealed_credentials === null ? 'kept' : 'removed';
    await writeCamera(transaction, context, { row, deleted: true, credentials, action: 'camera.deleted', comment });
  });
}
