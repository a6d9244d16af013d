import type { FastifyRequest } from 'fastify';
import { alertScopeOf } from '../alerts/alert-scope.js';
import type { DecisionContext } from '../alerts/decisions.js';
import { CameraParams } from '../cameras/camera-schemas.js';
import { shiftEnd } from '../desk/shifts.js';
import type { ApiApp } from '../server/app-types.js';
import { errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { DEFAULT_SITE, readSetting } from '../site/settings.js';
import { CameraFlag, FlagBody, FlagList, FlagParams, FlagQuery } from './flag-schemas.js';
import { liftFlag, listFlags, setFlag } from './flag-store.js';

const tags = ['flags'];
const access = 'cameras:flag';

function contextOf({ sql, nowMs }: ApiServices, { identity, ip: address }: FastifyRequest): DecisionContext {
  return { sql, identity, address, nowMs: nowMs() };
}

/** Cameras marked for the wall: list, set, lift. */
export function flagRoutes(app: ApiApp, services: ApiServices): void {
  app.get(
    '/flags',
    {
      config: { access: 'alerts:read' },
      schema: {
        operationId: 'listFlags',
        summary: 'Cameras of the own units that people or open grave alerts mark for the wall',
        tags,
        querystring: FlagQuery,
        response: { 200: FlagList, ...errorAnswers(400, 401, 403) },
      },
    },
    async ({ identity, query }) => {
      const { sql } = services;
      const nowMs = services.nowMs();
      const site = (await readSetting(sql, 'site')) ?? DEFAULT_SITE;
      const flags = await listFlags(sql, identity, alertScopeOf(identity), { nowMs, ...query });
      return { flags, shiftEndsMs: shiftEnd(site, nowMs) };
    },
  );
  app.post(
    '/cameras/:cameraId/flags',
    {
      config: { access },
      schema: {
        operationId: 'flagCamera',
        summary: 'Mark a camera for the wall of everybody who sees it, until a moment',
        tags,
        params: CameraParams,
        body: FlagBody,
        response: { 201: CameraFlag, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request, reply) => reply.status(201).send(await setFlag(contextOf(services, request), request.params.cameraId, request.body)),
  );
  app.post(
    '/flags/:flagId/lift',
    {
      config: { access },
      schema: {
        operationId: 'liftFlag',
        summary: 'Take a mark away now',
        tags,
        params: FlagParams,
        response: { 200: CameraFlag, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    (request) => liftFlag(contextOf(services, request), request.params.flagId),
  );
}
