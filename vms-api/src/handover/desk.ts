import { type CameraConfig, SEVERITIES } from '@safecity/contracts';
import { type AlertScope, alertInScope, alertScopeOf } from '../alerts/alert-scope.js';
import type { DecisionContext } from '../alerts/decisions.js';
import type { CameraStatuses } from '../cameras/camera-statuses.js';
import { listCameras } from '../cameras/camera-store.js';
import type { Queryable } from '../database/connection.js';
import { listDrills } from '../drills/drill-store.js';
import { listFlags } from '../flags/flag-store.js';
import { listSuppressions } from '../suppressions/suppression-store.js';
import { getOpenUnit } from '../units/unit-store.js';
import type { CameraInTrouble, Desk, OpenAlert } from './handover-schemas.js';

/** Who asks about a desk, and how cameras stand. */
export interface DeskContext extends DecisionContext {
  statuses: CameraStatuses;
}

/** Open alerts of some units, the gravest first. Violations are traffic police's and no part of a desk. */
async function openAlerts(sql: Queryable, scope: AlertScope, unitIds: string[]): Promise<OpenAlert[]> {
  const rows = await sql<OpenAlert[]>`
    SELECT a.id, a.type, a.severity, a.state, a.camera_name AS "cameraName", a.place, a.raised_at_ms AS "raisedAtMs", a.assignee AS owner,
      a.message #>> '{byHand,drill,name}' AS drill, a.message #> '{reason,text}' AS text
    FROM alerts a
    WHERE a.state IN ('new', 'acknowledged', 'confirmed', 'dispatched') AND a.merged_into IS NULL AND a.kind <> 'violation'
      AND a.unit_id = ANY(${unitIds}) AND ${alertInScope(sql, scope)}
    ORDER BY array_position(${[...SEVERITIES]}::text[], a.severity), a.raised_at_ms, a.id`;
  return [...rows];
}

function inTrouble(camera: CameraConfig, statuses: CameraStatuses): CameraInTrouble[] {
  const status = statuses.statusOf(camera.id);
  const troubles = status?.health?.troubles.map(({ kind }) => kind) ?? [];
  if (!camera.enabled || (status?.state === 'online' && troubles.length === 0)) return [];
  return [{ id: camera.id, name: camera.name, state: status?.state ?? null, troubles }];
}

/**
 * What is open on a unit's desk now.
 * @throws SafecityError `API_NOT_FOUND`, `API_UNIT_CLOSED` (409)
 */
export async function deskOf(sql: Queryable, context: DeskContext, unitId: string): Promise<Desk> {
  const { identity, nowMs, statuses } = context;
  const unit = await getOpenUnit(sql, identity, unitId, nowMs);
  const reached = await sql<{ id: string }[]>`SELECT unit_scope(${unitId}, ${nowMs}) AS id`;
  const unitIds = reached.map(({ id }) => id).filter((id) => identity.unitIds.includes(id));
  const scope = alertScopeOf(identity);
  const cameras = (await listCameras(sql, identity)).filter(({ unit_id }) => unitIds.includes(unit_id));
  const here = new Set(cameras.map(({ id }) => id));
  const alerts = await openAlerts(sql, scope, unitIds);
  const flags = await listFlags(sql, identity, scope, { nowMs });
  const suppressions = await listSuppressions(sql, scope, { nowMs, active: true });
  const drills = await listDrills(sql, { unitIds, cameras: [] }, { nowMs, over: false });
  return {
    ...{ unitId, unitName: unit.name, atMs: nowMs, alerts },
    unowned: alerts.filter(({ owner, severity }) => owner === null && (severity === 'critical' || severity === 'high')).map(({ id }) => id),
    flags: flags.filter(({ cameraId }) => here.has(cameraId)),
    cameras: cameras.flatMap(({ config }) => inTrouble(config, statuses)),
    suppressions: suppressions
      .filter(({ cameraId }) => here.has(cameraId))
      .map(({ id, cameraName, ruleName, untilMs, createdBy }) => ({ id, cameraName, ruleName, untilMs, createdBy })),
    drills: drills.filter(({ active }) => active).map(({ name, untilMs }) => ({ name, untilMs })),
  };
}
