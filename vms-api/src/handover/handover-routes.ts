import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ApiApp } from '../server/app-types.js';
import { errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { type DeskContext, deskOf } from './desk.js';
import { Desk, DeskParams, Handover, HandoverDetail, HandoverParams, SignBody, WithdrawBody } from './handover-schemas.js';
import { acceptHandover, getHandover, listHandovers, signHandover, withdrawHandover } from './handover-store.js';

const tags = ['handovers'];
const access = 'shifts:hand-over';
const response = { 200: HandoverDetail, ...errorAnswers(400, 401, 403, 404, 409) };

function contextOf({ sql, nowMs, statuses }: ApiServices, { identity, ip: address }: FastifyRequest): DeskContext {
  return { sql, identity, address, nowMs: nowMs(), statuses };
}

function readRoutes(app: ApiApp, services: ApiServices): void {
  app.get(
    '/units/:unitId/desk',
    {
      config: { access },
      schema: {
        operationId: 'getDesk',
        summary: 'What is open on the desk of a unit and those below it: alerts with their owners, flags, cameras, suppressions, drills',
        tags,
        params: DeskParams,
        response: { 200: Desk, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    (request) => deskOf(services.sql, contextOf(services, request), request.params.unitId),
  );
  app.get(
    '/handovers',
    {
      config: { access },
      schema: {
        operationId: 'listHandovers',
        summary: 'Hand-overs of the own units, newest first',
        tags,
        response: { 200: Type.Object({ handovers: Type.Array(Handover) }), ...errorAnswers(401, 403) },
      },
    },
    async ({ identity }) => ({ handovers: await listHandovers(services.sql, identity) }),
  );
  app.get(
    '/handovers/:handoverId',
    {
      config: { access },
      schema: {
        operationId: 'getHandover',
        summary: 'One hand-over with the desk as it was signed',
        tags,
        params: HandoverParams,
        response,
      },
    },
    ({ identity, params }) => getHandover(services.sql, identity, params.handoverId),
  );
}

/** Hand-over of a shift: look, sign, accept, withdraw. */
export function handoverRoutes(app: ApiApp, services: ApiServices): void {
  readRoutes(app, services);
  app.post(
    '/units/:unitId/handovers',
    {
      config: { access },
      schema: {
        operationId: 'signHandover',
        summary: 'Sign the desk as it is; not while a grave alert is in nobody’s hands',
        tags,
        params: DeskParams,
        body: SignBody,
        response: { 201: HandoverDetail, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) =>
      reply.status(201).send(await signHandover(contextOf(services, request), request.params.unitId, request.body.notes)),
  );
  app.post(
    '/handovers/:handoverId/accept',
    {
      config: { access },
      schema: {
        operationId: 'acceptHandover',
        summary: 'Accept what another person signed; the open alerts of that person are then one’s own',
        tags,
        params: HandoverParams,
        response,
      },
    },
    (request) => acceptHandover(contextOf(services, request), request.params.handoverId),
  );
  app.post(
    '/handovers/:handoverId/withdraw',
    {
      config: { access },
      schema: {
        operationId: 'withdrawHandover',
        summary: 'Take one back that nobody has accepted',
        tags,
        params: HandoverParams,
        body: WithdrawBody,
        response,
      },
    },
    (request) => withdrawHandover(contextOf(services, request), request.params.handoverId, request.body.reason),
  );
}
