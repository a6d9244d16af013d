import { AlertMessage, type CameraConfig, parseWith, SEVERITIES } from '@safecity/contracts';
import { jsonb, type Sql, type Transaction } from '../database/connection.js';
import { type DeliveryCause, type DeliveryPlan, PICTURES_HOLD_MS, planDelivery } from '../deliveries/plan.js';
import { snapshotOf } from '../deliveries/snapshot.js';
import { upsertEvidenceJob } from '../evidence/evidence-jobs.js';
import { openCase } from '../review/open-case.js';
import { lockAlert, stampAlert } from './alert-clock.js';
import { raisedAtMsOf } from './alert-record.js';
import type { AlertState } from './alert-schemas.js';

interface StoredAlert {
  revision: number;
  kind: AlertMessage['kind'];
  type: AlertMessage['type'];
  severity: AlertMessage['severity'];
  state: AlertState;
  ended: boolean;
  merged_into: string | null;
  confirmed_by: string | null;
  by_hand: boolean;
  /** How many alerts of other cameras were told with it. */
  attached: number;
  unit_id: string;
  camera_name: string;
  place: string | null;
}

interface CameraFacts {
  unit_id: string;
  name: string;
  location: CameraConfig['location'] | null;
}

/** A camera that the table does not know (its row was lost) belongs to the top of the tree, where somebody sees it. */
async function topOfTree(transaction: Transaction, cameraId: string): Promise<CameraFacts> {
  const roots = await transaction<{ id: string }[]>`
    SELECT id FROM units WHERE parent_id IS NULL ORDER BY valid_until_ms NULLS FIRST, valid_from_ms LIMIT 1`;
  if (!roots[0]) throw new Error('the site has no unit: provision it first');
  return { unit_id: roots[0].id, name: cameraId, location: null };
}

async function insertAlert(transaction: Transaction, message: AlertMessage, camera: CameraFacts, nowMs: number): Promise<void> {
  const endMs = endMsOf(message);
  const alert = transaction`
    INSERT INTO alerts (id, revision, state, kind, type, severity, camera_id, camera_name, place, unit_id, start_ms,
      updated_ms, end_ms, raised_at_ms, simulated, merged_into, message, received_at_ms, new_since_ms)
    VALUES (${message.alertId}, ${message.revision}, 'new', ${message.kind}, ${message.type}, ${message.severity},
      ${message.cameraId}, ${camera.name}, ${camera.location?.address ?? null}, ${camera.unit_id}, ${message.startMs},
      ${message.updatedMs}, ${endMs}, ${raisedAtMsOf(message)}, ${message.simulated}, ${message.mergedInto ?? null}, ${jsonb(transaction, message)}, ${nowMs}, ${nowMs})`;
  const history = transaction`INSERT INTO alert_history (alert_id, at_ms, actor, action, from_state, to_state)
    VALUES (${message.alertId}, ${nowMs}, 'system', 'raised', ${null}, 'new')`;
  await Promise.all([alert, history]);
}

const endMsOf = (message: AlertMessage): number | null => message.endMs ?? (message.phase === 'closed' ? message.updatedMs : null);

async function updateAlert(transaction: Transaction, message: AlertMessage, stored: StoredAlert, nowMs: number): Promise<void> {
  await transaction`
    UPDATE alerts SET revision = ${message.revision}, kind = ${message.kind}, type = ${message.type},
      severity = ${message.severity}, updated_ms = ${message.updatedMs}, end_ms = ${endMsOf(message)}, simulated = ${message.simulated}, merged_into = ${message.mergedInto ?? null},
      message = ${jsonb(transaction, message)}
    WHERE id = ${message.alertId}`;
  const state = stateAfter(stored, message);
  if (state === 'new' && asksAgain(stored, message)) {
    await transaction`UPDATE alerts SET state = 'new', new_since_ms = ${nowMs}, escalation_level = 0, escalated_at_ms = NULL,
      resolved_at_ms = NULL WHERE id = ${message.alertId}`;
  }
  for (const change of changesOf(stored, message)) {
    await transaction`INSERT INTO alert_history (alert_id, at_ms, actor, action, from_state, to_state)
      VALUES (${message.alertId}, ${nowMs}, 'system', ${HISTORY_ACTIONS[change]}, ${stored.state}, ${state})`;
  }
}

type Change = 'lead' | 'severity' | 'cameras' | 'merged' | 'taken-apart' | 'reopened' | 'closed';

const HISTORY_ACTIONS: Record<Change, string> = {
  lead: 'lead-changed',
  severity: 'severity-changed',
  cameras: 'cameras-changed',
  merged: 'merged',
  'taken-apart': 'taken-apart',
  reopened: 'reopened',
  closed: 'ended',
};

/**
 * What of a new revision matters: that something graver was found and leads, another severity, that other cameras see it too
 * or it became part of what they see, the end, or that it goes on after it had ended. A recording that is played in a loop begins again by itself and is no news.
 */
function changesOf(stored: StoredAlert, message: AlertMessage): Change[] {
  const changes: Change[] = [];
  if (message.type !== stored.type) changes.push('lead');
  else if (message.severity !== stored.severity) changes.push('severity');
  if ((message.attached?.length ?? 0) !== stored.attached) changes.push('cameras');
  if ((message.mergedInto ?? null) !== stored.merged_into) changes.push(message.mergedInto === undefined ? 'taken-apart' : 'merged');
  if (stored.ended && endMsOf(message) === null && !message.simulated) changes.push('reopened');
  else if (message.phase === 'closed' && !stored.ended) changes.push('closed');
  return changes;
}

const isGraver = (stored: StoredAlert, message: AlertMessage): boolean =>
  SEVERITIES.indexOf(message.severity) < SEVERITIES.indexOf(stored.severity);

/** Somebody must look at it from now on: it was in another state, or it is graver than what has waited until now. */
const asksAgain = (stored: StoredAlert, message: AlertMessage): boolean =>
  stored.state !== 'new' || isGraver(stored, message) || changesOf(stored, message).includes('taken-apart');

/**
 * What goes on after its end, what stands for itself again and what has become graver than what was acknowledged or resolved must
 * be looked at again. What was confirmed or dispatched is in somebody's hands.
 */
function stateAfter(stored: StoredAlert, message: AlertMessage): AlertState {
  const changes = changesOf(stored, message);
  if (changes.includes('taken-apart')) return 'new';
  if (stored.state !== 'false-alarm' && changes.includes('reopened')) return 'new';
  const isSettled = stored.state === 'acknowledged' || stored.state === 'resolved';
  return isSettled && isGraver(stored, message) ? 'new' : stored.state;
}

/**
 * One message per revision at most, the newest fact: the end or the new beginning tells the rest too. An alert that has
 * become one of another kind, or stands for itself again, is opened to those who had no part in it before. Of one that is told
 * with another camera's only that is said, to those who know it. Nothing is told about an alert that an operator has called
 * false or resolved: the cancel or the all-clear was the last word, unless it must be looked at again.
 */
function causesOf(stored: StoredAlert | null, message: AlertMessage): DeliveryCause[] {
  if (stored?.state === 'false-alarm' || (stored && stateAfter(stored, message) === 'resolved')) return [];
  const changes = stored ? changesOf(stored, message) : [];
  if (message.mergedInto !== undefined) return changes.includes('merged') ? ['merged'] : [];
  if (!stored) return message.phase === 'closed' ? ['opened', 'closed'] : ['opened'];
  const told: DeliveryCause[] = changes.includes('taken-apart') ? ['taken-apart'] : (changes.slice(-1) as DeliveryCause[]);
  return message.kind === stored.kind && !changes.includes('taken-apart') ? told : [...told, 'opened'];
}

interface Place {
  unitId: string;
  cameraName: string;
  place: string | null;
  location: CameraConfig['location'] | null;
  /** Who has confirmed it. */
  confirmedBy: string | null;
}

async function planAll(
  transaction: Transaction,
  message: AlertMessage,
  causes: DeliveryCause[],
  where: Place,
  nowMs: number,
): Promise<boolean> {
  const { unitId, cameraName, place } = where;
  const confirmed = where.confirmedBy === null ? null : { verifiedBy: where.confirmedBy, reasonCode: null };
  const snapshot = snapshotOf({ message, cameraName, place, location: where.location ?? null }, confirmed);
  let planned = false;
  for (const cause of causes) {
    const hold = cause === 'opened' && message.reservationId !== undefined ? { holdMs: PICTURES_HOLD_MS } : {};
    const messageType = cause === 'opened' ? 'Alert' : 'Update';
    const plan: DeliveryPlan = { alertId: message.alertId, messageType, cause, snapshot, nowMs, ...hold };
    planned = (await planDelivery(transaction, plan, unitId)) || planned;
  }
  return planned;
}

/** What became of a message: `stale` when this revision or a newer one was stored before. */
export interface IntakeResult {
  outcome: 'stored' | 'stale';
  /** Deliveries were written. */
  planned: boolean;
}

async function readStored(transaction: Transaction, message: AlertMessage): Promise<[StoredAlert | null, CameraFacts | null]> {
  // Sent together; the connection runs them in order, each with its own view of the data, so the lock comes first.
  const [, alerts, cameras] = await Promise.all([
    lockAlert(transaction, message.alertId),
    transaction<StoredAlert[]>`
      SELECT revision, kind, type, severity, state, end_ms IS NOT NULL AS ended, unit_id, camera_name, place, merged_into, confirmed_by,
        opened_by IS NOT NULL AS by_hand,
        COALESCE(jsonb_array_length(message -> 'attached'), 0) AS attached
      FROM alerts WHERE id = ${message.alertId}`,
    transaction<CameraFacts[]>`
      SELECT unit_id, config ->> 'name' AS name, config -> 'location' AS location FROM cameras WHERE id = ${message.cameraId}`,
  ]);
  return [alerts[0] ?? null, cameras[0] ?? null];
}

async function takeIn(transaction: Transaction, message: AlertMessage, nowMs: number): Promise<IntakeResult> {
  const [stored, known] = await readStored(transaction, message);
  // What a person opened is no rule's to change, whatever id a message claims.
  if (stored && (stored.by_hand || stored.revision >= message.revision)) return { outcome: 'stale', planned: false };
  const camera = known ?? (await topOfTree(transaction, message.cameraId));
  if (stored) await updateAlert(transaction, message, stored, nowMs);
  else await insertAlert(transaction, message, camera, nowMs);
  await upsertEvidenceJob(transaction, message, nowMs);
  await openCase(transaction, message, stored?.unit_id ?? camera.unit_id);
  const { location } = camera;
  const where = stored
    ? { unitId: stored.unit_id, cameraName: stored.camera_name, place: stored.place, location, confirmedBy: stored.confirmed_by }
    : { unitId: camera.unit_id, cameraName: camera.name, place: location?.address ?? null, location, confirmedBy: null };
  const planned = await planAll(transaction, message, causesOf(stored, message), where, nowMs);
  await stampAlert(transaction, message.alertId);
  return { outcome: 'stored', planned };
}

/**
 * Stores one alert message: the row, its history, the evidence to fetch and what must be delivered are one
 * transaction. The same message again, or an older revision, changes nothing.
 * @throws SafecityError `CONTRACTS_INVALID` for a message that no retry will mend
 */
export async function takeAlert(sql: Sql, value: unknown, nowMs: number): Promise<IntakeResult> {
  const message = parseWith(AlertMessage, value, 'alert message');
  return sql.begin((transaction) => takeIn(transaction, message, nowMs)) as Promise<IntakeResult>;
}
