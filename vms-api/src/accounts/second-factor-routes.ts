import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type AuditAction, recordAudit } from '../audit/audit.js';
import type { Queryable, Sql, Transaction } from '../database/connection.js';
import type { ApiApp } from '../server/app-types.js';
import { failure } from '../server/failure.js';
import { errorAnswers, named } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { takeBack } from './login-throttle.js';
import { verifyPassword } from './passwords.js';
import { beginSecondFactor, confirmSecondFactor, useCode } from './second-factor.js';
import { CODE } from './session-schemas.js';
import { beginGuess } from './session-start.js';

const tags = ['session'];
const access = 'person';
const Password = Type.String({ minLength: 1, maxLength: 1024 });

function entryOf(services: ApiServices, request: FastifyRequest, action: AuditAction) {
  const { username } = request.identity;
  return { atMs: services.nowMs(), actor: username, action, subject: `user:${username}`, address: request.ip };
}

const attemptOf = (request: FastifyRequest) => ({ username: request.identity.username, address: request.ip });

/** Who sits at an open console is not yet its user. Wrong guesses count as failed sign-ins. */
export async function checkPassword({ sql }: ApiServices, { identity }: FastifyRequest, password: string): Promise<void> {
  const rows = await (sql as Queryable)<{ password_hash: string }[]>`SELECT password_hash FROM users WHERE id = ${identity.userId}`;
  if (!(await verifyPassword(password, rows[0]?.password_hash ?? null))) refuse('the password is wrong');
}

function refuse(message: string): never {
  throw failure('API_LOGIN_FAILED', 403, message);
}

/** Work that guesses at the password or a code of the own account: counted unless it succeeds. */
export async function guessing<T>(services: ApiServices, request: FastifyRequest, reply: FastifyReply, work: () => Promise<T>): Promise<T> {
  const beganMs = await beginGuess(services, attemptOf(request), reply);
  const answer = await work();
  await takeBack(services.sql, attemptOf(request), beganMs);
  return answer;
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
          ...errorAnswers(400, 401, 403, 409),
        },
      },
    },
    async (request, reply) => {
      await guessing(services, request, reply, () => checkPassword(services, request, request.body.password));
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
        response: { 200: Type.Object({ recoveryCodes: Type.Array(Type.String()) }), ...errorAnswers(400, 401, 403, 409) },
      },
    },
    async (request, reply) => {
      const confirm = async (transaction: Transaction) => {
        const codes = await confirmSecondFactor(transaction, key, request.identity.userId, { code: request.body.code, nowMs: nowMs() });
        if (!codes) return refuse('the code is wrong');
        await recordAudit(transaction, entryOf(services, request, 'session.second-factor-set'));
        return codes;
      };
      reply.header('cache-control', 'no-store');
      return { recoveryCodes: await guessing(services, request, reply, () => inOne(sql, confirm)) };
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
        response: { 204: Type.Null({ description: 'Removed' }), ...errorAnswers(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { userId } = request.identity;
      const remove = async (transaction: Transaction) => {
        if (!(await useCode(transaction, key, userId, request.body.code, nowMs()))) refuse('the code is wrong');
        await transaction`DELETE FROM second_factors WHERE user_id = ${userId}`;
        await recordAudit(transaction, entryOf(services, request, 'session.second-factor-removed'));
      };
      await guessing(services, request, reply, async () => {
        await checkPassword(services, request, request.body.password);
        await inOne(sql, remove);
      });
      reply.status(204);
      return null;
    },
  );
}
