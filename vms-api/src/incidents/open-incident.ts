import { randomUUID } from 'node:crypto';
import { alertTypeFacts, deriveId, type EvidenceWanted } from '@safecity/contracts';
import { lockAlert, stampAlert } from '../alerts/alert-clock.js';
import type { AlertRecord } from '../alerts/alert-record.js';
import { alertOf } from '../alerts/alert-rows.js';
import type { Alert } from '../alerts/alert-schemas.js';
import { alertFor, alertScopeOf } from '../alerts/alert-scope.js';
import { getAlertRow } from '../alerts/alert-store.js';
import type { DecisionContext } from '../alerts/decisions.js';
import { recordAudit } from '../audit/audit.js';
import { jsonb, type Transaction } from '../database/connection.js';
import { PICTURES_HOLD_MS, planDelivery } from '../deliveries/plan.js';
import { locationOf, snapshotOf } from '../deliveries/snapshot.js';
import { activeDrill } from '../drills/drill-store.js';
import { upsertEvidenceJob } from '../evidence/evidence-jobs.js';
import { failure, invalidRequest } from '../server/failure.js';
import { getOpenUnit } from '../units/unit-store.js';
import type { IncidentBody } from './incident-schemas.js';
import { momentsAround, placeInWords, type Site, siteOfCamera } from './incident-site.js';

const OLDEST_MS = 24 * 3_600_000;

async function siteOf(transaction: Transaction, { identity, nowMs }: DecisionContext, body: IncidentBody): Promise<Site> {
  if (body.cameraId !== undefined) {
    if (body.unitId !== undefined)
      throw invalidRequest({
        path: 'unitId',
        code: 'unit-of-camera',
        message: 'the incident belongs to the unit of its camera; leave it out',
      });
    return siteOfCamera(transaction, identity, { cameraId: body.cameraId, place: body.place });
  }
  if (body.unitId === undefined)
    throw invalidRequest({ path: 'unitId', code: 'unit-needed', message: 'without a camera say whose incident it is' });
  const place = placeInWords(body.place);
  const { id } = await getOpenUnit(transaction, identity, body.unitId, nowMs);
  return { unitId: id, place, camera: null };
}

function seenAt({ seenAtMs }: IncidentBody, nowMs: number): number {
  if (seenAtMs === undefined) return nowMs;
  if (seenAtMs <= nowMs && seenAtMs >= nowMs - OLDEST_MS) return seenAtMs;
  throw invalidRequest({ path: 'seenAtMs', code: 'within-hours', params: { hours: 24 }, message: 'must lie within the last 24 h' });
}

async function recordOf(
  transaction: Transaction,
  context: DecisionContext,
  alertId: string,
  body: IncidentBody,
): Promise<[AlertRecord, Site]> {
  const { nowMs } = context;
  const site = await siteOf(transaction, context, body);
  const drill = body.drillId === undefined ? undefined : await activeDrill(transaction, body.drillId, site.unitId, nowMs);
  const atMs = seenAt(body, nowMs);
  const { camera } = site;
  const description = body.description.trim();
  const record: AlertRecord = {
    ...{ alertId, revision: 1, phase: 'opened', kind: alertTypeFacts(body.type).kind, type: body.type, severity: body.severity },
    ...{ startMs: atMs, updatedMs: nowMs, reason: { text: { vi: description, en: description }, measures: [] }, findings: [] },
    ...(camera ? { cameraId: camera.id, reservationId: deriveId('reservation', alertId) } : {}),
    simulated: camera?.simulated ?? false,
    byHand: {
      source: body.source,
      moments: camera ? momentsAround(atMs) : [],
      ...(body.location ? { location: body.location } : {}),
      ...(body.place === undefined ? {} : { place: body.place }),
      ...(drill ? { drill } : {}),
    },
  };
  return [record, site];
}

async function insertIncident(transaction: Transaction, context: DecisionContext, record: AlertRecord, site: Site): Promise<void> {
  const { identity, nowMs } = context;
  const { alertId, kind, type, severity, cameraId, startMs, byHand } = record;
  await transaction`
    INSERT INTO alerts (id, revision, state, kind, type, severity, camera_id, camera_name, place, unit_id, start_ms, updated_ms,
      raised_at_ms, simulated, message, received_at_ms, opened_by, drill_id, new_since_ms)
    VALUES (${alertId}, 1, 'new', ${kind}, ${type}, ${severity}, ${cameraId ?? null}, ${site.camera?.name ?? null}, ${site.place},
      ${site.unitId}, ${startMs}, ${nowMs}, ${startMs}, ${record.simulated}, ${jsonb(transaction, record)}, ${nowMs},
      ${identity.username}, ${byHand?.drill?.id ?? null}, ${nowMs})`;
  await transaction`INSERT INTO alert_history (alert_id, at_ms, actor, action, from_state, to_state, comment, actor_role)
    VALUES (${alertId}, ${nowMs}, ${identity.username}, 'opened-by-hand', ${null}, 'new', ${byHand?.drill?.name ?? null}, ${identity.role})`;
}

async function openIn(
  transaction: Transaction,
  context: DecisionContext,
  alertId: string,
  body: IncidentBody,
): Promise<AlertRecord | null> {
  const { identity, nowMs, address } = context;
  await lockAlert(transaction, alertId);
  const known = await transaction<{ opened_by: string | null }[]>`SELECT opened_by FROM alerts WHERE id = ${alertId}`;
  if (known[0]?.opened_by === identity.username) return null;
  if (known[0]) throw failure('API_INCIDENT_EXISTS', 409, `an incident "${alertId}" exists already: choose another id`);
  const [record, site] = await recordOf(transaction, context, alertId, body);
  await insertIncident(transaction, context, record, site);
  await upsertEvidenceJob(transaction, record, nowMs);
  const where = { cameraName: site.camera?.name ?? null, place: site.place, location: await locationOf(transaction, record) };
  const snapshot = snapshotOf({ message: record, ...where });
  const hold = record.reservationId === undefined ? {} : { holdMs: PICTURES_HOLD_MS };
  await planDelivery(transaction, { alertId, messageType: 'Alert', cause: 'opened', snapshot, nowMs, ...hold }, site.unitId);
  const { type, severity, source, drillId } = body;
  const detail = { type, severity, source, cameraId: body.cameraId ?? null, unitId: site.unitId, drillId: drillId ?? null };
  await recordAudit(transaction, {
    atMs: nowMs,
    actor: identity.username,
    action: 'incident.opened',
    subject: `alert:${alertId}`,
    detail,
    address,
  });
  await stampAlert(transaction, alertId);
  return record;
}

/** An incident that a person opened, and the what ingest is asked for; nothing when it was open before or has no camera. */
export interface OpenedIncident {
  alert: Alert;
  wanted: EvidenceWanted[];
}

/**
 * Opens an incident by hand: alert, history, evidence to fetch, what must be sent and audit are one transaction. The same id
 * again, by the same person, opens no second one.
 * @throws SafecityError `API_NOT_FOUND` for camera, unit or drill, `API_INVALID` (400), `API_UNIT_CLOSED`, `API_DRILL_OVER`,
 * `API_INCIDENT_EXISTS` (409)
 */
export async function openIncident(context: DecisionContext, body: IncidentBody): Promise<OpenedIncident> {
  return context.sql.begin(async (transaction) => {
    const alertId = body.id ?? randomUUID();
    const opened = await openIn(transaction, context, alertId, body);
    const scope = alertScopeOf(context.identity);
    const row = await getAlertRow(transaction, scope, alertId);
    const { reservationId, cameraId, byHand } = opened ?? {};
    const wanted: EvidenceWanted[] =
      reservationId && cameraId ? [{ action: 'reserve', reservationId, cameraId, moments: byHand?.moments ?? [] }] : [];
    return { alert: alertFor(alertOf(row), row.unit_id, scope), wanted };
  }) as Promise<OpenedIncident>;
}
