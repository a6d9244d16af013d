import { createHash, randomBytes } from 'node:crypto';
import type { Queryable } from '../database/connection.js';
import { grantOf } from './grants.js';
import type { Grant, Identity } from './identity.js';
import { joined } from './scope.js';

/** How a secret begins, so that scanners of leaked secrets can know it. */
const PREFIX = 'safecity_';
const TOUCH_EVERY_MS = 60_000;

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** A new secret, with what is kept of it. */
export function newSecret(): { secret: string; hash: Buffer } {
  const secret = PREFIX + randomBytes(32).toString('base64url');
  return { secret, hash: hashOf(secret) };
}

/** The token of an `Authorization: Bearer` header; undefined when there is none. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer ([\w.~+/=-]{1,256})$/i.exec(authorization ?? '')?.[1];
}

interface TokenRow {
  id: string;
  name: string;
  unit_id: string;
  until_ms: number;
  camera_ids: string[] | null;
  unit_ids: string[];
  last_used_ms: number | null;
}

const columns = (sql: Queryable, nowMs: number) => sql`
  id, name, unit_id, expires_at_ms AS until_ms, camera_ids, last_used_ms, ARRAY(SELECT unit_scope(unit_id, ${nowMs})) AS unit_ids`;

const grantOfToken = (row: TokenRow): Grant => grantOf({ ...row, role: 'integration' });

/** What the token behind an open WebSocket gives now, as it was given or as it was renewed; nothing when it has ended. */
export async function tokenGrants(sql: Queryable, { userId }: Pick<Identity, 'userId'>, nowMs: number): Promise<Grant[]> {
  const rows = await sql<TokenRow[]>`
    SELECT ${columns(sql, nowMs)} FROM api_tokens WHERE id = ${userId} AND revoked_at_ms IS NULL AND expires_at_ms > ${nowMs}`;
  return rows.map(grantOfToken);
}

/** Who a token stands for; null when it was revoked, has expired, or never was. */
export async function findTokenIdentity(sql: Queryable, secret: string, nowMs: number): Promise<Identity | null> {
  const hash = hashOf(secret);
  const rows = await sql<TokenRow[]>`
    SELECT ${columns(sql, nowMs)} FROM api_tokens WHERE revoked_at_ms IS NULL AND expires_at_ms > ${nowMs}
      AND (secret_hash = ${hash} OR (previous_hash = ${hash} AND previous_until_ms > ${nowMs}))`;
  const row = rows[0];
  if (!row) return null;
  if (nowMs - (row.last_used_ms ?? 0) > TOUCH_EVERY_MS) await sql`UPDATE api_tokens SET last_used_ms = ${nowMs} WHERE id = ${row.id}`;
  const grant = grantOfToken(row);
  const username = `token:${row.name}`;
  const who = { kind: 'token' as const, userId: row.id, username, displayName: row.name, role: grant.role, unitId: row.unit_id };
  return { ...who, byProvider: false, grants: [grant], ...joined([grant]), sessionHash: hash, csrfToken: '' };
}
