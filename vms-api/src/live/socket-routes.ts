import { CameraStatus, TracksFrame } from '@safecity/contracts';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { WebSocket } from 'ws';
import { AlertStreamMessage } from '../alerts/alert-schemas.js';
import { alertScopeOf } from '../alerts/alert-scope.js';
import { CameraParams } from '../cameras/camera-schemas.js';
import { getCamera, listCameraIds } from '../cameras/camera-store.js';
import type { ApiApp } from '../server/app-types.js';
import { BoundedSocket } from '../server/bounded-socket.js';
import { notFound } from '../server/failure.js';
import { errorAnswers, named } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { proxyLive } from './live-proxy.js';
import { closeUnseen, type FollowCameras } from './open-sockets.js';
import { FULL, type OverlayForm, WITHOUT_PLATES } from './overlay-hub.js';

const tags = ['streams'];
const EventQuery = Type.Object(
  { since: Type.Optional(Type.Integer({ minimum: 0, description: 'Largest eventId seen' })) },
  { additionalProperties: false },
);
const OverlayQuery = Type.Object(
  {
    cameras: Type.Optional(Type.String({ maxLength: 66_000, description: 'Camera ids joined by commas; left out: all of the own units' })),
  },
  { additionalProperties: false },
);
const LiveQuery = Type.Object(
  { as: Type.Optional(Type.Literal('mpeg1', { description: 'Transcoded to MPEG-1, for browsers that cannot play the camera’s codec' })) },
  { additionalProperties: false },
);
const OverlayMessage = named(
  'OverlayMessage',
  Type.Union([
    Type.Object({ kind: Type.Literal('tracks'), frame: named('TracksFrame', TracksFrame) }),
    Type.Object({ kind: Type.Literal('status'), status: named('CameraStatus', CameraStatus) }),
  ]),
);

/** What the WebSockets carry as JSON, for the OpenAPI document. */
export const STREAM_MESSAGES = [AlertStreamMessage, OverlayMessage];

/** What somebody asked to see: these cameras, or all that may be seen at the time. */
export interface CamerasWanted {
  /** The cameras of the list; undefined: no list was given. */
  listed: ReadonlySet<string> | undefined;
  /** Those that might be seen when the request came. */
  atFirst: ReadonlySet<string>;
}

/** Reads a list of cameras, each of which must be in sight. @throws SafecityError `API_NOT_FOUND` */
export async function camerasWanted(services: ApiServices, request: FastifyRequest, wanted: string | undefined): Promise<CamerasWanted> {
  const allowed = new Set(await listCameraIds(services.sql, request.identity));
  if (wanted === undefined) return { listed: undefined, atFirst: allowed };
  const listed = new Set(wanted.split(',').filter(Boolean));
  const stranger = [...listed].find((id) => !allowed.has(id));
  if (stranger !== undefined) throw notFound('camera', stranger);
  return { listed, atFirst: listed };
}

/** Sends what is wanted of each camera on a socket for as long as the camera may be seen. */
export function watchWanted(
  { overlay, sockets }: ApiServices,
  { socket, request, wanted, form }: { socket: WebSocket; request: FastifyRequest; wanted: CamerasWanted; form: OverlayForm },
): BoundedSocket | null {
  const client = new BoundedSocket(socket);
  const stillWanted = (allowed: ReadonlySet<string>) =>
    wanted.listed ? new Set([...wanted.listed].filter((id) => allowed.has(id))) : allowed;
  const follow: FollowCameras = (allowed) => overlay.watch(client, stillWanted(allowed), form);
  if (!sockets.add(socket, request, follow)) return null;
  overlay.watch(client, wanted.atFirst, form);
  return client;
}

function alertStreamRoute(app: ApiApp, services: ApiServices): void {
  app.get(
    '/alerts/stream',
    {
      websocket: true,
      config: { access: 'alerts:read' },
      schema: {
        operationId: 'alertStream',
        summary: 'WebSocket: every change of an alert, first those after `since`',
        tags,
        querystring: EventQuery,
        response: { 101: AlertStreamMessage, ...errorAnswers(400, 401, 403) },
      },
    },
    async (socket, request) => {
      if (!services.sockets.add(socket, request)) return;
      const client = new BoundedSocket(socket);
      const { since } = request.query as { since?: number };
      await services.alertStream.subscribe(client, alertScopeOf(request.identity), since).catch((error: unknown) => {
        request.log.error({ err: error }, 'alert stream failed');
        client.close();
      });
    },
  );
}

function overlayRoute(app: ApiApp, services: ApiServices): void {
  const wantedBy = new WeakMap<FastifyRequest, CamerasWanted>();
  app.get(
    '/overlay',
    {
      websocket: true,
      config: { access: 'video:watch' },
      // Before the upgrade, so that a camera of another unit is answered with 404.
      preHandler: async (request) => {
        wantedBy.set(request, await camerasWanted(services, request, (request.query as { cameras?: string }).cameras));
      },
      schema: {
        operationId: 'overlay',
        summary: 'WebSocket: tracks and camera statuses',
        tags,
        querystring: OverlayQuery,
        response: { 101: OverlayMessage, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    (socket, request) => {
      // Who sees no plates in one place sees none at all here.
      const plates = alertScopeOf(request.identity).every((part) => part.plates);
      const wanted = wantedBy.get(request) as CamerasWanted;
      watchWanted(services, { socket, request, wanted, form: plates ? FULL : WITHOUT_PLATES });
    },
  );
}

function liveRoute(app: ApiApp, services: ApiServices): void {
  app.get(
    '/cameras/:cameraId/live',
    {
      websocket: true,
      config: { access: 'video:watch' },
      preHandler: async (request) => {
        await getCamera(services.sql, request.identity, (request.params as { cameraId: string }).cameraId);
      },
      schema: {
        operationId: 'liveVideo',
        summary: 'WebSocket: live video as binary messages (u32 header length, header JSON, payload): init, then fragments',
        tags,
        params: CameraParams,
        querystring: LiveQuery,
        response: { 101: Type.Null({ description: 'Switching to WebSocket' }), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    (socket, request) => {
      const { cameraId } = request.params as { cameraId: string };
      const follow: FollowCameras = (allowed) => void (allowed.has(cameraId) || closeUnseen(socket));
      if (!services.sockets.add(socket, request, follow)) return;
      const { as } = request.query as Static<typeof LiveQuery>;
      proxyLive({ socket, cameraId, form: as, ingest: services.ingest, logger: services.logger });
    },
  );
}

/** The WebSockets. Each authenticates by the session cookie, checks Origin, ends with its session, and follows its rights. */
export function socketRoutes(app: ApiApp, services: ApiServices): void {
  alertStreamRoute(app, services);
  overlayRoute(app, services);
  liveRoute(app, services);
}
