import { type EvidenceWanted, subjects } from '@safecity/contracts';
import { Alert } from '../alerts/alert-schemas.js';
import { wakeDispatch } from '../deliveries/wake.js';
import type { ApiApp } from '../server/app-types.js';
import { errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { IncidentBody } from './incident-schemas.js';
import { openIncident } from './open-incident.js';

/**
 * Asks ingest as rules does. Not waited for: an incident is told whether or not there are pictures, and what never comes is
 * recorded with the reason by the evidence collector.
 */
function reserve({ bus, logger }: ApiServices, wanted: EvidenceWanted): void {
  const messageId = `${wanted.reservationId}:reserve:${wanted.moments.map(({ name }) => name).join(',')}`;
  bus.publishDurable(subjects.evidenceWanted(wanted.cameraId), wanted, messageId).catch((error: unknown) => {
    logger.warn({ err: error, reservationId: wanted.reservationId }, 'pictures of an incident could not be asked for');
  });
}

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
      const { sql, bus } = services;
      const context = { sql, identity: request.identity, address: request.ip, nowMs: services.nowMs() };
      const { alert, wanted } = await openIncident(context, request.body);
      if (wanted) reserve(services, wanted);
      services.handIncidents.tell();
      wakeDispatch(bus);
      return reply.status(201).send(alert);
    },
  );
}
