import { type CameraConfig, parseCamera } from '@safecity/contracts';
import { sealSecret } from '@safecity/platform';
import type { Identity } from '../accounts/identity.js';
import { inScope, reaches, type Scope } from '../accounts/scope.js';
import { type AlertScope, alertInScope } from '../alerts/alert-scope.js';
import { type AuditAction, recordAudit } from '../audit/audit.js';
import { jsonb, type Queryable, type Sql, type Transaction } from '../database/connection.js';
import { failure, notFound } from '../server/failure.js';
import { getOpenUnit } from '../units/unit-store.js';

/** A row of `cameras`; `config` never holds credentials. */
export interface CameraRow {
  id: string;
  unit_id: string;
  revision: number;
  config: CameraConfig;
  sealed_credentials: string | null;
}

/** What a camera is created or changed with; `credentials` absent keeps what is stored, null removes it. */
export interface CameraChange {
  camera: unknown;
  credentials?: { username: string; password: string } | null;
}

/** Who changes cameras, and with what. */
export interface CameraContext {
  sql: Sql;
  key: Buffer;
  identity: Pick<Identity, 'username' | 'unitId' | keyof Scope>;
  address?: string;
  nowMs: number;
}

const columns = (sql: Queryable) => sql`id, unit_id, revision, config, sealed_credentials`;

const visible = (sql: Queryable, scope: Scope) => inScope(sql, scope, sql`unit_id`, sql`id`);

export async function listCameras(sql: Queryable, scope: Scope): Promise<CameraRow[]> {
  return sql<CameraRow[]>`
    SELECT ${columns(sql)} FROM cameras WHERE deleted_at_ms IS NULL AND ${visible(sql, scope)} ORDER BY config ->> 'name', id`;
}

/** @throws SafecityError `API_NOT_FOUND`, also when the camera is out of scope */
export async function getCamera(sql: Queryable, scope: Scope, cameraId: string): Promise<CameraRow> {
  const rows = await sql<CameraRow[]>`
    SELECT ${columns(sql)} FROM cameras WHERE id = ${cameraId} AND deleted_at_ms IS NULL AND ${visible(sql, scope)}`;
  if (!rows[0]) throw notFound('camera', cameraId);
  return rows[0];
}

/** Open alerts per camera that somebody may see. */
export async function openAlertCounts(sql: Queryable, cameraIds: string[], scope: AlertScope): Promise<Map<string, number>> {
  const rows = await sql<{ camera_id: string; count: number }[]>`
    SELECT a.camera_id, count(*) AS count FROM alerts a
    WHERE a.state IN ('new', 'acknowledged', 'confirmed', 'dispatched') AND a.camera_id = ANY(${cameraIds}) AND ${alertInScope(sql, scope)}
    GROUP BY a.camera_id`;
  return new Map(rows.map((row) => [row.camera_id, row.count]));
}

/** When presets were taught is what the server knows: it stays as stored, and new ones have not been. */
function withTaughtTimes(config: CameraConfig, stored: CameraConfig | null): CameraConfig {
  if (!config.presets) return config;
  const presets = config.presets.map(({ id, name }) => {
    const taughtAtMs = stored?.presets?.find((preset) => preset.id === id)?.taughtAtMs;
    return { id, name, ...(taughtAtMs === undefined ? {} : { taughtAtMs }) };
  });
  return { ...config, presets };
}

/** Checks a camera and takes what only the server decides out of it. */
function checkedConfig(change: CameraChange, identity: CameraContext['identity']): CameraConfig & { unitId: string } {
  const config = parseCamera(change.camera);
  if (config.source.sealedCredentials !== undefined) {
    throw failure('API_INVALID', 400, 'source/sealedCredentials: send user name and password in credentials instead');
  }
  const unitId = config.unitId ?? identity.unitId;
  if (!reaches(identity, unitId, config.id)) throw notFound('unit', unitId);
  return { ...config, unitId };
}

/** Hosts that a camera's credentials are sent to. */
function hostsOf({ source: { url, detectUrl } }: CameraConfig): string[] {
  return [url, ...(detectUrl === undefined ? [] : [detectUrl])].map((one) => new URL(one).hostname);
}

function sealed(context: CameraContext, change: CameraChange, stored: CameraRow | null, config: CameraConfig): string | null {
  const { credentials } = change;
  if (credentials === null) return null;
  if (credentials) {
    if (credentials.username.includes(':')) throw failure('API_INVALID', 400, 'credentials/username: must not hold a colon');
    return sealSecret(context.key, `${credentials.username}:${credentials.password}`);
  }
  if (!stored?.sealed_credentials) return null;
  // Otherwise whoever may edit the address could have the stored password sent to a host of their own.
  const known = hostsOf(stored.config);
  if (!hostsOf(config).every((host) => known.includes(host))) {
    throw failure('API_INVALID', 400, 'credentials: enter user name and password again, because the camera has another host now');
  }
  return stored.sealed_credentials;
}

interface Write {
  row: CameraRow;
  deleted: boolean;
  action: AuditAction;
  detail?: Record<string, unknown>;
}

async function write(transaction: Transaction, context: CameraContext, { row, deleted, action, detail }: Write): Promise<void> {
  const config = jsonb(transaction, row.config);
  const deletedAtMs = deleted ? context.nowMs : null;
  await transaction`
    INSERT INTO cameras (id, unit_id, revision, config, sealed_credentials, deleted_at_ms)
    VALUES (${row.id}, ${row.unit_id}, ${row.revision}, ${config}, ${row.sealed_credentials}, ${deletedAtMs})
    ON CONFLICT (id) DO UPDATE SET unit_id = excluded.unit_id, revision = excluded.revision, config = excluded.config,
      sealed_credentials = excluded.sealed_credentials, deleted_at_ms = excluded.deleted_at_ms`;
  await transaction`INSERT INTO camera_versions (camera_id, revision, config, deleted, changed_by, changed_at_ms)
    VALUES (${row.id}, ${row.revision}, ${config}, ${deleted}, ${context.identity.username}, ${context.nowMs})`;
  await recordAudit(transaction, {
    atMs: context.nowMs,
    actor: context.identity.username,
    action,
    subject: `camera:${row.id}`,
    detail: { revision: row.revision, unitId: row.unit_id, ...detail },
    ...(context.address === undefined ? {} : { address: context.address }),
  });
}

async function lockCamera(transaction: Transaction, cameraId: string): Promise<(CameraRow & { deleted_at_ms: number | null }) | null> {
  await transaction`SELECT pg_advisory_xact_lock(hashtextextended(${cameraId}, 23))`;
  const rows = await transaction<(CameraRow & { deleted_at_ms: number | null })[]>`
    SELECT ${columns(transaction)}, deleted_at_ms FROM cameras WHERE id = ${cameraId}`;
  return rows[0] ?? null;
}

/**
 * Creates a camera. An id that was deleted may be used again; its revisions go on.
 * @throws SafecityError `CONTRACTS_INVALID`, `API_CAMERA_EXISTS`, `API_UNIT_CLOSED` (409)
 */
export async function createCamera(context: CameraContext, change: CameraChange): Promise<CameraRow> {
  const checked = checkedConfig(change, context.identity);
  const create = async (transaction: Transaction): Promise<CameraRow> => {
    const stored = await lockCamera(transaction, checked.id);
    if (stored && stored.deleted_at_ms === null) throw failure('API_CAMERA_EXISTS', 409, `a camera "${checked.id}" exists already`);
    await getOpenUnit(transaction, context.identity, checked.unitId, context.nowMs);
    const revision = (stored?.revision ?? 0) + 1;
    const row: CameraRow = {
      id: checked.id,
      unit_id: checked.unitId,
      revision,
      config: { ...withTaughtTimes(checked, null), revision },
      sealed_credentials: sealed(context, change, null, checked),
    };
    await write(transaction, context, { row, deleted: false, action: 'camera.created' });
    return row;
  };
  return context.sql.begin(create) as Promise<CameraRow>;
}

/**
 * Changes a camera when it is still at the revision the change was based on.
 * @throws SafecityError `CONTRACTS_INVALID`, `API_NOT_FOUND`, `API_CAMERA_STALE` (409)
 */
export async function updateCamera(context: CameraContext, cameraId: string, change: CameraChange): Promise<CameraRow> {
  const checked = checkedConfig(change, context.identity);
  if (checked.id !== cameraId) throw failure('API_INVALID', 400, `camera/id: must be "${cameraId}", an id does not change`);
  const update = async (transaction: Transaction): Promise<CameraRow> => {
    await lockCamera(transaction, cameraId);
    const stored = await getCamera(transaction, context.identity, cameraId);
    if (stored.revision !== checked.revision) {
      throw failure(
        'API_CAMERA_STALE',
        409,
        `the camera is at revision ${stored.revision}, the change was based on ${checked.revision}: load it again`,
      );
    }
    if (checked.unitId !== stored.unit_id) await getOpenUnit(transaction, context.identity, checked.unitId, context.nowMs);
    const revision = stored.revision + 1;
    const row: CameraRow = {
      id: cameraId,
      unit_id: checked.unitId,
      revision,
      config: { ...withTaughtTimes(checked, stored.config), revision },
      sealed_credentials: sealed(context, change, stored, checked),
    };
    await write(transaction, context, { row, deleted: false, action: 'camera.changed' });
    return row;
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
    await write(transaction, context, { row, deleted: false, action: 'camera.preset-taught', detail: { presetId } });
    return row;
  };
  return context.sql.begin(teach) as Promise<CameraRow>;
}

/** Deletes a camera; its versions and alerts stay. @throws SafecityError `API_NOT_FOUND` */
export async function deleteCamera(context: CameraContext, cameraId: string): Promise<void> {
  await context.sql.begin(async (transaction) => {
    await lockCamera(transaction, cameraId);
    const stored = await getCamera(transaction, context.identity, cameraId);
    const row = { ...stored, revision: stored.revision + 1, sealed_credentials: null };
    await write(transaction, context, { row, deleted: true, action: 'camera.deleted' });
  });
}
