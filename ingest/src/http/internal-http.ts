import { Readable } from 'node:stream';
import websocket from '@fastify/websocket';
import { checkId, type Reservation, SafecityError } from '@safecity/contracts';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { ClipCutter } from '../clips/clip-cutter.js';
import type { PieceTranscoder } from '../playback/piece-transcoder.js';
import type { ProbeDesk } from '../probe/probe-desk.js';
import type { GopRing } from '../ring/gop-ring.js';
import type { Still } from '../stills/decode-still.js';
import type { StillWanted } from '../stills/still-cutter.js';
import { type TranscodeDesk, transcodeScope } from '../transcode/transcode-desk.js';
import { box, number, requireInternalToken, requireToken, unknownCamera } from './checks.js';
import { sendLive } from './live-stream.js';
import { probeRoutes } from './probe-routes.js';
import { recordingRoutes, type ServedRecorder } from './recording-routes.js';

/** A camera as the internal HTTP sees it. */
export interface ServedCamera {
  ring: GopRing;
  simulated: boolean;
}

export interface InternalHttpOptions {
  /** Key of the internal tokens. */
  key: Buffer;
  camera(cameraId: string): ServedCamera | null;
  still(cameraId: string, ring: GopRing, wanted: StillWanted): Promise<Still>;
  reservation(reservationId: string): Promise<Reservation | null>;
  reservedFile(reservationId: string, file: string): Promise<Buffer | null>;
  recorder: ServedRecorder;
  /** The camera has privacy masks. */
  isMasked(cameraId: string): boolean;
  clips: Pick<ClipCutter, 'cut'>;
  transcodes: Pick<TranscodeDesk, 'watch' | 'input'>;
  pieces: Pick<PieceTranscoder, 'transcoded'>;
  probes: Pick<ProbeDesk, 'stream' | 'onvif' | 'search'>;
  health(): object;
}

const WIDTH = { min: 32, max: 7680 };

function answerError(error: unknown, _request: FastifyRequest, reply: FastifyReply): void {
  const known = error instanceof SafecityError;
  const status = known ? (error.httpStatus ?? 500) : ((error as { statusCode?: number }).statusCode ?? 500);
  const body = known
    ? { code: error.code, message: error.message }
    : { code: 'INGEST_INTERNAL', message: status < 500 ? 'bad request' : 'internal error' };
  void reply.code(status).send(body);
}

function cameraOf(options: InternalHttpOptions, cameraId: string): ServedCamera {
  const camera = options.camera(checkId(cameraId, 'camera id'));
  if (!camera) throw unknownCamera(cameraId);
  return camera;
}

function unknownReservation(reservationId: string): SafecityError {
  return new SafecityError('INGEST_RESERVATION_UNKNOWN', `no evidence is set aside under "${reservationId.slice(0, 64)}"`, {
    httpStatus: 404,
  });
}

function stillRoutes(app: FastifyInstance, options: InternalHttpOptions): void {
  type Query = { atMs?: string; width?: string; box?: string; margin?: string };
  app.get<{ Params: { id: string }; Querystring: Query }>('/cameras/:id/still', async (request, reply) => {
    const { id } = request.params;
    requireToken(request, options.key, `still:${id}`);
    const atMs = number(request.query.atMs, 'atMs', { min: 0, max: 8.64e15 });
    const widthPx = number(request.query.width, 'width', WIDTH);
    const part = box(request.query.box, 'box');
    const margin = number(request.query.margin, 'margin', { min: 0, max: 2 }) ?? 0;
    const still = await options.still(id, cameraOf(options, id).ring, {
      atMs,
      widthPx: widthPx === null ? null : Math.round(widthPx),
      ...(part ? { crop: { box: part, margin } } : {}),
    });
    if (still.box) reply.header('x-box', still.box.join(','));
    return reply
      .type('image/jpeg')
      .header('x-captured-at-ms', String(still.capturedAtMs))
      .header('cache-control', 'no-store')
      .send(still.jpeg);
  });
}

function reservationRoutes(app: FastifyInstance, options: InternalHttpOptions): void {
  app.get<{ Params: { id: string } }>('/reservations/:id', async (request) => {
    requireToken(request, options.key, `reservation:${request.params.id}`);
    const reservation = await options.reservation(request.params.id);
    if (!reservation) throw unknownReservation(request.params.id);
    return reservation;
  });
  app.get<{ Params: { id: string; file: string } }>('/reservations/:id/:file', async (request, reply) => {
    const { id, file } = request.params;
    requireToken(request, options.key, `reservation:${id}`);
    const bytes = await options.reservedFile(id, file);
    if (!bytes) throw unknownReservation(`${id}/${file}`);
    return reply
      .type(file.endsWith('.mp4') ? 'video/mp4' : 'image/jpeg')
      .header('cache-control', 'no-store')
      .send(bytes);
  });
}

/** True when a live stream is wanted transcoded. @throws SafecityError `CONTRACTS_INVALID` (400) */
function wantsMpeg1(form: string | undefined): boolean {
  if (form === undefined || form === 'mpeg1') return form === 'mpeg1';
  throw new SafecityError('CONTRACTS_INVALID', `as must be mpeg1 or left out; got "${form.slice(0, 40)}"`, { httpStatus: 400 });
}

function liveRoute(app: FastifyInstance, options: InternalHttpOptions): void {
  app.get<{ Params: { id: string }; Querystring: { as?: string } }>(
    '/cameras/:id/live',
    {
      websocket: true,
      preValidation: async (request) => {
        requireToken(request, options.key, `live:${request.params.id}`);
        cameraOf(options, request.params.id);
        wantsMpeg1(request.query.as);
      },
    },
    (socket, request) => {
      const { id } = request.params as { id: string };
      const camera = cameraOf(options, id);
      if (wantsMpeg1((request.query as { as?: string }).as)) options.transcodes.watch(id, camera, socket);
      else void sendLive(socket, camera.ring, camera.simulated);
    },
  );
}

/** What a transcoder reads: fragmented MP4 from the last keyframe on. ffmpeg has no place for a header, so the token is in the query. */
function transcodeInputRoute(app: FastifyInstance, options: InternalHttpOptions): void {
  app.get<{ Params: { id: string }; Querystring: { token?: string } }>('/cameras/:id/transcode-input', async (request, reply) => {
    const { id } = request.params;
    requireInternalToken(options.key, request.query.token ?? '', transcodeScope(id));
    const input = options.transcodes.input(id);
    if (!input) throw new SafecityError('INGEST_TRANSCODE_FAILED', `camera "${id}" is not being transcoded`, { httpStatus: 404 });
    return reply
      .type('video/mp4')
      .header('cache-control', 'no-store')
      .send(Readable.from(input, { objectMode: false }));
  });
}

/**
 * The internal HTTP of an ingest worker, not yet listening: live video, stills and evidence for vms-api. Everything but
 * `/health` needs an internal token of the right scope. Binds to loopback only; the caller closes it.
 */
export async function createInternalHttp(options: InternalHttpOptions): Promise<FastifyInstance> {
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.setErrorHandler(answerError);
  await app.register(websocket, { options: { maxPayload: 1024 } });
  app.get('/health', async () => options.health());
  stillRoutes(app, options);
  reservationRoutes(app, options);
  liveRoute(app, options);
  transcodeInputRoute(app, options);
  probeRoutes(app, options);
  recordingRoutes(app, { ...options, ringOf: (cameraId) => options.camera(checkId(cameraId, 'camera id'))?.ring ?? null });
  return app;
}
