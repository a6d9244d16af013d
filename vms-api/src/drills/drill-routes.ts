import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { DecisionContext } from '../alerts/decisions.js';
import type { ApiApp } from '../server/app-types.js';
import { errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { Drill, DrillBody, DrillParams, DrillQuery } from './drill-schemas.js';
import { declareDrill, endDrill, listDrills } from './drill-store.js';

const tags = ['drills'];
const access = 'drills:declare';

function contextOf({ sql, nowMs }: ApiServices, { identity, ip: address }: FastifyRequest): DecisionContext {
  return { sql, identity, address, nowMs: nowMs() };
}

/** Drills: declare, list, end. */
export function drillRoutes(app: ApiApp, services: ApiServices): void {
  app.get(
    '/drills',
    {
      config: { access: 'alerts:read' },
      schema: {
        operationId: 'listDrills',
        summary: 'Drills that concern the own units: of them, above them and below them',
        tags,
        querystring: DrillQuery,
        response: { 200: Type.Object({ drills: Type.Array(Drill) }), ...errorAnswers(400, 401, 403) },
      },
    },
    async ({ identity, query }) => ({
      drills: await listDrills(services.sql, identity, { nowMs: services.nowMs(), over: query.over }),
    }),
  );
  app.post(
    '/drills',
    {
      config: { access },
      schema: {
        operationId: 'declareDrill',
        summary: 'Declare a drill: incidents opened by hand may be part of it, what cameras find stays real',
        tags,
        body: DrillBody,
        response: { 201: Drill, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => reply.status(201).send(await declareDrill(contextOf(services, request), request.body)),
  );
  app.post(
    '/drills/:drillId/end',
    {
      config: { access },
      schema: {
        operationId: 'endDrill',
        summary: 'End a drill now',
        tags,
        params: DrillParams,
        response: { 200: Drill, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    (request) => endDrill(contextOf(services, request), request.params.drillId),
  );
}
