import type { Queryable } from '../database/connection.js';
import { failure, notFound } from '../server/failure.js';
import type { Access, Grant, Identity } from './identity.js';
import { isRole, PERMISSIONS, type Permission, ROLE_PERMISSIONS, ROLES, type Role } from './roles.js';
import { joined } from './scope.js';

export interface GrantRow {
  role: string;
  unit_id: string;
  until_ms: number | null;
  unit_ids: string[];
  /** Null: every camera. */
  camera_ids: string[] | null;
}

/** A row with the units that it reaches. */
export function grantOf({ role, unit_id, until_ms, unit_ids, camera_ids }: GrantRow): Grant {
  const scope =
    camera_ids === null ? { unitIds: unit_ids, cameras: [] } : { unitIds: [], cameras: [{ unitIds: unit_ids, cameraIds: camera_ids }] };
  return { role: role as Role, unitId: unit_id, untilMs: until_ms, ...scope };
}

/** The grants of a user that hold at a moment, the widest role first. */
export async function grantsOf(sql: Queryable, userId: string, nowMs: number): Promise<Grant[]> {
  const rows = await sql<GrantRow[]>`
    SELECT role, unit_id, until_ms, camera_ids, ARRAY(SELECT unit_scope(unit_id, ${nowMs})) AS unit_ids
    FROM role_grants WHERE user_id = ${userId} AND (until_ms IS NULL OR until_ms > ${nowMs}) ORDER BY granted_at_ms, id`;
  return rows
    .filter(({ role }) => isRole(role))
    .map(grantOf)
    .sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role));
}

/** What any of the grants allows, wherever it holds. */
export const permissionsOf = (grants: readonly Grant[]): Permission[] =>
  PERMISSIONS.filter((permission) => grants.some(({ role }) => ROLE_PERMISSIONS[role].includes(permission)));

/** The grants whose role has what a route demands. */
export function narrowedGrants(grants: Grant[], access: Access): Grant[] {
  if (access === 'public' || access === 'session' || access === 'person') return grants;
  return grants.filter(({ role }) => ROLE_PERMISSIONS[role].includes(access));
}

/** What of an identity counts for a route: only the grants whose role has its permission, and only what they reach. */
export function narrowed(identity: Identity, access: Access): Identity {
  if (access === 'person' && identity.kind !== 'person') throw failure('API_FORBIDDEN', 403, 'this is for people: a token cannot do it');
  const grants = narrowedGrants(identity.grants, access);
  const [first] = grants;
  if (!first) {
    const roles = [...new Set(identity.grants.map(({ role }) => role))].join(', ');
    throw failure('API_FORBIDDEN', 403, `${roles === '' ? 'no role' : `the role ${roles}`} does not have the permission ${access}`);
  }
  return { ...identity, role: first.role, grants, ...joined(grants) };
}

/** What is given to somebody. */
export interface NewGrant {
  role: Role;
  unitId: string;
  /** Left out: every camera. */
  cameraIds?: string[];
  untilMs?: number;
}

/** Gives a user a role. Returns the grant's id. */
export async function addGrant(sql: Queryable, userId: string, grant: NewGrant, by: { name: string; atMs: number }): Promise<string> {
  const rows = await sql<{ id: string }[]>`
    INSERT INTO role_grants (user_id, role, unit_id, camera_ids, until_ms, granted_by, granted_at_ms)
    VALUES (${userId}, ${grant.role}, ${grant.unitId}, ${grant.cameraIds ?? null}, ${grant.untilMs ?? null}, ${by.name}, ${by.atMs})
    RETURNING id`;
  return (rows[0] as { id: string }).id;
}

/** @throws SafecityError `API_NOT_FOUND` for a camera that is not one of the unit or below it */
export async function checkCameras(sql: Queryable, unitId: string, cameraIds: string[] | undefined, nowMs: number): Promise<void> {
  if (cameraIds === undefined) return;
  const rows = await sql<{ id: string }[]>`
    SELECT id FROM cameras WHERE id = ANY(${cameraIds}) AND deleted_at_ms IS NULL AND unit_id IN (SELECT unit_scope(${unitId}, ${nowMs}))`;
  const known = new Set(rows.map(({ id }) => id));
  const stranger = cameraIds.find((id) => !known.has(id));
  if (stranger !== undefined) throw notFound('camera', stranger);
}
