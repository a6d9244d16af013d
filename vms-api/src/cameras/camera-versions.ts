import { type CameraConfig, parseCamera, SafecityError } from '@safecity/contracts';
import { inScope, type Scope } from '../accounts/scope.js';
import type { Queryable, Transaction } from '../database/connection.js';
import { failure, notFound } from '../server/failure.js';
import { getOpenUnit } from '../units/unit-store.js';
import { checkRevision } from './camera-store.js';
import {
  type CameraContext,
  type CameraCredentials,
  type CameraRow,
  checkedConfig,
  type KeptCameraRow,
  lockCamera,
  storeRevision,
} from './camera-write.js';

/** A row of `camera_versions`. */
export interface VersionRow {
  camera_id: string;
  revision: number;
  config: CameraConfig;
  deleted: boolean;
  changed_by: string;
  changed_at_ms: number;
  address: string | null;
  comment: string | null;
  credentials: 'kept' | 'set' | 'removed';
  restored_from: number | null;
}

const versionColumns = (sql: Queryable) =>
  sql`v.camera_id, v.revision, v.config, v.deleted, v.changed_by, v.changed_at_ms, v.address, v.comment, v.credentials, v.restored_from`;

/** The whole camera for who sees it now; for its unit of before the versions from then, because evidence cites them. */
const visibleVersion = (sql: Queryable, scope: Scope) =>
  sql`(${inScope(sql, scope, sql`c.unit_id`, sql`c.id`)} OR ${inScope(sql, scope, sql`(v.config ->> 'unitId')`, sql`c.id`)})`;

/**
 * All versions of a camera, also of a deleted one, the newest first.
 * @throws SafecityError `API_NOT_FOUND`
 */
export async function listVersions(sql: Queryable, scope: Scope, cameraId: string): Promise<VersionRow[]> {
  const rows = await sql<VersionRow[]>`
    SELECT ${versionColumns(sql)} FROM cameras c JOIN camera_versions v ON v.camera_id = c.id
    WHERE c.id = ${cameraId} AND ${visibleVersion(sql, scope)} ORDER BY v.revision DESC`;
  if (rows.length === 0) {
    const known = await sql`SELECT 1 FROM cameras c WHERE c.id = ${cameraId} AND ${inScope(sql, scope, sql`c.unit_id`, sql`c.id`)}`;
    if (known.length === 0) throw notFound('camera', cameraId);
  }
  return rows;
}

/** @throws SafecityError `API_NOT_FOUND` */
export async function getVersion(sql: Queryable, scope: Scope, cameraId: string, revision: number): Promise<VersionRow> {
  const found = (await listVersions(sql, scope, cameraId)).find((version) => version.revision === revision);
  if (!found) throw notFound('version', String(revision));
  return found;
}

/** A version of a camera, and who stored it. */
export interface CitedVersion {
  config: CameraConfig;
  changedBy: string;
  changedAtMs: number;
}

/** The version that evidence cites; null when there is none of that revision. Asks for no scope: the evidence was asked for it. */
export async function versionAtRevision(sql: Queryable, cameraId: string, revision: number): Promise<CitedVersion | null> {
  const rows = await sql<CitedVersion[]>`
    SELECT config, changed_by AS "changedBy", changed_at_ms AS "changedAtMs" FROM camera_versions
    WHERE camera_id = ${cameraId} AND revision = ${revision}`;
  return rows[0] ?? null;
}

/** The last version of each camera that is deleted, the latest first. */
export async function listDeleted(sql: Queryable, scope: Scope): Promise<VersionRow[]> {
  return sql<VersionRow[]>`
    SELECT ${versionColumns(sql)} FROM cameras c JOIN camera_versions v ON v.camera_id = c.id AND v.revision = c.revision
    WHERE c.deleted_at_ms IS NOT NULL AND ${inScope(sql, scope, sql`c.unit_id`, sql`c.id`)} ORDER BY v.changed_at_ms DESC, c.id`;
}

/** What is brought back, and on what the wish is based. */
export interface Restoring {
  cameraId: string;
  /** The version whose content is wanted. */
  revision: number;
  /** The revision of the camera as it was seen. */
  basedOn: number;
  comment?: string;
  /** Absent keeps what is stored as long as the host is the same. */
  credentials?: CameraCredentials | null;
}

/** @throws SafecityError `API_CAMERA_VERSION_INVALID` (409) when today's rules refuse the old content */
function stillValid({ config, revision, camera_id }: VersionRow): CameraConfig {
  try {
    return parseCamera(config);
  } catch (cause) {
    if (!(cause instanceof SafecityError)) throw cause;
    const message = `revision ${revision} of camera "${camera_id}" cannot be restored as it was (${cause.message}): change the camera as it is now instead`;
    throw failure('API_CAMERA_VERSION_INVALID', 409, message, cause);
  }
}

/** A version as it may be restored. @throws SafecityError `API_NOT_FOUND`, `API_CAMERA_VERSION_INVALID` */
export async function restorableConfig(sql: Queryable, scope: Scope, cameraId: string, revision: number): Promise<CameraConfig> {
  return stillValid(await getVersion(sql, scope, cameraId, revision));
}

/**
 * Stores the content of an earlier version as a new one; a deleted camera comes back with it.
 * @throws SafecityError `API_NOT_FOUND`, `API_CAMERA_STALE`, `API_CAMERA_VERSION_INVALID`, `API_UNIT_CLOSED`
 */
export async function restoreVersion(context: CameraContext, wish: Restoring): Promise<CameraRow> {
  const { cameraId, revision, basedOn, comment, credentials } = wish;
  const restore = async (transaction: Transaction): Promise<CameraRow> => {
    const stored = (await lockCamera(transaction, cameraId)) as KeptCameraRow;
    const old = await restorableConfig(transaction, context.identity, cameraId, revision);
    // Who only sees what the camera was before it went to another unit does not change it there.
    checkedConfig({ ...old, unitId: stored.unit_id }, context.identity);
    checkRevision(stored, basedOn);
    const config = checkedConfig(old, context.identity);
    await getOpenUnit(transaction, context.identity, config.unitId, context.nowMs);
    const change = {
      camera: old,
      ...(credentials === undefined ? {} : { credentials }),
      ...(comment === undefined ? {} : { comment }),
    };
    return storeRevision(transaction, context, { config, change, stored, action: 'camera.restored', restoredFrom: revision });
  };
  return context.sql.begin(restore) as Promise<CameraRow>;
}
