import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Queryable } from '../database/connection.js';
import { grantsOf } from './grants.js';
import type { Grant, Identity } from './identity.js';
import { joined } from './scope.js';

/** A session ends after this long in any case, and after this long without a request. A shift is 8 hours. */
const LONGEST_MS = 24 * 3_600_000;
const IDLE_MS = 12 * 3_600_000;
const TOUCH_EVERY_MS = 60_000;

/** What the database keeps of a session's token. */
export const tokenHash = (token: string): Buffer => createHash('sha256').update(token).digest();

/** The CSRF token of a session: derived, so that it needs no storage and dies with its session. */
const csrfTokenOf = (token: string): string => createHmac('sha256', token).update('csrf').digest('base64url');

interface SessionRow {
  user_id: string;
  username: string;
  display_name: string;
  unit_id: string;
  last_seen_ms: number;
  by_provider: boolean;
}

function identityOf(row: SessionRow, token: string, grants: [Grant, ...Grant[]]): Identity {
  return {
    kind: 'person',
    userId: row.user_id,
    username: row.username,
    displayName: row.display_name,
    role: grants[0].role,
    unitId: row.unit_id,
    byProvider: row.by_provider,
    grants,
    ...joined(grants),
    sessionHash: tokenHash(token),
    csrfToken: csrfTokenOf(token),
  };
}

/** The session at the identity provider behind one of ours. */
export interface ProviderSession {
  issuer: string;
  subject: string;
  /** What the provider calls it, where it says so. */
  sid?: string;
  /** Signs the person out there, sealed. */
  sealedToken: string;
}

/** Who opens a session, and from where. */
export interface NewSession {
  userId: string;
  address: string;
  /** How the browser names itself. */
  agent: string | undefined;
  /** Left out: signed in with a password. */
  provider?: ProviderSession | undefined;
}

const LONGEST_AGENT = 300;

/** Opens a session and returns its token, of which the database keeps only a hash. */
export async function openSession(sql: Queryable, session: NewSession, nowMs: number): Promise<string> {
  const { userId, address, agent, provider } = session;
  const token = randomBytes(32).toString('base64url');
  await sql`
    INSERT INTO sessions (token_hash, user_id, created_at_ms, last_seen_ms, expires_at_ms, address, agent, sealed_provider_token,
      provider_issuer, provider_subject, provider_sid)
    VALUES (${tokenHash(token)}, ${userId}, ${nowMs}, ${nowMs}, ${nowMs + LONGEST_MS}, ${address}, ${agent?.slice(0, LONGEST_AGENT) ?? null},
      ${provider?.sealedToken ?? null}, ${provider?.issuer ?? null}, ${provider?.subject ?? null}, ${provider?.sid ?? null})`;
  return token;
}

/** Who a session token stands for, with what is in scope at this moment; null when the session, or every grant, has ended. */
export async function findIdentity(sql: Queryable, token: string, nowMs: number): Promise<Identity | null> {
  const rows = await sql<SessionRow[]>`
    SELECT s.user_id, s.last_seen_ms, s.sealed_provider_token IS NOT NULL AS by_provider, u.username, u.display_name, u.unit_id
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.token_hash = ${tokenHash(token)} AND s.expires_at_ms > ${nowMs} AND s.last_seen_ms > ${nowMs - IDLE_MS}
      AND u.disabled_at_ms IS NULL`;
  const row = rows[0];
  if (!row) return null;
  const [grant, ...more] = await grantsOf(sql, row.user_id, nowMs);
  if (!grant) return null;
  if (nowMs - row.last_seen_ms > TOUCH_EVERY_MS) {
    await sql`UPDATE sessions SET last_seen_ms = ${nowMs} WHERE token_hash = ${tokenHash(token)}`;
  }
  return identityOf(row, token, [grant, ...more]);
}

/** The grants of the session behind an open WebSocket as they are now; none when it has ended. An open socket counts as use. */
export async function sessionGrants(sql: Queryable, identity: Identity, nowMs: number): Promise<Grant[]> {
  const rows = await sql`
    UPDATE sessions s SET last_seen_ms = ${nowMs} FROM users u
    WHERE s.token_hash = ${identity.sessionHash} AND s.expires_at_ms > ${nowMs} AND u.id = s.user_id AND u.disabled_at_ms IS NULL
    RETURNING 1`;
  return rows.length === 0 ? [] : grantsOf(sql, identity.userId, nowMs);
}

/** Ends a session. Returns what signs the person out at the identity provider, sealed; null for one opened with a password. */
export async function closeSession(sql: Queryable, sessionHash: Buffer): Promise<string | null> {
  const rows = await sql<{ sealed_provider_token: string | null }[]>`
    DELETE FROM sessions WHERE token_hash = ${sessionHash} RETURNING sealed_provider_token`;
  return rows[0]?.sealed_provider_token ?? null;
}

/** A session as its owner sees it. */
export interface OwnSession {
  id: string;
  current: boolean;
  openedAtMs: number;
  lastSeenMs: number;
  address: string | null;
  agent: string | null;
}

/** The open sessions of a person, the one seen last before the others. */
export async function listSessions(sql: Queryable, { userId, sessionHash }: Identity, nowMs: number): Promise<OwnSession[]> {
  const rows = await sql<OwnSession[]>`
    SELECT id, token_hash = ${sessionHash} AS current, created_at_ms AS "openedAtMs", last_seen_ms AS "lastSeenMs", address, agent
    FROM sessions WHERE user_id = ${userId} AND expires_at_ms > ${nowMs} AND last_seen_ms > ${nowMs - IDLE_MS}
    ORDER BY last_seen_ms DESC, id`;
  return [...rows];
}

/** Ends the other sessions of a person, or the one of this id. Returns how many ended. */
export async function closeOtherSessions(sql: Queryable, { userId, sessionHash }: Identity, sessionId?: string): Promise<number> {
  const rows = await sql`
    DELETE FROM sessions WHERE user_id = ${userId} AND token_hash <> ${sessionHash}
      ${sessionId === undefined ? sql`` : sql`AND id = ${sessionId}`} RETURNING 1`;
  return rows.length;
}
