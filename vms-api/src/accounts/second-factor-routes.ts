import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type AuditAction, recordAudit } from '../audit/audit.js';
import type { Queryable, Sql, Transaction } from '../database/connection.js';
import type { ApiApp } from '../server/app-types.js';
import { failure } from '../server/failure.js';
import { errorAnswers, named } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { recordLoginFailure } from './login-throttle.js';
import { verifyPassword } from './passwords.js';
import { beginSecondFactor, confirmSecondFactor, useCode } from './second-factor.js';
import { refuseBlocked } from './session-routes.js';
import { CODE } from './session-schemas.js';

const tags = ['session'];
const access = 'person';
const Password = Type.String({ minLength: 1, maxLength: 1024 });

function entryOf(services: ApiServices, request: FastifyRequest, action: AuditAction) {
  const { username } = request.identity;
  return { atMs: services.nowMs(), actor: username, action, subject: `user:${username}`, address: request.ip };
}

const attemptOf = (request: FastifyRequest) => ({ username: request.identity.username, address: request.ip });

/** Who sits at an open console is not yet its user. Wrong guesses count as failed sign-ins. */
async function checkPassword(services: ApiServices, request: FastifyRequest, password: string): Promise<void> {
  const { sql } = services;
  const rows = await (sql as Queryable)<{ password_hash: string }[]>`SELECT password_hash FROM users WHERE id = ${request.identity.userId}`;
  if (!(await verifyPassword(password, rows[0]?.password_hash ?? null))) await refuse(services, request, 'the password is wrong');
}

async function refuse(services: ApiServices, request: FastifyRequest, message: string): Promise<never> {
  await recordLoginFailure(services.sql, attemptOf(request), services.nowMs());
  throw failure('API_LOGIN_FAILED', 403, message);
}

async function inOne<T>(sql: Sql, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  return sql.begin(work) as Promise<T>;
}

/** The second factor of the own account (TOTP, RFC 6238). */
export function secondFactorRoutes(app: ApiApp, services: ApiServices): void {
  const { sql, key, nowMs } = services;
  app.post(
    '/session/second-factor',
    {
      config: { access },
      schema: {
        operationId: 'beginSecondFactor',
        summary: 'A secret for an authenticator app; it counts once it was confirmed',
        tags,
        body: Type.Object({ password: Password }, { additionalProperties: false }),
        response: {
          200: named(
            'SecondFactor',
            Type.Object({ secret: Type.String(), url: Type.String({ description: 'otpauth://, to be shown as a QR code' }) }),
          ),
          ...errorAnswers(400, 401, 403, 409, 429),
        },
      },
    },
    async (request, reply) => {
      await refuseBlocked(services, attemptOf(request), reply);
      await checkPassword(services, request, request.body.password);
      reply.header('cache-control', 'no-store');
      return beginSecondFactor(sql, key, { id: request.identity.userId, username: request.identity.username });
    },
  );
  app.post(
    '/session/second-factor/confirm',
    {
      config: { access },
      schema: {
        operationId: 'confirmSecondFactor',
        summary: 'From now on sign-in asks for a code; answers recovery codes, shown this once',
        tags,
        body: Type.Object({ code: CODE }, { additionalProperties: false }),
        response: { 200: Type.Object({ recoveryCodes: Type.Array(Type.String()) }), ...errorAnswers(400, 401, 403, 409, 429) },
      },
    },
    async (request, reply) => {
      await refuseBlocked(services, attemptOf(request), reply);
      const recoveryCodes = await inOne(sql, async (transaction) => {
        const codes = await confirmSecondFactor(transaction, key, request.identity.userId, { code: request.body.code, nowMs: nowMs() });
        if (codes) await recordAudit(transaction, entryOf(services, request, 'session.second-factor-set'));
        return codes;
      });
      reply.header('cache-control', 'no-store');
      return { recoveryCodes: recoveryCodes ?? (await refuse(services, request, 'the code is wrong')) };
    },
  );
  app.post(
    '/session/second-factor/remove',
    {
      config: { access },
      schema: {
        operationId: 'removeSecondFactor',
        summary: 'Sign-in asks for no code any more',
        tags,
        body: Type.Object({ password: Password, code: CODE }, { additionalProperties: false }),
        response: { 204: Type.Null({ description: 'Removed' }), ...errorAnswers(400, 401, 403, 429) },
      },
    },
    async (request, reply) => {
      await refuseBlocked(services, attemptOf(request), reply);
      await checkPassword(services, request, request.body.password);
      const { userId } = request.identity;
      const removed = await inOne(sql, async (transaction) => {
        if (!(await useCode(transaction, key, userId, request.body.code, nowMs()))) return false;
        await transaction`DELETE FROM second_factors WHERE user_id = ${userId}`;
        await recordAudit(transaction, entryOf(services, request, 'session.second-factor-removed'));
        return true;
      });
      if (!removed) await refuse(services, request, 'the code is wrong');
      reply.status(204);
      return null;
    },
  );
}
