import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { AlertParams } from '../alerts/alert-schemas.js';
import { alertScopeOf } from '../alerts/alert-scope.js';
import type { ApiApp } from '../server/app-types.js';
import { AlertId, errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { settleRecordings } from './hold-recordings.js';
import { Hold, HoldBody, HoldOverview, LiftBody } from './hold-schemas.js';
import { type HoldContext, liftHold, listHolds, openHolds, setHold } from './hold-store.js';

const tags = ['holds'];

function contextOf({ sql, nowMs }: ApiServices, request: FastifyRequest): HoldContext {
  const { identity, ip: address } = request;
  return { sql, scope: alertScopeOf(identity), actor: identity.username, address, nowMs: nowMs() };
}

function readRoutes(app: ApiApp, services: ApiServices): void {
  app.get(
    '/alerts/:alertId/holds',
    {
      config: { access: 'evidence:read' },
      schema: {
        operationId: 'listHolds',
        summary: 'Legal holds on an alert, in force and ended, newest first',
        tags,
        params: AlertParams,
        response: { 200: Type.Object({ holds: Type.Array(Hold) }), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request) => ({ holds: await listHolds(services.sql, alertScopeOf(request.identity), request.params.alertId) }),
  );
  app.get(
    '/retention/holds',
    {
      config: { access: 'retention:read' },
      schema: {
        operationId: 'listOpenHolds',
        summary: 'Holds in force on alerts of the own units, newest first, 1000 at most',
        tags,
        response: { 200: Type.Object({ holds: Type.Array(HoldOverview) }), ...errorAnswers(401, 403) },
      },
    },
    async (request) => ({ holds: await openHolds(services.sql, alertScopeOf(request.identity)) }),
  );
}

/** Legal holds: what is under one is deleted by nobody, whatever its age. */
export function holdRoutes(app: ApiApp, services: ApiServices): void {
  readRoutes(app, services);
  app.post(
    '/alerts/:alertId/holds',
    {
      config: { access: 'evidence:hold' },
      schema: {
        operationId: 'setHold',
        summary: 'Keep an alert and its evidence, and lock the recordings of its time, until a moment or without end; recorded',
        tags,
        params: AlertParams,
        body: HoldBody,
        response: { 201: Hold, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const hold = await setHold(contextOf(services, request), request.params.alertId, request.body);
      reply.status(201);
      return settleRecordings(services, hold.holdId);
    },
  );
  app.post(
    '/alerts/:alertId/holds/:holdId/lift',
    {
      config: { access: 'evidence:lift-hold' },
      schema: {
        operationId: 'liftHold',
        summary: 'End a hold that somebody else has set; recorded',
        tags,
        params: Type.Object({ ...AlertParams.properties, holdId: AlertId }),
        body: LiftBody,
        response: { 200: Hold, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    async (request) => {
      const { alertId, holdId } = request.params;
      await liftHold(contextOf(services, request), alertId, holdId, request.body.reason);
      return settleRecordings(services, holdId);
    },
  );
}
