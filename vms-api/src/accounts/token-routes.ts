import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ApiApp } from '../server/app-types.js';
import { errorAnswers, ReasonText, AlertId as Uuid } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import type { UnitContext } from '../units/unit-store.js';
import { createToken, listTokens, RotateBody, revokeToken, rotateToken, Token, TokenBody, TokenSecret } from './token-store.js';

const tags = ['tokens'];
const access = 'users:write';
const TokenParams = Type.Object({ tokenId: Uuid });

const contextOf = ({ sql, nowMs }: ApiServices, request: FastifyRequest): UnitContext => ({
  ...{ sql, identity: request.identity, address: request.ip, nowMs: nowMs() },
});

/** Tokens with which other systems come in. */
export function tokenRoutes(app: ApiApp, services: ApiServices): void {
  app.get(
    '/tokens',
    {
      config: { access },
      schema: {
        operationId: 'listTokens',
        summary: 'Tokens of the own units that were not revoked',
        tags,
        response: { 200: Type.Object({ tokens: Type.Array(Token) }), ...errorAnswers(401, 403) },
      },
    },
    async (request) => ({ tokens: await listTokens(services.sql, request.identity.unitIds) }),
  );
  app.post(
    '/tokens',
    {
      config: { access },
      schema: {
        operationId: 'createToken',
        summary: 'A token for another system, with the role integration',
        tags,
        body: TokenBody,
        response: { 201: TokenSecret, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const answer = await createToken(contextOf(services, request), request.body);
      return reply.status(201).header('cache-control', 'no-store').send(answer);
    },
  );
  app.post(
    '/tokens/:tokenId/rotate',
    {
      config: { access },
      schema: {
        operationId: 'rotateToken',
        summary: 'Another secret for a token',
        tags,
        params: TokenParams,
        body: RotateBody,
        response: { 200: TokenSecret, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return rotateToken(contextOf(services, request), request.params.tokenId, request.body.overlapMs ?? 0);
    },
  );
  app.delete(
    '/tokens/:tokenId',
    {
      config: { access },
      schema: {
        operationId: 'revokeToken',
        summary: 'End a token at once',
        tags,
        params: TokenParams,
        querystring: Type.Object({ reason: Type.Optional(ReasonText) }, { additionalProperties: false }),
        response: { 204: Type.Null({ description: 'Revoked' }), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      await revokeToken(contextOf(services, request), request.params.tokenId, request.query.reason);
      reply.status(204);
      return null;
    },
  );
}
