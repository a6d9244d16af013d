import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { recordAudit } from '../audit/audit.js';
import { SESSION_COOKIE } from '../server/access.js';
import type { ApiApp } from '../server/app-types.js';
import { failure } from '../server/failure.js';
import { errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { forgiveLogin, takeBack } from './login-throttle.js';
import { verifyPassword } from './passwords.js';
import { hasSecondFactor, useCode } from './second-factor.js';
import { LoginBody, SessionAnswer, SignedOut, SignInOptions } from './session-schemas.js';
import { beginGuess, cookieOptions, endSession, SIGN_IN_LIMIT, sessionAnswer, startSession } from './session-start.js';

interface Credentials {
  username: string;
  password: string;
  code?: string;
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

/** Who the credentials are of. */
async function login(services: ApiServices, body: Credentials, address: string, beganMs: number): Promise<string> {
  const { sql, nowMs } = services;
  const attempt = { username: body.username, address };
  const username = body.username.trim().toLowerCase();
  const rows = await sql<{ id: string; password_hash: string }[]>`
    SELECT id, password_hash FROM users WHERE username = ${username} AND disabled_at_ms IS NULL`;
  const user = rows[0];
  const refuse = (detail: object) =>
    recordAudit(sql, {
      atMs: nowMs(),
      actor: username.slice(0, 64),
      action: 'session.refused',
      subject: 'session',
      address,
      detail: { ...detail },
    });
  const known = (await verifyPassword(body.password, user?.password_hash ?? null)) ? user : undefined;
  if (known && services.provider?.mayUsePassword(username) === false) {
    await refuse({ code: 'API_PASSWORD_LOGIN_OFF' });
    throw failure('API_PASSWORD_LOGIN_OFF', 403, 'this account signs in with the identity provider, not with a password');
  }
  const refused = known ? await codeRefused(services, known.id, body.code) : null;
  if (refused === 'missing') {
    await takeBack(sql, attempt, beganMs);
    throw failure('API_LOGIN_CODE', 401, 'the code of the second factor is missing: send it in code');
  }
  if (!known || refused === 'wrong') {
    await refuse({});
    throw failure('API_LOGIN_FAILED', 401, refused === 'wrong' ? 'the code is wrong or was used' : 'user name or password is wrong');
  }
  await forgiveLogin(sql, attempt, beganMs);
  return known.id;
}

async function openHandler(services: ApiServices, request: FastifyRequest<{ Body: Credentials }>, reply: FastifyReply) {
  const beganMs = await beginGuess(services, { username: request.body.username, address: request.ip }, reply);
  const userId = await login(services, request.body, request.ip, beganMs);
  return sessionAnswer(await startSession(services, request, reply, { userId }), services.settings.demo);
}

async function closeHandler(services: ApiServices, request: FastifyRequest, reply: FastifyReply) {
  const signOutUrl = await endSession(services, request);
  reply.clearCookie(SESSION_COOKIE, cookieOptions(services));
  if (signOutUrl !== null) return { signOutUrl };
  reply.status(204);
  return null;
}

function signInOptions({ provider }: ApiServices) {
  if (!provider) return { provider: null, passwords: 'everybody' as const };
  return {
    provider: { name: provider.settings.name },
    passwords: provider.settings.passwordUsers ? ('some' as const) : ('everybody' as const),
  };
}

/** Sign in, who am I, sign out. */
export function sessionRoutes(app: ApiApp, services: ApiServices): void {
  app.post(
    '/session',
    {
      config: { access: 'public', rateLimit: SIGN_IN_LIMIT },
      schema: {
        operationId: 'openSession',
        summary: 'Sign in',
        tags: ['session'],
        body: LoginBody,
        response: { 200: SessionAnswer, ...errorAnswers(400, 401, 403) },
      },
    },
    (request, reply) => openHandler(services, request, reply),
  );
  app.get(
    '/session/options',
    {
      config: { access: 'public', rateLimit: SIGN_IN_LIMIT },
      schema: {
        operationId: 'getSignInOptions',
        summary: 'How people can sign in here',
        tags: ['session'],
        response: { 200: SignInOptions },
      },
    },
    async () => signInOptions(services),
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
    async (request) => sessionAnswer(request.identity, services.settings.demo),
  );
  app.delete(
    '/session',
    {
      config: { access: 'person' },
      schema: {
        operationId: 'closeSession',
        summary: 'Sign out',
        tags: ['session'],
        response: { 200: SignedOut, 204: Type.Null({ description: 'Signed out' }), ...errorAnswers(401, 403) },
      },
    },
    (request, reply) => closeHandler(services, request, reply),
  );
}
