import { alertTypeFacts, deriveId, type EvidenceWanted } from '@safecity/contracts';
import { lockAlert, stampAlert } from '../alerts/alert-clock.js';
import { writeHistory } from '../alerts/alert-history.js';
import type { AlertRecord, Coordinates, OpenedByHand } from '../alerts/alert-record.js';
import { alertOf, type FullAlertRow } from '../alerts/alert-rows.js';
import { CORRECTABLE, type HistoryChange } from '../alerts/alert-schemas.js';
import { alertFor, alertScopeOf } from '../alerts/alert-scope.js';
import { isOpen, refuseState } from '../alerts/alert-state.js';
import { getAlertRow } from '../alerts/alert-store.js';
import type { DecisionContext } from '../alerts/decisions.js';
import { recordAudit } from '../audit/audit.js';
import { jsonb, type Transaction } from '../database/connection.js';
import { PICTURES_HOLD_MS, planDelivery } from '../deliveries/plan.js';
import { locationOf, snapshotOf } from '../deliveries/snapshot.js';
import { dropEvidenceJob, upsertEvidenceJob } from '../evidence/evidence-jobs.js';
import { failure, invalidRequest } from '../server/failure.js';
import type { CorrectionBody } from './incident-schemas.js';
import { momentsAround, placeInWords, type Site, siteOfCamera } from './incident-site.js';
import type { OpenedIncident } from './open-incident.js';

/** The alert as a correction finds it. */
type HandRow = FullAlertRow & { message: AlertRecord & { byHand: OpenedByHand } };

/** The incident after the correction. */
interface Corrected {
  record: AlertRecord & { byHand: OpenedByHand };
  site: Site;
  /** Another camera sees it, or none any more. */
  cameraChanged: boolean;
}

function isHandRow(row: FullAlertRow): row is HandRow {
  return row.message.byHand !== undefined;
}

/** @throws SafecityError `API_INCIDENT_DETECTED`, `API_ALERT_STATE` (409) */
async function correctable(transaction: Transaction, row: FullAlertRow): Promise<HandRow> {
  if (!isHandRow(row)) throw failure('API_INCIDENT_DETECTED', 409, 'a rule found this alert: decide about it, there is nothing to correct');
  if (!isOpen(row.state)) await refuseState(transaction, row, 'correct');
  return row;
}

/** Null takes away what was told; left out it stays. */
const changed = <T>(to: T | null | undefined, from: T | undefined): T | undefined => (to === undefined ? from : (to ?? undefined));

/** The place in words as it was told; one that was opened before that was written down has it in its row. */
const toldPlace = ({ camera_id, place, message }: HandRow): string | undefined =>
  message.byHand.place ?? (camera_id === null ? (place ?? undefined) : undefined);

/** A recording that is played must never stand for what is real, nor make it an exercise. */
function checkSimulated({ simulated, byHand }: HandRow['message'], { camera }: Site): void {
  if (!camera || byHand.drill || camera.simulated === simulated) return;
  const [is, was] = simulated ? ['a real camera', 'seen in a recording'] : ['a recording that is played', 'real'];
  const message = `"${camera.id}" is ${is}, but the incident is ${was}: choose another camera, or none`;
  throw invalidRequest({ path: 'cameraId', code: 'other-reality', message });
}

async function siteAfter(transaction: Transaction, { identity }: DecisionContext, row: HandRow, body: CorrectionBody): Promise<Site> {
  const place = changed(body.place?.trim() ?? body.place, toldPlace(row));
  const cameraId = changed(body.cameraId, row.camera_id ?? undefined);
  if (cameraId === undefined)
    return { unitId: row.unit_id, place: placeInWords(place ?? (body.place === null ? null : row.place)), camera: null };
  if (cameraId !== row.camera_id || body.place === null) {
    const site = await siteOfCamera(transaction, identity, { cameraId, place });
    checkSimulated(row.message, site);
    return cameraId === row.camera_id ? { ...site, unitId: row.unit_id } : site;
  }
  const camera = { id: cameraId, name: row.camera_name ?? cameraId, simulated: row.message.simulated };
  return { unitId: row.unit_id, place: place ?? row.place, camera };
}

/** Its pictures: those that are asked for, or others when another camera sees it. */
function picturesAfter(
  { message, camera_id, camera_name }: HandRow,
  { camera }: Site,
  nowMs: number,
): Pick<OpenedByHand, 'moments' | 'earlier'> {
  const { moments, earlier = [] } = message.byHand;
  if ((camera?.id ?? null) === camera_id) return { moments, ...(earlier.length > 0 ? { earlier } : {}) };
  const names = moments.map(({ name }) => name);
  const left = camera_id === null ? [] : [{ cameraId: camera_id, cameraName: camera_name ?? camera_id, moments: names, untilMs: nowMs }];
  const before = [...earlier, ...left];
  return { moments: camera ? momentsAround(message.startMs, before.length) : [], ...(before.length > 0 ? { earlier: before } : {}) };
}

function reservationAfter({ id, message, camera_id }: HandRow, { camera }: Site, cameras: number): Pick<AlertRecord, 'reservationId'> {
  if (!camera) return {};
  if (camera.id === camera_id && message.reservationId !== undefined) return { reservationId: message.reservationId };
  return { reservationId: cameras === 0 ? deriveId('reservation', id) : deriveId('reservation', id, cameras) };
}

async function correctedBy(transaction: Transaction, context: DecisionContext, row: HandRow, body: CorrectionBody): Promise<Corrected> {
  const site = await siteAfter(transaction, context, row, body);
  const { cameraId: _cameraId, reservationId: _reservationId, byHand, ...rest } = row.message;
  const { location, place, moments: _moments, earlier: _earlier, ...told } = byHand;
  const pictures = picturesAfter(row, site, context.nowMs);
  const type = body.type ?? rest.type;
  const description = body.description?.trim();
  const newLocation = changed(body.location, location);
  const newPlace = changed(body.place?.trim() ?? body.place, toldPlace(row) ?? place);
  const record = {
    ...rest,
    ...{ revision: row.revision + 1, phase: 'updated' as const, updatedMs: context.nowMs },
    ...{ type, kind: alertTypeFacts(type).kind, severity: body.severity ?? rest.severity },
    reason: description === undefined ? rest.reason : { text: { vi: description, en: description }, measures: [] },
    ...(site.camera ? { cameraId: site.camera.id, simulated: site.camera.simulated } : {}),
    ...reservationAfter(row, site, pictures.earlier?.length ?? 0),
    byHand: {
      ...told,
      ...(newLocation ? { location: newLocation } : {}),
      ...(newPlace === undefined ? {} : { place: newPlace }),
      ...pictures,
    },
  };
  return { record, site, cameraChanged: (site.camera?.id ?? null) !== row.camera_id };
}

type Shown = Record<HistoryChange['field'], string | null>;

const written = (at: Coordinates | undefined): string | null => (at ? `${at.latitude}, ${at.longitude}` : null);

/** What of an incident people read, in words. */
function shownOf(
  { type, severity, reason, byHand }: AlertRecord,
  place: string | null,
  camera: { id: string; name: string } | null,
): Shown {
  return {
    ...{ type, severity, description: reason.text.vi, place, location: written(byHand?.location) },
    camera: camera && `${camera.name} (${camera.id})`,
  };
}

function changesOf(row: HandRow, { record, site }: Corrected): HistoryChange[] {
  const camera = row.camera_id === null ? null : { id: row.camera_id, name: row.camera_name ?? row.camera_id };
  const [before, after] = [shownOf(row.message, row.place, camera), shownOf(record, site.place, site.camera)];
  return CORRECTABLE.filter((field) => before[field] !== after[field]).map((field) => ({ field, from: before[field], to: after[field] }));
}

async function store(transaction: Transaction, { record, site, cameraChanged }: Corrected, nowMs: number): Promise<void> {
  const { alertId, revision, kind, type, severity, simulated } = record;
  await transaction`
    UPDATE alerts SET revision = ${revision}, kind = ${kind}, type = ${type}, severity = ${severity}, camera_id = ${site.camera?.id ?? null},
      camera_name = ${site.camera?.name ?? null}, place = ${site.place}, unit_id = ${site.unitId}, simulated = ${simulated},
      updated_ms = ${nowMs}, message = ${jsonb(transaction, record)}
    WHERE id = ${alertId}`;
  if (site.camera) await upsertEvidenceJob(transaction, record, nowMs);
  else if (cameraChanged) await dropEvidenceJob(transaction, alertId);
}

/** Who was told gets an update; who is told of incidents where it turned out to be gets it as new. */
async function tell(transaction: Transaction, row: HandRow, { record, site, cameraChanged }: Corrected, nowMs: number): Promise<void> {
  const [{ confirmed_by: verifiedBy = null } = {}] = await transaction<{ confirmed_by: string | null }[]>`
    SELECT confirmed_by FROM alerts WHERE id = ${row.id}`;
  const where = { cameraName: site.camera?.name ?? null, place: site.place, location: await locationOf(transaction, record) };
  const snapshot = snapshotOf({ message: record, ...where }, verifiedBy === null ? null : { verifiedBy, reasonCode: null });
  const hold = cameraChanged && site.camera ? { holdMs: PICTURES_HOLD_MS } : {};
  const plan = { alertId: row.id, snapshot, nowMs, ...hold };
  await planDelivery(transaction, { ...plan, messageType: 'Update', cause: 'corrected' }, site.unitId);
  if (site.unitId !== row.unit_id) await planDelivery(transaction, { ...plan, messageType: 'Alert', cause: 'opened' }, site.unitId);
}

async function writeDown(
  transaction: Transaction,
  context: DecisionContext,
  row: HandRow,
  reason: string,
  changes: HistoryChange[],
): Promise<void> {
  const { identity, nowMs: atMs, address } = context;
  const { id: alertId, state } = row;
  await writeHistory(transaction, context, { alertId, action: 'corrected', from: state, to: state, comment: reason, changes });
  const detail = { reason, changes };
  await recordAudit(transaction, {
    atMs,
    actor: identity.username,
    action: 'incident.corrected',
    subject: `alert:${alertId}`,
    detail,
    address,
  });
}

/** What ingest is asked for when another camera sees it: nothing more of the one before, everything of the new one. */
function wantedOf({ message, camera_id }: HandRow, { record, cameraChanged }: Corrected): EvidenceWanted[] {
  if (!cameraChanged) return [];
  const wanted: EvidenceWanted[] = [];
  if (camera_id !== null && message.reservationId !== undefined)
    wanted.push({ action: 'release', reservationId: message.reservationId, cameraId: camera_id, moments: [] });
  if (record.cameraId !== undefined && record.reservationId !== undefined)
    wanted.push({ action: 'reserve', reservationId: record.reservationId, cameraId: record.cameraId, moments: record.byHand.moments });
  return wanted;
}

async function correctIn(
  transaction: Transaction,
  context: DecisionContext,
  alertId: string,
  body: CorrectionBody,
): Promise<OpenedIncident> {
  const scope = alertScopeOf(context.identity);
  await lockAlert(transaction, alertId);
  const row = await correctable(transaction, await getAlertRow(transaction, scope, alertId));
  const corrected = await correctedBy(transaction, context, row, body);
  const changes = changesOf(row, corrected);
  if (changes.length === 0) return { alert: alertFor(alertOf(row), row.unit_id, scope), wanted: [] };
  await store(transaction, corrected, context.nowMs);
  await tell(transaction, row, corrected, context.nowMs);
  await writeDown(transaction, context, row, body.reason.trim(), changes);
  await stampAlert(transaction, alertId);
  const after = await getAlertRow(transaction, scope, alertId);
  return { alert: alertFor(alertOf(after), after.unit_id, scope), wanted: wantedOf(row, corrected) };
}

/**
 * Corrects what a person told of an incident: row, history with old and new value, evidence to fetch, what must be sent and
 * audit are one transaction. It stays the same incident; a request that changes nothing leaves no trace.
 * @throws SafecityError `API_NOT_FOUND` for incident or camera, `API_INVALID` (400), `API_INCIDENT_DETECTED`, `API_ALERT_STATE` (409)
 */
export async function correctIncident(context: DecisionContext, alertId: string, body: CorrectionBody): Promise<OpenedIncident> {
  return context.sql.begin((transaction) => correctIn(transaction, context, alertId, body)) as Promise<OpenedIncident>;
}
