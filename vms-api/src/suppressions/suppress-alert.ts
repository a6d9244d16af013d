import { randomUUID } from 'node:crypto';
import {
  type Finding,
  type Point,
  type Polygon,
  polygonProblems,
  type RuleTypeId,
  ruleTypeFacts,
  type Suppression,
} from '@safecity/contracts';
import { ROLE_PERMISSIONS } from '../accounts/roles.js';
import { reaches } from '../accounts/scope.js';
import type { FullAlertRow } from '../alerts/alert-rows.js';
import { alertScopeOf } from '../alerts/alert-scope.js';
import { getAlertRow } from '../alerts/alert-store.js';
import type { DecisionContext } from '../alerts/decisions.js';
import type { Transaction } from '../database/connection.js';
import { failure, invalidRequest } from '../server/failure.js';
import type { SuppressBody, SuppressionView } from './suppression-schemas.js';
import { getSuppression, insertSuppression } from './suppression-store.js';

/** One shift: the longest that an operator may hide something. */
export const SHIFT_MS = 8 * 3_600_000;
/** The longest that anybody may. */
export const LONGEST_MS = 7 * 86_400_000;
/** What costs lives when it is missed: hidden by a shift lead only. */
export const GRAVE_TYPES: readonly RuleTypeId[] = ['fire', 'smoke', 'collision', 'person-down'];

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** The box with half its size more on each side, within the picture. */
function around([x1, y1, x2, y2]: NonNullable<Finding['box']>): Polygon {
  const [dx, dy] = [(x2 - x1) / 2, (y2 - y1) / 2];
  const [left, top, right, bottom] = [clamp(x1 - dx), clamp(y1 - dy), clamp(x2 + dx), clamp(y2 + dy)];
  const corners: Point[] = [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
  return corners;
}

function polygonOf(body: SuppressBody, { box }: Finding): Polygon {
  if (body.polygon === undefined && box === undefined)
    throw invalidRequest({
      path: '',
      code: 'polygon-needed',
      message: 'the alert is about no place in the picture: give a polygon, or mend the camera',
    });
  const polygon = body.polygon ?? around(box as NonNullable<Finding['box']>);
  const [problem] = polygonProblems(polygon, 'polygon');
  if (problem) throw invalidRequest(problem);
  return polygon;
}

/** @throws SafecityError `API_INVALID` (400) for an end that no one may set, `API_SHIFT_LEAD` (403) for what needs a shift lead */
function checkAllowed({ identity, nowMs }: DecisionContext, untilMs: number, { type }: Finding, row: FullAlertRow): void {
  const lastsMs = untilMs - nowMs;
  if (lastsMs <= 0 || lastsMs > LONGEST_MS)
    throw invalidRequest({
      path: 'untilMs',
      code: 'within-days',
      params: { days: 7 },
      message: 'must lie between now and 7 days from now',
    });
  const here = identity.grants.filter((grant) => reaches(grant, row.unit_id, row.camera_id));
  if (here.some(({ role }) => ROLE_PERMISSIONS[role].includes('alerts:suppress-long'))) return;
  if (GRAVE_TYPES.includes(type)) throw failure('API_SHIFT_LEAD', 403, `${type} may be hidden by a shift lead only: ask one`);
  if (lastsMs > SHIFT_MS) throw failure('API_SHIFT_LEAD', 403, 'more than one shift (8 h) may be hidden by a shift lead only: ask one');
}

async function suppressIn(transaction: Transaction, context: DecisionContext, alertId: string, body: SuppressBody) {
  const scope = alertScopeOf(context.identity);
  const row = await getAlertRow(transaction, scope, alertId);
  const lead = row.message.findings.find(({ type, cameraId }) => type === row.message.type && cameraId === row.camera_id);
  if (!lead || row.kind === 'camera' || row.camera_name === null)
    throw invalidRequest({
      path: '',
      code: 'rule-needed',
      message: 'what this alert tells does not come from a rule of its camera: it cannot be hidden here',
    });
  if (row.kind === 'violation' || ruleTypeFacts(lead.type).kind === 'violation')
    throw failure('API_REVIEW_ONLY', 403, 'violations are judged by traffic police, nobody hides them here: have the rule mended');
  checkAllowed(context, body.untilMs, lead, row);
  const className = body.class ?? lead.class;
  const suppression: Suppression = {
    id: randomUUID(),
    cameraId: lead.cameraId,
    ruleId: lead.ruleId,
    ...(className === undefined ? {} : { class: className }),
    polygon: polygonOf(body, lead),
    fromMs: context.nowMs,
    untilMs: body.untilMs,
  };
  const { camera_name: cameraName, unit_id: unitId, kind } = row;
  const facts = { alertId, cameraName, unitId, kind, type: lead.type, ruleName: lead.ruleName };
  await insertSuppression(transaction, context, { suppression, ...facts });
  return { suppression, view: await getSuppression(transaction, scope, suppression.id, context.nowMs) };
}

/**
 * Hides, from now on, what the rule behind the alert finds of that class in that part of the picture. The alert itself stays.
 * @throws SafecityError `API_NOT_FOUND`, `API_INVALID` (400), `API_SHIFT_LEAD`, `API_REVIEW_ONLY` (403)
 */
export async function suppressAlert(
  context: DecisionContext,
  alertId: string,
  body: SuppressBody,
): Promise<{ suppression: Suppression; view: SuppressionView }> {
  return context.sql.begin((transaction) => suppressIn(transaction, context, alertId, body)) as Promise<{
    suppression: Suppression;
    view: SuppressionView;
  }>;
}
