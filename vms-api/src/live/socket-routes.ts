import { CameraStatus, TracksFrame } from '@safecity/contracts';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { WebSocket } from 'ws';
import { sessionAlive } from '../accounts/sessions.js';
import { AlertStreamMessage } from '../alerts/alert-schemas.js';
import { alertScopeOf } from '../alerts/alert-scope.js';
import { CameraParams } from '../cameras/camera-schemas.js';
import { getCamera, listCameras } from '../cameras/camera-store.js';
import type { ApiApp } from '../server/app-types.js';
import { BoundedSocket } from '../server/bounded-socket.js';
import { notFound } from '../server/failure.js';
import { errorAnswers, named } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { proxyLive } from './live-proxy.js';

const SESSION_CHECK_MS = 30_000;
const PING_MS = 20_000;
const POLICY_VIOLATION = 1008;

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

/** Ends a socket whose session has ended or whose other side has gone without a word. */
function supervise(services: ApiServices, socket: WebSocket, request: FastifyRequest): void {
  let answered = true;
  const access = request.routeOptions.config.access ?? 'session';
  socket.on('pong', () => {
    answered = true;
  });
  const pings = setInterval(() => {
    if (!answered) socket.terminate();
    answered = false;
    socket.ping();
  }, PING_MS);
  const checks = setInterval(async () => {
    const alive = await sessionAlive(services.sql, request.identity, access, services.nowMs()).catch(() => true);
    if (!alive) socket.close(POLICY_VIOLATION, 'the session has ended, or other rights hold');
  }, SESSION_CHECK_MS);
  socket.once('close', () => {
    clearInterval(pings);
    clearInterval(checks);
  });
}

async function overlayCameras(services: ApiServices, request: FastifyRequest, wanted: string | undefined): Promise<string[]> {
  const rows = await listCameras(services.sql, request.identity);
  const allowed = new Set(rows.map((row) => row.id));
  if (wanted === undefined) return [...allowed];
  const ids = [...new Set(wanted.split(',').filter(Boolean))];
  const stranger = ids.find((id) => !allowed.has(id));
  if (stranger !== undefined) throw notFound('camera', stranger);
  return ids;
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
      supervise(services, socket, request);
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
  const cameraIds = new WeakMap<FastifyRequest, string[]>();
  app.get(
    '/overlay',
    {
      websocket: true,
      config: { access: 'video:watch' },
      // Before the upgrade, so that a camera of another unit is answered with 404.
      preHandler: async (request) => {
        cameraIds.set(request, await overlayCameras(services, request, (request.query as { cameras?: string }).cameras));
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
      supervise(services, socket, request);
      services.overlay.subscribe(new BoundedSocket(socket), cameraIds.get(request) ?? [], {
        // What shows no plates in one place shows none at all here.
        plates: alertScopeOf(request.identity).every(({ plates }) => plates),
      });
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
      supervise(services, socket, request);
      const { cameraId } = request.params as { cameraId: string };
      const { as } = request.query as Static<typeof LiveQuery>;
      proxyLive({ socket, cameraId, form: as, ingest: services.ingest, logger: services.logger });
    },
  );
}

/** The WebSockets. Each authenticates by the session cookie, checks Origin, and ends with its session. */
export function socketRoutes(app: ApiApp, services: ApiServices): void {
  alertStreamRoute(app, services);
  overlayRoute(app, services);
  liveRoute(app, services);
}
