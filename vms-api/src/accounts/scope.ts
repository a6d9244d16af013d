import type { PendingQuery, Row } from 'postgres';
import type { Queryable } from '../database/connection.js';

/** Which cameras, and what came from them, somebody may see. */
export interface Scope {
  /** Everything of these units. */
  unitIds: string[];
  /** Besides, some cameras of other units. */
  cameras: CameraScope[];
}

/** Cameras, as long as they belong to these units. What a camera saw in the service of another unit is not meant. */
export interface CameraScope {
  unitIds: string[];
  cameraIds: string[];
}

type Fragment = PendingQuery<Row[]>;

/** True when a scope has every unit: it reaches the whole site. */
export async function wholeSite(sql: Queryable, scope: Scope): Promise<boolean> {
  return (await sql`SELECT 1 FROM units WHERE id <> ALL(${scope.unitIds}) LIMIT 1`).length === 0;
}

/** Several scopes as one. */
export function joined(scopes: readonly Scope[]): Scope {
  return {
    unitIds: [...new Set(scopes.flatMap(({ unitIds }) => unitIds))],
    cameras: scopes.flatMap(({ cameras }) => cameras),
  };
}

/** True when a camera of a unit, or what it saw, is in scope; or, without a camera, what belongs to the unit as a whole. */
export function reaches(scope: Scope, unitId: string, cameraId: string | null): boolean {
  return (
    scope.unitIds.includes(unitId) ||
    scope.cameras.some(({ unitIds, cameraIds }) => unitIds.includes(unitId) && cameraId !== null && cameraIds.includes(cameraId))
  );
}

/** The same as a condition on two columns, in brackets. */
export function inScope(sql: Queryable, scope: Scope, unitColumn: Fragment, cameraColumn: Fragment): Fragment {
  return scope.cameras.reduce(
    (condition, { unitIds, cameraIds }) => sql`(${condition} OR (${unitColumn} = ANY(${unitIds}) AND ${cameraColumn} = ANY(${cameraIds})))`,
    sql`(${unitColumn} = ANY(${scope.unitIds}))`,
  );
}
