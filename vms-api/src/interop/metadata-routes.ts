import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { alertScopeOf } from '../alerts/alert-scope.js';
import type { OverlayForm } from '../live/overlay-hub.js';
import { type CamerasWanted, camerasWanted, watchWanted } from '../live/socket-routes.js';
import type { ApiApp } from '../server/app-types.js';
import { errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { type DetectedAlert, isDetected, onvifEvent } from './onvif-event.js';
import { eventXml, metadataXml } from './onvif-metadata.js';
import { eventMessage, metadataMessage } from './onvif-mqtt.js';

const MetadataQuery = Type.Object(
  {
    cameras: Type.Optional(Type.String({ maxLength: 66_000, description: 'Camera ids joined by commas; left out: all that may be seen' })),
    as: Type.Optional(
      Type.Enum(['xml', 'json'], { description: 'tt:MetadataStream documents (default), or {topic, payload} as over MQTT' }),
    ),
    since: Type.Optional(Type.Integer({ minimum: 0, description: 'Largest eventId seen: events after it come first' })),
  },
  { additionalProperties: false },
);
type MetadataQuery = Static<typeof MetadataQuery>;

const FORMS: Record<'xml' | 'json', { frames: OverlayForm; events: (alert: DetectedAlert) => string }> = {
  xml: {
    frames: (message) => (message.kind === 'tracks' ? metadataXml(message.frame) : null),
    events: (alert) => eventXml(onvifEvent(alert)),
  },
  json: {
    frames: (message) => (message.kind === 'tracks' ? JSON.stringify(metadataMessage('', message.frame)) : null),
    events: (alert) => JSON.stringify({ eventId: alert.eventId, ...eventMessage('', alert.cameraId, onvifEvent(alert)) }),
  },
};

/** The metadata stream for other systems: what cameras see and what happens, as ONVIF writes it, without plates. */
export function metadataRoutes(app: ApiApp, services: ApiServices): void {
  const wantedBy = new WeakMap<FastifyRequest, CamerasWanted>();
  app.get(
    '/metadata',
    {
      websocket: true,
      config: { access: 'metadata:read' },
      // Before the upgrade, so that a camera of another unit is answered with 404.
      preHandler: async (request) => {
        wantedBy.set(request, await camerasWanted(services, request, (request.query as MetadataQuery).cameras));
      },
      schema: {
        operationId: 'metadataStream',
        summary: 'WebSocket: objects and events as ONVIF metadata (Profile M style)',
        tags: ['streams'],
        querystring: MetadataQuery,
        response: { 101: Type.Null({ description: 'Switching to WebSocket' }), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (socket, request) => {
      const { as = 'xml', since } = request.query as MetadataQuery;
      const wanted = wantedBy.get(request) as CamerasWanted;
      const { frames, events } = FORMS[as];
      const client = watchWanted(services, { socket, request, wanted, form: frames });
      if (!client) return;
      await services.alertStream
        .subscribe(client, alertScopeOf(request.identity), since, (alert) =>
          isDetected(alert) && wanted.listed?.has(alert.cameraId) !== false ? events(alert) : null,
        )
        .catch((error: unknown) => {
          request.log.error({ err: error }, 'metadata stream failed');
          client.close();
        });
    },
  );
}
