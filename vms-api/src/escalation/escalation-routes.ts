import type { FastifyRequest } from 'fastify';
import type { ApiApp } from '../server/app-types.js';
import { errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { UnitParams } from '../units/unit-schemas.js';
import { EscalationBody, EscalationOverview, EscalationSettings, InheritQuery } from './escalation-schemas.js';
import { clearSettings, type EscalationContext, escalationOverview, setSettings, settingsOf } from './escalation-settings.js';

const tags = ['units'];
const path = '/units/:unitId/escalation';

const contextOf = ({ sql, nowMs }: ApiServices, { identity, ip }: FastifyRequest): EscalationContext => ({
  ...{ sql, identity, address: ip, nowMs: nowMs() },
});

/** When alerts that nobody acknowledges are escalated. */
export function escalationRoutes(app: ApiApp, services: ApiServices): void {
  const response = { 200: EscalationSettings, ...errorAnswers(400, 401, 403, 404) };
  app.get(
    '/escalation',
    {
      config: { access: 'units:write' },
      schema: {
        operationId: 'listEscalation',
        summary: 'What holds in each of the own units, from which unit it comes, and what waits there',
        tags,
        response: { 200: EscalationOverview, ...errorAnswers(401, 403) },
      },
    },
    (request) => escalationOverview(contextOf(services, request)),
  );
  app.get(
    path,
    {
      config: { access: 'alerts:decide' },
      schema: {
        operationId: 'getEscalation',
        summary: 'After how long an alert that nobody acknowledges is escalated, and who is told',
        tags,
        params: UnitParams,
        response,
      },
    },
    (request) => settingsOf(contextOf(services, request), request.params.unitId),
  );
  app.put(
    path,
    {
      config: { access: 'units:write' },
      schema: {
        operationId: 'setEscalation',
        summary: 'Set it for a unit and what is below it',
        tags,
        params: UnitParams,
        body: EscalationBody,
        response,
      },
    },
    (request) => setSettings(contextOf(services, request), request.params.unitId, request.body),
  );
  app.delete(
    path,
    {
      config: { access: 'units:write' },
      schema: {
        operationId: 'inheritEscalation',
        summary: 'Take what holds in the unit above',
        tags,
        params: UnitParams,
        querystring: InheritQuery,
        response,
      },
    },
    (request) => clearSettings(contextOf(services, request), request.params.unitId, request.query.reason),
  );
}
