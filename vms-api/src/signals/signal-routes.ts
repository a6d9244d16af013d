import { ControllerMessage, Id, subjects } from '@safecity/contracts';
import { Type } from 'typebox';
import type { ApiApp } from '../server/app-types.js';
import { failure } from '../server/failure.js';
import { errorAnswers, named } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { camerasOf } from './controllers.js';

const Params = Type.Object({ controllerId: Id });
const { controllerId: _fromPath, ...told } = ControllerMessage.properties;
const Body = named('ControllerStates', Type.Object(told, { additionalProperties: false }));

/**
 * For controllers and gateways that speak HTTP: what they tell goes out as the message that others send on NATS
 * themselves. Who tells it must hold every unit whose cameras rest on the controller, because it decides what they fine.
 * Nothing is stored here and no call is in the audit log: there is one a second; each sign-in of a gateway is.
 */
export function signalRoutes(app: ApiApp, { sql, bus }: ApiServices): void {
  app.post(
    '/signals/:controllerId',
    {
      config: { access: 'signals:write' },
      schema: {
        operationId: 'tellSignals',
        summary: 'States of the signal groups of a junction controller, all of them each time',
        tags: ['signals'],
        params: Params,
        body: Body,
        response: { 204: Type.Null({ description: 'Passed on' }), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { controllerId } = request.params;
      const cameras = await camerasOf(sql, controllerId);
      if (cameras.length === 0 || !cameras.every(({ unit_id }) => request.identity.unitIds.includes(unit_id)))
        throw failure('API_NOT_FOUND', 404, `there is no controller "${controllerId}" that a signal of your cameras rests on`);
      const message: ControllerMessage = { controllerId, ...request.body };
      bus.publishJson(subjects.controller(controllerId), message);
      reply.status(204);
      return null;
    },
  );
}
