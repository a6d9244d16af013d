import type { RateLimitOptions } from '@fastify/rate-limit';
import { SafecityError } from '@safecity/contracts';
import { sealSecret } from '@safecity/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { recordAudit } from '../../audit/audit.js';
import type { ApiApp } from '../../server/app-types.js';
import { notFound } from '../../server/failure.js';
import { errorAnswers } from '../../server/schemas.js';
import type { ApiServices } from '../../services.js';
import { SIGN_IN_LIMIT, startSession } from '../session-start.js';
import { ATTEMPT_MS, beginAttempt, checkReturnTo, takeAttempt } from './attempts.js';
import { accountOf } from './bindings.js';
import { CALLBACK_PATH, type IdentityProvider, type ProvidedIdentity } from './identity-provider.js';
import { endProviderSessions } from './provider-logout.js';

/** Ties a sign-in under way to its browser. */
const BROWSER_COOKIE = 'safecity_sign_in';

const StartQuery = Type.Object(
  {
    returnTo: Type.Optional(Type.String({ maxLength: 1000, description: 'Path of the console to open afterwards; default /' })),
    invitation: Type.Optional(Type.String({ pattern: '^[\\w-]{43}$', description: 'Secret of a one-time link' })),
  },
  { additionalProperties: false },
);

/** What providers send back, and whatever they add to it. */
const CallbackQuery = Type.Object({ state: Type.Optional(Type.String({ maxLength: 200 })) }, { additionalProperties: true });

/** Lax: the way back from the provider is a navigation that began at another site. */
const browserCookie = (services: ApiServices) => ({
  ...{ path: CALLBACK_PATH, httpOnly: true, sameSite: 'lax' as const, secure: services.settings.secureCookies },
});

function providerOf({ provider }: ApiServices): IdentityProvider {
  if (!provider) throw notFound('identity provider', 'of this site');
  return provider;
}

/** A refusal is recorded with its code and, where the provider vouched for somebody, the subject. */
async function recordRefusal(services: ApiServices, request: FastifyRequest, error: SafecityError, subject?: string): Promise<void> {
  const detail = { code: error.code, reason: error.message, issuer: services.provider?.settings.issuer, ...(subject ? { subject } : {}) };
  const entry = { atMs: services.nowMs(), actor: 'identity-provider', subject: 'session', detail, address: request.ip };
  await recordAudit(services.sql, { ...entry, action: 'session.refused' });
}

/** Runs the work; what refuses it is recorded before it is answered. */
async function recorded<T>(services: ApiServices, request: FastifyRequest, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SafecityError) await recordRefusal(services, request, error);
    throw error;
  }
}

async function startHandler(services: ApiServices, query: Static<typeof StartQuery>, reply: FastifyReply): Promise<void> {
  const provider = providerOf(services);
  const { sql, key, nowMs } = services;
  const returnTo = checkReturnTo(query.returnTo ?? '/');
  const { secrets, browser } = await beginAttempt(sql, key, { returnTo, invitation: query.invitation, nowMs: nowMs() });
  const address = await provider.begin(secrets);
  reply.setCookie(BROWSER_COOKIE, browser, { ...browserCookie(services), maxAge: ATTEMPT_MS / 1000 });
  reply.header('cache-control', 'no-store').redirect(address.href, 303);
}

async function signIn(
  services: ApiServices,
  request: FastifyRequest,
  reply: FastifyReply,
  identity: ProvidedIdentity,
  invitationHash: Buffer | null,
) {
  const { sql, key, nowMs } = services;
  const provider = providerOf(services);
  try {
    const binding = { provider, identity, invitationHash, nowMs: nowMs(), address: request.ip };
    const { userId } = await sql.begin((transaction) => accountOf(transaction, binding));
    const { issuer, subject, sid, idToken } = identity;
    const session = { issuer, subject, ...(sid === undefined ? {} : { sid }), sealedToken: sealSecret(key, idToken) };
    await startSession(services, request, reply, { userId, provider: session });
  } catch (error) {
    if (error instanceof SafecityError) await recordRefusal(services, request, error, identity.subject);
    throw error;
  }
}

async function finish(services: ApiServices, request: FastifyRequest, reply: FastifyReply, state: string | undefined): Promise<string> {
  const { sql, key, nowMs } = services;
  const { attempt, identity } = await recorded(services, request, async () => {
    const taken = await takeAttempt(sql, key, { state, browser: request.cookies[BROWSER_COOKIE], nowMs: nowMs() });
    const search = request.url.slice(request.url.indexOf('?'));
    return { attempt: taken, identity: await providerOf(services).finish(search, taken.secrets) };
  });
  await signIn(services, request, reply, identity, attempt.invitationHash);
  return attempt.returnTo;
}

/** A person sits before the browser: a refusal goes to the login page, which has words for its code. */
async function callbackHandler(
  services: ApiServices,
  request: FastifyRequest,
  reply: FastifyReply,
  state: string | undefined,
): Promise<void> {
  providerOf(services);
  reply.clearCookie(BROWSER_COOKIE, browserCookie(services)).header('cache-control', 'no-store');
  try {
    reply.redirect(await finish(services, request, reply, state), 303);
  } catch (error) {
    if (!(error instanceof SafecityError)) throw error;
    request.log.warn({ code: error.code, reason: error.message }, 'sign-in with the identity provider was refused');
    reply.redirect(`/?refused=${error.code}`, 303);
  }
}

/** A provider that ends many sessions sends as many tokens, from one address. */
const LOGOUT_LIMIT: RateLimitOptions = { ...SIGN_IN_LIMIT, max: 600 };
const LOGOUT_BODY_BYTES = 16 * 1024;

const LogoutBody = Type.Object(
  { logout_token: Type.String({ minLength: 1, maxLength: LOGOUT_BODY_BYTES }) },
  { additionalProperties: true },
);

async function logoutHandler(services: ApiServices, request: FastifyRequest<{ Body: Static<typeof LogoutBody> }>, reply: FastifyReply) {
  const provider = providerOf(services);
  reply.header('cache-control', 'no-store');
  await recorded(services, request, async () => {
    const logout = await provider.readLogout(request.body.logout_token);
    await services.sql.begin((transaction) => endProviderSessions(transaction, logout, { atMs: services.nowMs(), address: request.ip }));
  });
  return reply.send();
}

/** OpenID Connect Back-Channel Logout 1.0: the provider's server says that a session, or all of a person, have ended. */
function logoutRoute(app: ApiApp, services: ApiServices): void {
  void app.register(async (scope) => {
    // The standard sends a form; nothing else here does.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: LOGOUT_BODY_BYTES },
      async (_request: FastifyRequest, body: string) => Object.fromEntries(new URLSearchParams(body)),
    );
    (scope as ApiApp).post(
      '/session/provider/logout',
      {
        config: { access: 'public', rateLimit: LOGOUT_LIMIT },
        schema: {
          operationId: 'endProviderSessions',
          summary: 'The identity provider ends sessions by a logout token; recorded',
          tags: ['session'],
          consumes: ['application/x-www-form-urlencoded'],
          body: LogoutBody,
          response: { 200: Type.Null({ description: 'Taken' }), ...errorAnswers(400, 404) },
        },
      },
      (request, reply) => logoutHandler(services, request, reply),
    );
  });
}

/** Sign in with the city's identity provider: there, and back; and its word that a session has ended. */
export function providerRoutes(app: ApiApp, services: ApiServices): void {
  const config = { access: 'public' as const, rateLimit: SIGN_IN_LIMIT };
  const response = { 303: Type.Null({ description: 'Where the browser goes' }) };
  app.get(
    '/session/provider',
    {
      config,
      schema: {
        operationId: 'beginProviderSignIn',
        summary: 'Go to the identity provider to sign in',
        tags: ['session'],
        querystring: StartQuery,
        response: { ...response, ...errorAnswers(400, 404) },
      },
    },
    (request, reply) => recorded(services, request, () => startHandler(services, request.query, reply)),
  );
  app.get(
    '/session/provider/callback',
    {
      config,
      schema: {
        operationId: 'finishProviderSignIn',
        summary: 'Come back from the identity provider; a refusal goes to /?refused=CODE',
        tags: ['session'],
        querystring: CallbackQuery,
        response: { ...response, ...errorAnswers(400, 404) },
      },
    },
    (request, reply) => callbackHandler(services, request, reply, request.query.state),
  );
  logoutRoute(app, services);
}
