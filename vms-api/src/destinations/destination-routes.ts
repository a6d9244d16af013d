import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ApiApp } from '../server/app-types.js';
import { errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { Destination, DestinationAnswer, DestinationBody, DestinationChange, DestinationParams } from './destination-schemas.js';
import { changeDestination, createDestination, type DestinationContext, listDestinations } from './destination-store.js';

const tags = ['destinations'];

const contextOf = ({ sql, key, nowMs, destinationNetworks: networks }: ApiServices, request: FastifyRequest): DestinationContext => ({
  ...{ sql, key, networks, identity: request.identity, address: request.ip, nowMs: nowMs() },
});

/** Other centres that are told of alerts. One is switched off, not deleted: what it was told names it. */
export function destinationRoutes(app: ApiApp, services: ApiServices): void {
  app.get(
    '/destinations',
    {
      config: { access: 'destinations:write' },
      schema: {
        operationId: 'listDestinations',
        summary: 'Destinations of the own units',
        tags,
        response: { 200: Type.Object({ destinations: Type.Array(Destination) }), ...errorAnswers(401, 403) },
      },
    },
    async (request) => ({ destinations: [...(await listDestinations(services.sql, request.identity.unitIds))] }),
  );
  app.post(
    '/destinations',
    {
      config: { access: 'destinations:write' },
      schema: {
        operationId: 'createDestination',
        summary: 'Add a centre that gets CAP 1.2, or a webhook',
        tags,
        body: DestinationBody,
        response: { 201: DestinationAnswer, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => reply.status(201).send(await createDestination(contextOf(services, request), request.body)),
  );
  app.patch(
    '/destinations/:destinationId',
    {
      config: { access: 'destinations:write' },
      schema: {
        operationId: 'changeDestination',
        summary: 'Change a destination, switch it off or on, or renew its secret',
        tags,
        params: DestinationParams,
        body: DestinationChange,
        response: { 200: DestinationAnswer, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    (request) => changeDestination(contextOf(services, request), request.params.destinationId, request.body),
  );
}
