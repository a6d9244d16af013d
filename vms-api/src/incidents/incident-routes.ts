import { type EvidenceWanted, subjects } from '@safecity/contracts';
import type { FastifyRequest } from 'fastify';
import { Alert, AlertParams } from '../alerts/alert-schemas.js';
import type { DecisionContext } from '../alerts/decisions.js';
import { wakeDispatch } from '../deliveries/wake.js';
import type { ApiApp } from '../server/app-types.js';
import { errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { correctIncident } from './correct-incident.js';
import { CorrectionBody, IncidentBody } from './incident-schemas.js';
import { type OpenedIncident, openIncident } from './open-incident.js';

/**
 * Asks ingest as rules does. Not waited for: an incident is told whether or not there are pictures, and what never comes is
 * recorded with the reason by the evidence collector.
 */
function ask({ bus, logger }: ApiServices, wanted: EvidenceWanted): void {
  const messageId = `${wanted.reservationId}:${wanted.action}:${wanted.moments.map(({ name }) => name).join(',')}`;
  bus.publishDurable(subjects.evidenceWanted(wanted.cameraId), wanted, messageId).catch((error: unknown) => {
    logger.warn({ err: error, reservationId: wanted.reservationId }, 'pictures of an incident could not be asked for');
  });
}

/** Tells ingest and the centres what has become of an incident. */
function told(services: ApiServices, { alert, wanted }: OpenedIncident): Alert {
  for (const one of wanted) ask(services, one);
  services.handIncidents.tell();
  wakeDispatch(services.bus);
  return alert;
}

const contextOf = ({ sql, nowMs }: ApiServices, { identity, ip }: FastifyRequest): DecisionContext => ({
  ...{ sql, identity, address: ip, nowMs: nowMs() },
});

/** Incidents that people open. */
export function incidentRoutes(app: ApiApp, services: ApiServices): void {
  app.post(
    '/incidents',
    {
      config: { access: 'alerts:open' },
      schema: {
        operationId: 'openIncident',
        summary: 'Open an incident by hand, with a camera or without; it is told to the centres as one that was observed',
        tags: ['alerts'],
        body: IncidentBody,
        response: { 201: Alert, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const opened = await openIncident(contextOf(services, request), request.body);
      return reply.status(201).send(told(services, opened));
    },
  );
  app.patch(
    '/incidents/:alertId',
    {
      config: { access: 'alerts:open' },
      schema: {
        operationId: 'correctIncident',
        summary: 'Correct what was told of an incident opened by hand, while it is open; who was told of it gets an update',
        tags: ['alerts'],
        params: AlertParams,
        body: CorrectionBody,
        response: { 200: Alert, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    async (request) => told(services, await correctIncident(contextOf(services, request), request.params.alertId, request.body)),
  );
}
