import { inScope } from '../accounts/scope.js';
import { alertFlagsCamera } from '../alerts/alert-flag.js';
import { alertOf, type FullAlertRow } from '../alerts/alert-rows.js';
import { type AlertScope, alertInScope } from '../alerts/alert-scope.js';
import { alertColumns } from '../alerts/alert-store.js';
import type { DecisionContext } from '../alerts/decisions.js';
import { recordAudit } from '../audit/audit.js';
import { getCamera } from '../cameras/camera-store.js';
import type { Queryable } from '../database/connection.js';
import { tellDesks } from '../desk/desk-changes.js';
import { failure, invalidRequest, notFound } from '../server/failure.js';
import type { CameraFlag, FlagBody } from './flag-schemas.js';

const LONGEST_MS = 30 * 86_400_000;
const LISTED = 200;

/** When a flag really ends. */
const end = (sql: Queryable) => sql`COALESCE(f.lifted_at_ms, f.until_ms)`;

/** Columns of `CameraFlag`, from `camera_flags f JOIN cameras c`. */
const columns = (sql: Queryable, nowMs: number) => sql`
  f.id, f.camera_id AS "cameraId", c.config ->> 'name' AS "cameraName", 'person' AS source,
  jsonb_build_object('vi', f.reason, 'en', f.reason) AS reason, NULL AS alert, f.set_by AS "setBy", f.from_ms AS "fromMs",
  ${end(sql)} AS "untilMs", f.lifted_by AS "liftedBy", ${end(sql)} > ${nowMs} AS active`;

const visible = (sql: Queryable, scope: DecisionContext['identity']) => inScope(sql, scope, sql`f.unit_id`, sql`f.camera_id`);

/** What somebody looks for among flags. */
export interface FlagQuestion {
  nowMs: number;
  over?: boolean | undefined;
  cameraId?: string | undefined;
}

async function setByPeople(sql: Queryable, identity: DecisionContext['identity'], question: FlagQuestion): Promise<CameraFlag[]> {
  const { nowMs, over = false, cameraId } = question;
  const rows = await sql<CameraFlag[]>`
    SELECT ${columns(sql, nowMs)} FROM camera_flags f JOIN cameras c ON c.id = f.camera_id AND (${over} OR c.deleted_at_ms IS NULL)
    WHERE ${visible(sql, identity)} AND (${end(sql)} <= ${nowMs}) = ${over}
    ${cameraId === undefined ? sql`` : sql`AND f.camera_id = ${cameraId}`}
    ORDER BY f.from_ms DESC, f.id LIMIT ${LISTED}`;
  return [...rows];
}

function flagOf(row: FullAlertRow): CameraFlag[] {
  const { id, cameraId, cameraName, type, severity, reason, raisedAtMs } = alertOf(row);
  if (cameraId === null || cameraName === null) return [];
  const nobody = { setBy: null, liftedBy: null, untilMs: null, active: true };
  return [{ id, cameraId, cameraName, source: 'alert', reason: reason.text, alert: { type, severity }, fromMs: raisedAtMs, ...nobody }];
}

/** What open grave alerts in scope mark, the newest first. */
async function markedByAlerts(sql: Queryable, scope: AlertScope, cameraId: string | undefined): Promise<CameraFlag[]> {
  const rows = await sql<FullAlertRow[]>`
    SELECT ${alertColumns(sql)} FROM alerts a
    WHERE a.state IN ('new', 'acknowledged', 'confirmed', 'dispatched') AND a.severity IN ('critical', 'high') AND ${alertInScope(sql, scope)}
    ${cameraId === undefined ? sql`` : sql`AND a.camera_id = ${cameraId}`}
    ORDER BY a.raised_at_ms DESC, a.id LIMIT ${LISTED}`;
  return rows.filter((row) => alertFlagsCamera(alertOf(row))).flatMap(flagOf);
}

/** Flags of cameras in scope: those that hold, or those set by people that are over. */
export async function listFlags(
  sql: Queryable,
  identity: DecisionContext['identity'],
  scope: AlertScope,
  question: FlagQuestion,
): Promise<CameraFlag[]> {
  const byPeople = await setByPeople(sql, identity, question);
  return question.over ? byPeople : [...byPeople, ...(await markedByAlerts(sql, scope, question.cameraId))];
}

async function getFlag(sql: Queryable, identity: DecisionContext['identity'], id: string, nowMs: number): Promise<CameraFlag> {
  const rows = await sql<CameraFlag[]>`
    SELECT ${columns(sql, nowMs)} FROM camera_flags f JOIN cameras c ON c.id = f.camera_id WHERE f.id = ${id} AND ${visible(sql, identity)}`;
  if (!rows[0]) throw notFound('flag', id);
  return rows[0];
}

/**
 * Marks a camera for the wall.
 * @throws SafecityError `API_NOT_FOUND`, `API_INVALID` (400) for an end that cannot be
 */
export async function setFlag(context: DecisionContext, cameraId: string, { reason, untilMs }: FlagBody): Promise<CameraFlag> {
  const { sql, identity, nowMs, address } = context;
  if (untilMs <= nowMs || untilMs > nowMs + LONGEST_MS)
    throw invalidRequest({
      path: 'untilMs',
      code: 'within-days',
      params: { days: 30 },
      message: 'must lie between now and 30 days from now',
    });
  return sql.begin(async (transaction) => {
    const camera = await getCamera(transaction, identity, cameraId);
    const rows = await transaction<{ id: string }[]>`
      INSERT INTO camera_flags (camera_id, unit_id, reason, from_ms, until_ms, set_by)
      VALUES (${cameraId}, ${camera.unit_id}, ${reason.trim()}, ${nowMs}, ${untilMs}, ${identity.username}) RETURNING id`;
    const id = (rows[0] as { id: string }).id;
    const entry = { atMs: nowMs, actor: identity.username, subject: `camera:${cameraId}`, address };
    await recordAudit(transaction, { ...entry, action: 'camera.flagged', detail: { flagId: id, reason, untilMs } });
    await tellDesks(transaction, 'flags');
    return getFlag(transaction, identity, id, nowMs);
  }) as Promise<CameraFlag>;
}

/**
 * Takes a mark away before its time; whoever may set one may.
 * @throws SafecityError `API_NOT_FOUND`, `API_FLAG_OVER` (409)
 */
export async function liftFlag(context: DecisionContext, id: string): Promise<CameraFlag> {
  const { sql, identity, nowMs, address } = context;
  return sql.begin(async (transaction) => {
    await transaction`SELECT 1 FROM camera_flags WHERE id = ${id} FOR UPDATE`;
    const flag = await getFlag(transaction, identity, id, nowMs);
    if (!flag.active) throw failure('API_FLAG_OVER', 409, 'the flag is over already: there is nothing to lift');
    await transaction`UPDATE camera_flags SET lifted_by = ${identity.username}, lifted_at_ms = ${nowMs} WHERE id = ${id}`;
    const entry = { atMs: nowMs, actor: identity.username, subject: `camera:${flag.cameraId}`, address };
    await recordAudit(transaction, { ...entry, action: 'camera.unflagged', detail: { flagId: id } });
    await tellDesks(transaction, 'flags');
    return getFlag(transaction, identity, id, nowMs);
  }) as Promise<CameraFlag>;
}
