import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ApiApp } from '../server/app-types.js';
import { errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { CloseBody, Unit, UnitBody, UnitParams } from './unit-schemas.js';
import { closeUnit, createUnit, listUnits, type UnitContext } from './unit-store.js';

const tags = ['units'];

const contextOf = ({ sql, nowMs }: ApiServices, request: FastifyRequest): UnitContext => ({
  ...{ sql, identity: request.identity, address: request.ip, nowMs: nowMs() },
});

/** The tree of units. */
export function unitRoutes(app: ApiApp, services: ApiServices): void {
  app.get(
    '/units',
    {
      config: { access: 'session' },
      schema: {
        operationId: 'listUnits',
        summary: 'Units that the own roles reach, closed ones too',
        tags,
        response: { 200: Type.Object({ units: Type.Array(Unit) }), ...errorAnswers(401, 403) },
      },
    },
    async (request) => ({ units: await listUnits(services.sql, request.identity.unitIds) }),
  );
  app.post(
    '/units',
    {
      config: { access: 'units:write' },
      schema: {
        operationId: 'createUnit',
        summary: 'Add a unit below one of the own ones',
        tags,
        body: UnitBody,
        response: { 201: Unit, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const unit = await createUnit(contextOf(services, request), request.body);
      return reply.status(201).send(unit);
    },
  );
  app.post(
    '/units/:unitId/close',
    {
      config: { access: 'units:write' },
      schema: {
        operationId: 'closeUnit',
        summary: 'Close a unit: it was abolished, divided or merged; what happened in it keeps it, rights follow its successors',
        tags,
        params: UnitParams,
        body: CloseBody,
        response: { 200: Unit, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    (request) => closeUnit(contextOf(services, request), request.params.unitId, request.body),
  );
}
