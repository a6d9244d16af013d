import type { FastifyRequest } from 'fastify';
import { wakeDispatch } from '../deliveries/wake.js';
import type { ApiApp } from '../server/app-types.js';
import { errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { AcknowledgeBody, Alert, AlertDetail, AlertParams, FalseAlarmBody, SplitBody } from './alert-schemas.js';
import { alertScopeOf } from './alert-scope.js';
import { searchRoutes } from './alert-search-routes.js';
import { getAlert } from './alert-store.js';
import { clipRoutes } from './clip-routes.js';
import { type Decision, decide } from './decisions.js';
import { evidenceRoute } from './evidence-route.js';
import { splitAlert } from './splits.js';

const tags = ['alerts'];

function readRoutes(app: ApiApp, services: ApiServices): void {
  app.get(
    '/alerts/:alertId',
    {
      config: { access: 'alerts:read' },
      schema: {
        operationId: 'getAlert',
        summary: 'One alert with its history and deliveries',
        tags,
        params: AlertParams,
        response: { 200: AlertDetail, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    (request) => getAlert(services.sql, alertScopeOf(request.identity), request.params.alertId),
  );
}

async function decisionOf(services: ApiServices, request: FastifyRequest, alertId: string, decision: Decision): Promise<Alert> {
  const { sql, nowMs, bus } = services;
  const atMs = nowMs();
  const { identity } = request;
  const { alert, merged } = await decide({ sql, identity, address: request.ip, nowMs: atMs }, alertId, decision);
  const { cameraId, state } = alert;
  for (const one of [{ alertId, cameraId }, ...merged])
    if (state !== 'new') services.decisions.publish({ ...one, state, role: identity.role, atMs });
  wakeDispatch(bus);
  return alert;
}

function decisionRoutes(app: ApiApp, services: ApiServices): void {
  const response = { 200: Alert, ...errorAnswers(400, 401, 403, 404, 409) };
  app.post(
    '/alerts/:alertId/acknowledge',
    {
      config: { access: 'alerts:decide' },
      schema: { operationId: 'acknowledgeAlert', summary: 'I have seen it', tags, params: AlertParams, body: AcknowledgeBody, response },
    },
    (request) => decisionOf(services, request, request.params.alertId, { action: 'acknowledge', ...request.body }),
  );
  app.post(
    '/alerts/:alertId/false-alarm',
    {
      config: { access: 'alerts:decide' },
      schema: {
        operationId: 'rejectAlert',
        summary: 'It is a false alarm; who was told of it gets a cancel',
        tags,
        params: AlertParams,
        body: FalseAlarmBody,
        response,
      },
    },
    (request) => decisionOf(services, request, request.params.alertId, { action: 'false-alarm', ...request.body }),
  );
}

function splitRoute(app: ApiApp, services: ApiServices): void {
  app.post(
    '/alerts/:alertId/split',
    {
      config: { access: 'alerts:decide' },
      schema: {
        operationId: 'splitAlert',
        summary: 'It is not the incident it was merged into; it stands for itself once rules has heard of it',
        tags,
        params: AlertParams,
        body: SplitBody,
        response: { 200: Alert, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    async (request) => {
      const { sql, nowMs, decisions } = services;
      const context = { sql, identity: request.identity, address: request.ip, nowMs: nowMs() };
      const { alert, split } = await splitAlert(context, request.params.alertId, request.body.comment);
      decisions.publish(split);
      return alert;
    },
  );
}

/** Alerts: list, detail, decisions, pictures. */
export function alertRoutes(app: ApiApp, services: ApiServices): void {
  searchRoutes(app, services);
  readRoutes(app, services);
  decisionRoutes(app, services);
  splitRoute(app, services);
  clipRoutes(app, services);
  evidenceRoute(app, services);
}
