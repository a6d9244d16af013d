import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { recordAudit } from '../audit/audit.js';
import { SESSION_COOKIE } from '../server/access.js';
import type { ApiApp } from '../server/app-types.js';
import { failure } from '../server/failure.js';
import { errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { permissionsOf } from './grants.js';
import type { Identity } from './identity.js';
import { forgiveLogin, loginBlockedMs, recordLoginFailure } from './login-throttle.js';
import { verifyPassword } from './passwords.js';
import { hasSecondFactor, useCode } from './second-factor.js';
import { LoginBody, SessionAnswer } from './session-schemas.js';
import { closeSession, findIdentity, openSession, tokenHash } from './sessions.js';

function answer(identity: Identity, demo: boolean) {
  const { userId, username, displayName, role, unitId, csrfToken } = identity;
  return { user: { id: userId, username, displayName, role, unitId, permissions: permissionsOf(identity.grants) }, csrfToken, demo };
}

function cookieOptions(services: ApiServices) {
  return { path: '/', httpOnly: true, sameSite: 'strict' as const, secure: services.settings.secureCookies };
}

interface Credentials {
  username: string;
  password: string;
  code?: string;
}

/** @throws SafecityError `API_LOGIN_BLOCKED` while too many attempts have failed */
export async function refuseBlocked(
  { sql, nowMs }: ApiServices,
  attempt: { username: string; address: string },
  reply: FastifyReply,
): Promise<void> {
  const blockedMs = await loginBlockedMs(sql, attempt, nowMs());
  if (blockedMs === 0) return;
  const seconds = Math.ceil(blockedMs / 1000);
  reply.header('retry-after', seconds);
  throw failure('API_LOGIN_BLOCKED', 429, `too many failed sign-ins: try again in ${seconds} s`);
}

/** The code counts only for who knows the password, so nothing is told to who does not. */
async function codeRefused(
  { sql, key, nowMs }: ApiServices,
  userId: string,
  code: string | undefined,
): Promise<'missing' | 'wrong' | null> {
  if (!(await hasSecondFactor(sql, userId))) return null;
  if (code === undefined) return 'missing';
  const right = await sql.begin((transaction) => useCode(transaction, key, userId, code, nowMs()));
  return right ? null : 'wrong';
}

async function login(services: ApiServices, body: Credentials, address: string): Promise<string> {
  const { sql, nowMs } = services;
  const attempt = { username: body.username, address };
  const username = body.username.trim().toLowerCase();
  const rows = await sql<{ id: string; password_hash: string }[]>`
    SELECT id, password_hash FROM users WHERE username = ${username} AND disabled_at_ms IS NULL`;
  const user = rows[0];
  const entry = { atMs: nowMs(), actor: username.slice(0, 64), subject: 'session', address };
  const known = (await verifyPassword(body.password, user?.password_hash ?? null)) ? user : undefined;
  const refused = known ? await codeRefused(services, known.id, body.code) : null;
  if (refused === 'missing') throw failure('API_LOGIN_CODE', 401, 'the code of the second factor is missing: send it in code');
  if (!known || refused === 'wrong') {
    await recordLoginFailure(sql, attempt, nowMs());
    await recordAudit(sql, { ...entry, action: 'session.refused' });
    throw failure('API_LOGIN_FAILED', 401, refused === 'wrong' ? 'the code is wrong or was used' : 'user name or password is wrong');
  }
  await forgiveLogin(sql, attempt, nowMs());
  await recordAudit(sql, { ...entry, action: 'session.opened' });
  return openSession(sql, known.id, nowMs());
}

async function openHandler(services: ApiServices, request: FastifyRequest<{ Body: Credentials }>, reply: FastifyReply) {
  const { sql, nowMs, settings } = services;
  await refuseBlocked(services, { username: request.body.username, address: request.ip }, reply);
  const token = await login(services, request.body, request.ip);
  const identity = await findIdentity(sql, token, nowMs());
  if (!identity) throw failure('API_FORBIDDEN', 403, 'the account has no role at the moment: ask an administrator');
  // A session that was open in this browser ends: nobody goes on in one that they did not open.
  const before = request.cookies[SESSION_COOKIE];
  if (before !== undefined) await closeSession(sql, tokenHash(before));
  reply.setCookie(SESSION_COOKIE, token, cookieOptions(services));
  return answer(identity, settings.demo);
}

async function closeHandler(services: ApiServices, request: FastifyRequest, reply: FastifyReply): Promise<null> {
  const { sql, nowMs } = services;
  await closeSession(sql, request.identity.sessionHash);
  await recordAudit(sql, {
    atMs: nowMs(),
    actor: request.identity.username,
    action: 'session.closed',
    subject: 'session',
    address: request.ip,
  });
  reply.clearCookie(SESSION_COOKIE, cookieOptions(services));
  reply.status(204);
  return null;
}

/** Sign in, who am I, sign out. */
export function sessionRoutes(app: ApiApp, services: ApiServices): void {
  const rateLimit = { max: 120, timeWindow: 60_000, allowList: [], keyGenerator: (request: FastifyRequest) => request.ip };
  app.post(
    '/session',
    {
      config: { access: 'public', rateLimit },
      schema: {
        operationId: 'openSession',
        summary: 'Sign in',
        tags: ['session'],
        body: LoginBody,
        response: { 200: SessionAnswer, ...errorAnswers(400, 401, 403, 429) },
      },
    },
    (request, reply) => openHandler(services, request, reply),
  );
  app.get(
    '/session',
    {
      config: { access: 'person' },
      schema: {
        operationId: 'getSession',
        summary: 'Who is signed in',
        tags: ['session'],
        response: { 200: SessionAnswer, ...errorAnswers(401) },
      },
    },
    async (request) => answer(request.identity, services.settings.demo),
  );
  app.delete(
    '/session',
    {
      config: { access: 'person' },
      schema: {
        operationId: 'closeSession',
        summary: 'Sign out',
        tags: ['session'],
        response: { 204: Type.Null({ description: 'Signed out' }), ...errorAnswers(401, 403) },
      },
    },
    (request, reply) => closeHandler(services, request, reply),
  );
}
