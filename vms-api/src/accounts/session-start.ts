import type { RateLimitOptions } from '@fastify/rate-limit';
import { openSecret } from '@safecity/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { recordAudit } from '../audit/audit.js';
import { SESSION_COOKIE } from '../server/access.js';
import { failure, refusal } from '../server/failure.js';
import type { ApiServices } from '../services.js';
import { permissionsOf } from './grants.js';
import type { Identity } from './identity.js';
import { type Attempt, beginAttempt } from './login-throttle.js';
import { closeSession, findIdentity, openSession, type ProviderSession, tokenHash } from './sessions.js';

/** For routes that anybody may call to sign in: requests of one address a minute. */
export const SIGN_IN_LIMIT: RateLimitOptions = {
  max: 120,
  timeWindow: 60_000,
  hook: 'onRequest',
  allowList: [],
  keyGenerator: ({ ip }) => ip,
};

/** The session cookie: for this server's own pages alone. */
export function cookieOptions(services: ApiServices) {
  return { path: '/', httpOnly: true, sameSite: 'strict' as const, secure: services.settings.secureCookies };
}

/** What a session is told about itself. */
export function sessionAnswer(identity: Identity, demo: boolean) {
  const { userId, username, displayName, role, unitId, csrfToken, grants, byProvider } = identity;
  return { user: { id: userId, username, displayName, role, unitId, permissions: permissionsOf(grants), byProvider }, csrfToken, demo };
}

/**
 * Counts a guess at a password or code before it is looked at. Returns when it began, for `takeBack` and `forgiveLogin`.
 * @throws SafecityError `API_LOGIN_BLOCKED` while too many have failed
 */
export async function beginGuess({ sql, nowMs }: ApiServices, attempt: Attempt, reply: FastifyReply): Promise<number> {
  const beganMs = nowMs();
  const blockedMs = await beginAttempt(sql, attempt, beganMs);
  if (blockedMs === 0) return beganMs;
  const seconds = Math.ceil(blockedMs / 1000);
  reply.header('retry-after', seconds);
  const message = `too many failed sign-ins: try again in ${seconds} s`;
  throw refusal('API_LOGIN_BLOCKED', 429, [{ path: '', code: 'try-again-in', params: { seconds }, message }]);
}

/** Who has signed in. */
export interface SignedIn {
  userId: string;
  provider?: ProviderSession;
}

/**
 * Opens a session, sets its cookie and records it. The one that was open in this browser ends: nobody goes on in one that
 * they did not open.
 * @throws SafecityError `API_FORBIDDEN` for an account without a role at the moment
 */
export async function startSession(services: ApiServices, request: FastifyRequest, reply: FastifyReply, who: SignedIn): Promise<Identity> {
  const { sql, nowMs } = services;
  const { userId, provider } = who;
  const token = await openSession(sql, { userId, address: request.ip, agent: request.headers['user-agent'], provider }, nowMs());
  const identity = await findIdentity(sql, token, nowMs());
  if (!identity) throw failure('API_FORBIDDEN', 403, 'the account has no role at the moment: ask an administrator');
  const detail = provider === undefined ? {} : { issuer: provider.issuer };
  const entry = { atMs: nowMs(), actor: identity.username, subject: 'session', address: request.ip };
  await recordAudit(sql, { ...entry, action: 'session.opened', detail });
  const before = request.cookies[SESSION_COOKIE];
  if (before !== undefined) await closeSession(sql, tokenHash(before));
  reply.setCookie(SESSION_COOKIE, token, cookieOptions(services));
  return identity;
}

/** Ends the session. Returns where to sign out at the identity provider too; null when there is no need or no such place. */
export async function endSession(services: ApiServices, { identity, ip }: FastifyRequest): Promise<string | null> {
  const { sql, key, nowMs, provider } = services;
  const sealedToken = await closeSession(sql, identity.sessionHash);
  await recordAudit(sql, { atMs: nowMs(), actor: identity.username, action: 'session.closed', subject: 'session', address: ip });
  return sealedToken === null || !provider ? null : provider.signOutUrl(openSecret(key, sealedToken));
}
