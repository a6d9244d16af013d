import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ApiApp } from '../server/app-types.js';
import { errorAnswers, AlertId as Uuid } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import type { UnitContext } from '../units/unit-store.js';
import { AccountBody, changeAccount, createUser, GrantBody, grantRole, listUsers, revokeRole, User, UserBody } from './user-store.js';

const tags = ['users'];
const access = 'users:write';
const UserParams = Type.Object({ username: UserBody.properties.username });
const GrantParams = Type.Object({ ...UserParams.properties, grantId: Uuid });
const response = { 200: User, ...errorAnswers(400, 401, 403, 404, 409) };

const contextOf = ({ sql, nowMs }: ApiServices, request: FastifyRequest): UnitContext => ({
  ...{ sql, identity: request.identity, address: request.ip, nowMs: nowMs() },
});

function accountRoutes(app: ApiApp, services: ApiServices): void {
  app.get(
    '/users',
    {
      config: { access },
      schema: {
        operationId: 'listUsers',
        summary: 'People who belong to the own units, with their roles',
        tags,
        response: { 200: Type.Object({ users: Type.Array(User) }), ...errorAnswers(401, 403) },
      },
    },
    async (request) => ({ users: await listUsers(services.sql, request.identity.unitIds) }),
  );
  app.post(
    '/users',
    {
      config: { access },
      schema: {
        operationId: 'createUser',
        summary: 'Add somebody, with a first role in the unit to which they belong',
        tags,
        body: UserBody,
        response: { 201: User, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const user = await createUser(contextOf(services, request), request.body);
      return reply.status(201).send(user);
    },
  );
  app.post(
    '/users/:username/account',
    {
      config: { access },
      schema: {
        operationId: 'changeAccount',
        summary: 'Disable or enable an account, set its password, take a lost second factor away',
        tags,
        params: UserParams,
        body: AccountBody,
        response,
      },
    },
    (request) => changeAccount(contextOf(services, request), request.params.username, request.body),
  );
}

/** People and their roles. */
export function userRoutes(app: ApiApp, services: ApiServices): void {
  accountRoutes(app, services);
  app.post(
    '/users/:username/grants',
    {
      config: { access },
      schema: {
        operationId: 'grantRole',
        summary: 'Give somebody a role in one of the own units',
        tags,
        params: UserParams,
        body: GrantBody,
        response,
      },
    },
    (request) => grantRole(contextOf(services, request), request.params.username, request.body),
  );
  app.delete(
    '/users/:username/grants/:grantId',
    {
      config: { access },
      schema: { operationId: 'revokeRole', summary: 'Take a role back', tags, params: GrantParams, response },
    },
    (request) => revokeRole(contextOf(services, request), request.params.username, request.params.grantId),
  );
}
