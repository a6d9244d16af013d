import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { AlertParams } from '../alerts/alert-schemas.js';
import { alertScopeOf } from '../alerts/alert-scope.js';
import type { DecisionContext } from '../alerts/decisions.js';
import type { ApiApp } from '../server/app-types.js';
import { errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { suppressAlert } from './suppress-alert.js';
import { SuppressBody, SuppressionParams, SuppressionQuery, SuppressionView } from './suppression-schemas.js';
import { liftSuppression, listSuppressions, suppressionOf } from './suppression-store.js';

const tags = ['suppressions'];
const access = 'alerts:suppress';

function contextOf({ sql, nowMs }: ApiServices, { identity, ip: address }: FastifyRequest): DecisionContext {
  return { sql, identity, address, nowMs: nowMs() };
}

/** "Suppress here": hide, list what is hidden, lift. */
export function suppressionRoutes(app: ApiApp, services: ApiServices): void {
  app.post(
    '/alerts/:alertId/suppress',
    {
      config: { access },
      schema: {
        operationId: 'suppressHere',
        summary: 'Raise no alert of this rule, class and place for a while; longer than a shift or a grave type needs a shift lead',
        tags,
        params: AlertParams,
        body: SuppressBody,
        response: { 200: SuppressionView, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const { suppression, view } = await suppressAlert(contextOf(services, request), request.params.alertId, request.body);
      services.decisions.publish(suppression);
      return view;
    },
  );
  app.get(
    '/suppressions',
    {
      config: { access: 'alerts:read' },
      schema: {
        operationId: 'listSuppressions',
        summary: 'What is hidden in the own units: until when, by whom, how much',
        tags,
        querystring: SuppressionQuery,
        response: { 200: Type.Object({ suppressions: Type.Array(SuppressionView) }), ...errorAnswers(400, 401, 403) },
      },
    },
    async ({ identity, query }) => ({
      suppressions: await listSuppressions(services.sql, alertScopeOf(identity), { nowMs: services.nowMs(), active: query.active }),
    }),
  );
  app.post(
    '/suppressions/:suppressionId/lift',
    {
      config: { access },
      schema: {
        operationId: 'liftSuppression',
        summary: 'End a suppression now; what goes on behind it is raised',
        tags,
        params: SuppressionParams,
        response: { 200: SuppressionView, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    async (request) => {
      const view = await liftSuppression(contextOf(services, request), request.params.suppressionId);
      services.decisions.publish(suppressionOf(view));
      return view;
    },
  );
}
