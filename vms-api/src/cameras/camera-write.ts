import { type CameraConfig, parseCamera } from '@safecity/contracts';
import { openSecret, sealSecret } from '@safecity/platform';
import type { Identity } from '../accounts/identity.js';
import { reaches, type Scope } from '../accounts/scope.js';
import { type AuditAction, recordAudit } from '../audit/audit.js';
import { jsonb, type Queryable, type Sql, type Transaction } from '../database/connection.js';
import { invalidRequest, notFound } from '../server/failure.js';
import { refuseControllersOfOthers } from '../signals/controllers.js';
import { dropUnmasked } from './reference-pictures.js';

/** A row of `cameras`; `config` never holds credentials. */
export interface CameraRow {
  id: string;
  unit_id: string;
  revision: number;
  config: CameraConfig;
  sealed_credentials: string | null;
}

/** The same with the time at which it was deleted. */
export type KeptCameraRow = CameraRow & { deleted_at_ms: number | null };

export interface CameraCredentials {
  username: string;
  password: string;
}

/** What a camera is created or changed with; `credentials` absent keeps what is stored, null removes it. */
export interface CameraChange {
  camera: unknown;
  credentials?: CameraCredentials | null;
  /** Why; kept with the version. */
  comment?: string;
}

/** Who changes cameras, and with what. */
export interface CameraContext {
  sql: Sql;
  key: Buffer;
  identity: Pick<Identity, 'username' | 'unitId' | keyof Scope>;
  address?: string;
  nowMs: number;
}

/** A camera's configuration that belongs to a unit. */
export type PlacedConfig = CameraConfig & { unitId: string };

export const cameraColumns = (sql: Queryable) => sql`id, unit_id, revision, config, sealed_credentials`;

/** When presets were taught is what the server knows: it stays as stored, and new ones have not been. */
export function withTaughtTimes(config: CameraConfig, stored: CameraConfig | null): CameraConfig {
  if (!config.presets) return config;
  const presets = config.presets.map(({ id, name }) => {
    const taughtAtMs = stored?.presets?.find((preset) => preset.id === id)?.taughtAtMs;
    return { id, name, ...(taughtAtMs === undefined ? {} : { taughtAtMs }) };
  });
  return { ...config, presets };
}

/** Checks a camera and takes what only the server decides out of it. */
export function checkedConfig(camera: unknown, identity: CameraContext['identity']): PlacedConfig {
  const config = parseCamera(camera);
  if (config.source.sealedCredentials !== undefined) {
    throw invalidRequest({
      path: 'source/sealedCredentials',
      code: 'credentials-sealed',
      message: 'send user name and password in credentials instead',
    });
  }
  const unitId = config.unitId ?? identity.unitId;
  if (!reaches(identity, unitId, config.id)) throw notFound('unit', unitId);
  return { ...config, unitId };
}

/** Hosts that a camera's credentials are sent to. */
function hostsOf({ url, detectUrl }: Pick<CameraConfig['source'], 'url' | 'detectUrl'>): string[] {
  return [url, ...(detectUrl === undefined ? [] : [detectUrl])].map((one) => new URL(one).hostname);
}

/** True when stored credentials may go to these addresses: otherwise whoever may edit one could have them sent to a host of their own. */
export function staysAtHosts(stored: CameraRow, source: Pick<CameraConfig['source'], 'url' | 'detectUrl'>): boolean {
  const known = hostsOf(stored.config.source);
  return hostsOf(source).every((host) => known.includes(host));
}

/** Seals a user name and a password for ingest. @throws SafecityError `API_INVALID` */
export function sealCredentials(key: Buffer, { username, password }: CameraCredentials): string {
  if (username.includes(':')) throw invalidRequest({ path: 'credentials/username', code: 'no-colon', message: 'must not hold a colon' });
  return sealSecret(key, `${username}:${password}`);
}

/** True when these are the credentials that are stored. */
export function sameCredentials(key: Buffer, sealed: string | null, { username, password }: CameraCredentials): boolean {
  try {
    return sealed !== null && openSecret(key, sealed) === `${username}:${password}`;
  } catch {
    return false;
  }
}

function sealedFor(context: CameraContext, change: CameraChange, stored: CameraRow | null, config: CameraConfig): string | null {
  const { credentials } = change;
  if (credentials === null) return null;
  if (credentials) return sealCredentials(context.key, credentials);
  if (!stored?.sealed_credentials) return null;
  if (!staysAtHosts(stored, config.source)) {
    throw invalidRequest({
      path: 'credentials',
      code: 'credentials-again',
      message: 'enter user name and password again, because the camera has another host now',
    });
  }
  return stored.sealed_credentials;
}

/**
 * True when an id may be given to another camera: the one that had it is deleted, and was of the own units. Versions, tracks and
 * recordings are found by the id, so who has it has those of before.
 */
export function isFree({ id, unit_id, deleted_at_ms }: KeptCameraRow, identity: CameraContext['identity']): boolean {
  return deleted_at_ms !== null && reaches(identity, unit_id, id);
}

/** Holds a camera until the transaction ends, whether it exists or not. */
export async function lockCamera(transaction: Transaction, cameraId: string): Promise<KeptCameraRow | null> {
  await transaction`SELECT pg_advisory_xact_lock(hashtextextended(${cameraId}, 23))`;
  const rows = await transaction<KeptCameraRow[]>`
    SELECT ${cameraColumns(transaction)}, deleted_at_ms FROM cameras WHERE id = ${cameraId}`;
  return rows[0] ?? null;
}

interface Write {
  row: CameraRow;
  action: AuditAction;
  deleted?: boolean;
  credentials?: 'kept' | 'set' | 'removed';
  comment?: string | undefined;
  restoredFrom?: number;
  detail?: Record<string, unknown>;
}

/** Writes a camera with its new version and its entry in the audit log. */
export async function writeCamera(transaction: Transaction, context: CameraContext, write: Write): Promise<void> {
  const { row, action, deleted = false, credentials = 'kept', comment = null, restoredFrom = null, detail } = write;
  const config = jsonb(transaction, row.config);
  const deletedAtMs = deleted ? context.nowMs : null;
  await transaction`
    INSERT INTO cameras (id, unit_id, revision, config, sealed_credentials, deleted_at_ms)
    VALUES (${row.id}, ${row.unit_id}, ${row.revision}, ${config}, ${row.sealed_credentials}, ${deletedAtMs})
    ON CONFLICT (id) DO UPDATE SET unit_id = excluded.unit_id, revision = excluded.revision, config = excluded.config,
      sealed_credentials = excluded.sealed_credentials, deleted_at_ms = excluded.deleted_at_ms`;
  await transaction`INSERT INTO camera_versions
      (camera_id, revision, config, deleted, changed_by, changed_at_ms, address, comment, credentials, restored_from)
    VALUES (${row.id}, ${row.revision}, ${config}, ${deleted}, ${context.identity.username}, ${context.nowMs},
      ${context.address ?? null}, ${comment}, ${credentials}, ${restoredFrom})`;
  await recordAudit(transaction, {
    atMs: context.nowMs,
    actor: context.identity.username,
    action,
    subject: `camera:${row.id}`,
    detail: { revision: row.revision, unitId: row.unit_id, ...(comment === null ? {} : { comment }), ...detail },
    ...(context.address === undefined ? {} : { address: context.address }),
  });
}

interface Step {
  config: PlacedConfig;
  change: CameraChange;
  /** The row of before, also when it is deleted; null: there was none. */
  stored: KeptCameraRow | null;
  action: AuditAction;
  restoredFrom?: number;
}

/** Stores the next revision of a camera that the transaction holds. What is deleted has no credentials and no taught presets any more. */
export async function storeRevision(transaction: Transaction, context: CameraContext, step: Step): Promise<CameraRow> {
  const { config, change, stored, action, restoredFrom } = step;
  const present = stored?.deleted_at_ms === null ? stored : null;
  const revision = (stored?.revision ?? 0) + 1;
  const row: CameraRow = {
    id: config.id,
    unit_id: config.unitId,
    revision,
    config: { ...withTaughtTimes(config, present?.config ?? null), revision },
    sealed_credentials: sealedFor(context, change, present, config),
  };
  const credentials = change.credentials ? 'set' : change.credentials === null && present?.sealed_credentials ? 'removed' : 'kept';
  const origin = restoredFrom === undefined ? {} : { restoredFrom, detail: { restoredFrom } };
  await refuseControllersOfOthers(transaction, context.identity, present?.config ?? null, row.config);
  await dropUnmasked(transaction, present?.config ?? null, row.config);
  await writeCamera(transaction, context, { row, action, credentials, comment: change.comment, ...origin });
  return row;
}
