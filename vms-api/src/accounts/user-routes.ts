import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ApiApp } from '../server/app-types.js';
import { failure, invalidRequest } from '../server/failure.js';
import { EpochMs, errorAnswers, ReasonText, AlertId as Uuid } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import type { UnitContext } from '../units/unit-store.js';
import {
  AccountBody,
  changeAccount,
  createUser,
  GrantBody,
  grantRole,
  inviteUser,
  listUsers,
  revokeRole,
  User,
  UserBody,
} from './user-store.js';

const tags = ['users'];
const access = 'users:write';
const UserParams = Type.Object({ username: UserBody.properties.username });
const GrantParams = Type.Object({ ...UserParams.properties, grantId: Uuid });
const response = { 200: User, ...errorAnswers(400, 401, 403, 404, 409) };

const contextOf = ({ sql, nowMs }: ApiServices, request: FastifyRequest): UnitContext => ({
  ...{ sql, identity: request.identity, address: request.ip, nowMs: nowMs() },
});

function peopleRoutes(app: ApiApp, services: ApiServices): void {
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
      if (request.body.password === undefined && !services.provider)
        throw invalidRequest({
          path: 'password',
          code: 'password-needed',
          message: 'is needed, because there is no identity provider to sign in with',
        });
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

function invitationRoute(app: ApiApp, services: ApiServices): void {
  app.post(
    '/users/:username/invitation',
    {
      config: { access },
      schema: {
        operationId: 'inviteUser',
        summary: 'A one-time link that binds the account to the identity provider; one made before no longer works',
        tags,
        params: UserParams,
        response: {
          201: Type.Object({ url: Type.String({ description: 'Shown this once' }), expiresAtMs: EpochMs }),
          ...errorAnswers(400, 401, 403, 404, 409),
        },
      },
    },
    async (request, reply) => {
      const { secret, expiresAtMs } = await inviteUser(contextOf(services, request), request.params.username);
      if (!services.provider) throw failure('API_OIDC_OFF', 409, 'this site has no identity provider: set SAFECITY_OIDC_FILE');
      const url = `${services.provider.settings.publicUrl}/api/v1/session/provider?invitation=${secret}`;
      return reply.status(201).header('cache-control', 'no-store').send({ url, expiresAtMs });
    },
  );
}

/** People and their roles. */
export function userRoutes(app: ApiApp, services: ApiServices): void {
  peopleRoutes(app, services);
  invitationRoute(app, services);
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
      schema: {
        operationId: 'revokeRole',
        summary: 'Take a role back',
        tags,
        params: GrantParams,
        querystring: Type.Object({ reason: Type.Optional(ReasonText) }, { additionalProperties: false }),
        response,
      },
    },
    (request) => revokeRole(contextOf(services, request), request.params.username, request.params.grantId, request.query.reason),
  );
}
