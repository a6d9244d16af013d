import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type AuditAction, recordAudit } from '../audit/audit.js';
import type { ApiApp } from '../server/app-types.js';
import { notFound } from '../server/failure.js';
import { EpochMs, errorAnswers, named, nullable, AlertId as Uuid } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { hasSecondFactor } from './second-factor.js';
import { checkPassword, guessing } from './second-factor-routes.js';
import { closeOtherSessions, listSessions } from './sessions.js';
import { changePassword } from './users.js';

const tags = ['account'];
const config = { access: 'person' } as const;

const OwnAccount = named(
  'OwnAccount',
  Type.Object({
    username: Type.String(),
    displayName: Type.String(),
    secondFactor: Type.Boolean({ description: 'Sign-in with a password asks for a code' }),
    recoveryCodes: Type.Integer({ description: 'How many are left' }),
    password: Type.Boolean({ description: 'The account has a password' }),
    provider: Type.Boolean({ description: 'Bound to an identity of the identity provider' }),
    sessions: Type.Array(
      Type.Object({
        id: Uuid,
        current: Type.Boolean(),
        openedAtMs: EpochMs,
        lastSeenMs: EpochMs,
        address: nullable(Type.String()),
        agent: nullable(Type.String({ description: 'As the browser names itself' })),
      }),
    ),
  }),
);

const record = (services: ApiServices, { identity, ip }: FastifyRequest, action: AuditAction, detail = {}) =>
  recordAudit(services.sql, {
    atMs: services.nowMs(),
    actor: identity.username,
    action,
    subject: `user:${identity.username}`,
    detail,
    address: ip,
  });

async function ownAccount({ sql, nowMs }: ApiServices, { identity }: FastifyRequest) {
  const { userId, username, displayName } = identity;
  const rows = await sql<{ password: boolean; provider: boolean; recoveryCodes: number }[]>`
    SELECT u.password_hash <> 'none' AS password,
      EXISTS (SELECT 1 FROM provider_identities i WHERE i.user_id = u.id) AS provider,
      COALESCE((SELECT cardinality(recovery_hashes) FROM second_factors f WHERE f.user_id = u.id), 0) AS "recoveryCodes"
    FROM users u WHERE u.id = ${userId}`;
  const facts = rows[0] as (typeof rows)[number];
  const secondFactor = await hasSecondFactor(sql, userId);
  return { username, displayName, secondFactor, ...facts, sessions: await listSessions(sql, identity, nowMs()) };
}

function passwordRoute(app: ApiApp, services: ApiServices): void {
  const Password = Type.String({ minLength: 1, maxLength: 1024 });
  app.post(
    '/account/password',
    {
      config,
      schema: {
        operationId: 'changeOwnPassword',
        summary: 'Change the own password; the other sessions end',
        tags,
        body: Type.Object({ password: Password, newPassword: Password }, { additionalProperties: false }),
        response: { 204: Type.Null({ description: 'Changed' }), ...errorAnswers(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { password, newPassword } = request.body;
      const { username, sessionHash } = request.identity;
      await guessing(services, request, reply, () => checkPassword(services, request, password));
      await changePassword(services.sql, username, newPassword, sessionHash);
      await record(services, request, 'password.set');
      reply.status(204);
      return null;
    },
  );
}

function sessionsRoutes(app: ApiApp, services: ApiServices): void {
  app.delete(
    '/account/sessions',
    {
      config,
      schema: {
        operationId: 'closeOtherSessions',
        summary: 'Sign out everywhere else',
        tags,
        response: { 200: Type.Object({ ended: Type.Integer() }), ...errorAnswers(401, 403) },
      },
    },
    async (request) => {
      const ended = await closeOtherSessions(services.sql, request.identity);
      await record(services, request, 'session.others-closed', { ended });
      return { ended };
    },
  );
  app.delete(
    '/account/sessions/:sessionId',
    {
      config,
      schema: {
        operationId: 'closeOwnSession',
        summary: 'End another one of the own sessions',
        tags,
        params: Type.Object({ sessionId: Uuid }),
        response: { 204: Type.Null({ description: 'Ended' }), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { sessionId } = request.params;
      if ((await closeOtherSessions(services.sql, request.identity, sessionId)) === 0) throw notFound('session', sessionId);
      await record(services, request, 'session.others-closed', { ended: 1 });
      reply.status(204);
      return null;
    },
  );
}

/** The own account: password, second factor, open sessions. */
export function accountRoutes(app: ApiApp, services: ApiServices): void {
  app.get(
    '/account',
    {
      config,
      schema: {
        operationId: 'getOwnAccount',
        summary: 'How the own account signs in, and where it is signed in',
        tags,
        response: { 200: OwnAccount, ...errorAnswers(401, 403) },
      },
    },
    (request) => ownAccount(services, request),
  );
  passwordRoute(app, services);
  sessionsRoutes(app, services);
}
