import { ALERT_KINDS, type AlertKind } from '@safecity/contracts';
import type { PendingQuery, Row } from 'postgres';
import { narrowedGrants } from '../accounts/grants.js';
import type { Identity } from '../accounts/identity.js';
import { ROLE_ALERT_KINDS, ROLE_ORIGINAL_KINDS, ROLE_PERMISSIONS } from '../accounts/roles.js';
import { inScope, reaches, type Scope } from '../accounts/scope.js';
import type { Queryable } from '../database/connection.js';
import type { Alert } from './alert-schemas.js';

/** Which alerts somebody may see: each role brings its own kinds, with plates or without, in its own units. */
export type AlertScope = (Scope & { kinds: readonly AlertKind[]; plates: boolean })[];

export function alertScopeOf(identity: Pick<Identity, 'grants'>): AlertScope {
  return identity.grants.map(({ role, unitIds, cameras }) => ({
    ...{ unitIds, cameras, kinds: ROLE_ALERT_KINDS[role] },
    plates: ROLE_PERMISSIONS[role].includes('plates:read'),
  }));
}

/** Which alerts somebody may see the unmasked evidence of. */
export function originalScopeOf(identity: Pick<Identity, 'grants'>): AlertScope {
  return narrowedGrants(identity.grants, 'evidence:original').map((grant) => ({
    ...{ unitIds: grant.unitIds, cameras: grant.cameras, kinds: ROLE_ORIGINAL_KINDS[grant.role] },
    plates: ROLE_PERMISSIONS[grant.role].includes('plates:read'),
  }));
}

/** True for `alerts a` that have a case: a violation whose vehicle then did worse is an incident now, and its case goes on. */
export const hasCase = (sql: Queryable): PendingQuery<Row[]> =>
  sql`EXISTS (SELECT 1 FROM violation_cases v WHERE v.alert_id = a.id AND v.planted_from IS NULL)`;

/** Kinds as a condition. Who sees violations and not everything sees what has a case; others are spared the look. */
function ofKinds(sql: Queryable, { kinds }: AlertScope[number], table: 'a' | 's'): PendingQuery<Row[]> {
  const byKind = sql`${sql(table)}.kind = ANY(${[...kinds]})`;
  const byCase = table === 'a' && kinds.includes('violation') && kinds.length < ALERT_KINDS.length;
  return byCase ? sql`(${byKind} OR ${hasCase(sql)})` : byKind;
}

/** A condition on alerts, or on what has their kind, unit and camera, in brackets. */
export function alertInScope(sql: Queryable, scope: AlertScope, table: 'a' | 's' = 'a'): PendingQuery<Row[]> {
  const [unit, camera] = [sql`${sql(table)}.unit_id`, sql`${sql(table)}.camera_id`];
  return scope.reduce(
    (condition, part) => sql`(${condition} OR (${ofKinds(sql, part, table)} AND ${inScope(sql, part, unit, camera)}))`,
    sql`(false)`,
  );
}

/** What of an alert decides who sees it. */
export interface PlacedAlert {
  unitId: string;
  cameraId: string | null;
  kind: AlertKind;
  /** A case of traffic police rests on it, whatever its kind is now; left out: none. */
  hasCase?: boolean;
}

/** The parts of a scope in which an alert lies; none when it must not be seen. */
export function partsReaching(scope: AlertScope, { unitId, cameraId, kind, hasCase: isCase = false }: PlacedAlert): AlertScope {
  return scope.filter(
    ({ kinds, ...part }) => (kinds.includes(kind) || (isCase && kinds.includes('violation'))) && reaches(part, unitId, cameraId),
  );
}

/** The alert as somebody who may see it sees it: without plates when no role that reaches it shows them. */
export function alertFor(alert: Alert, unitId: string, scope: AlertScope): Alert {
  const { cameraId, kind } = alert;
  if (partsReaching(scope, { unitId, cameraId, kind }).some(({ plates }) => plates)) return alert;
  const derivatives = alert.derivatives.filter((derivative) => derivative.kind !== 'plate');
  return { ...alert, derivatives, findings: alert.findings.map(({ plate: _plate, ...finding }) => finding) };
}
