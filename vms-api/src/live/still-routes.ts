import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Identity } from '../accounts/identity.js';
import { recordAudit } from '../audit/audit.js';
import { CameraParams } from '../cameras/camera-schemas.js';
import { type CameraRow, getCamera } from '../cameras/camera-store.js';
import { WatchAudit } from '../recording/watch-audit.js';
import { requireWatchable } from '../recording/watchable.js';
import type { ApiApp } from '../server/app-types.js';
import { failure } from '../server/failure.js';
import { binaryAnswer, errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';

const TIMEOUT_MS = 10_000;
/** Pictures up to this age are live: ingest holds them in memory. */
const LIVE_MS = 60_000;
const MAX_BYTES = 20 * 1024 * 1024;

const StillQuery = Type.Object(
  {
    atMs: Type.Optional(Type.Number({ description: 'Capture time wanted, epoch ms; left out: the newest picture' })),
    width: Type.Optional(Type.Integer({ minimum: 64, maximum: 4096, description: 'Width in pixels; left out: as the camera sends it' })),
  },
  { additionalProperties: false },
);

async function askIngest(services: ApiServices, cameraId: string, query: Record<string, string | number>): Promise<Response> {
  const { address, headers } = services.ingest.reach(cameraId, `still:${cameraId}`);
  const url = new URL(`/cameras/${cameraId}/still`, address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  try {
    return await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
  } catch (cause) {
    throw failure('API_NO_INGEST', 503, `the ingest worker of camera "${cameraId}" does not answer`, cause);
  }
}

/**
 * A picture of a camera, or the part `box` of it, from memory or from the recording.
 * @throws SafecityError `API_NO_PICTURE` (404), `API_NO_INGEST` (503)
 */
export async function fetchStill(services: ApiServices, cameraId: string, query: Record<string, string | number>) {
  const response = await askIngest(services, cameraId, query);
  if (response.status === 404) throw failure('API_NO_PICTURE', 404, `there is no picture of camera "${cameraId}" for that time`);
  if (!response.ok)
    throw failure('API_NO_INGEST', 503, `the ingest worker of camera "${cameraId}" answered with status ${response.status}`);
  const picture = Buffer.from(await response.arrayBuffer());
  if (picture.length > MAX_BYTES) throw failure('API_NO_PICTURE', 404, 'the picture is larger than the API passes on');
  return { picture, capturedAtMs: response.headers.get('x-captured-at-ms') };
}

/**
 * A picture that is older than the live ones comes out of the recording: whoever watches around incidents only gets it there only.
 * @throws SafecityError `API_RECORDING_WINDOW` (403)
 */
export async function requireStillWatchable(services: ApiServices, identity: Identity, camera: CameraRow, atMs: number): Promise<void> {
  if (!isRecorded(services, atMs)) return;
  await requireWatchable(services.sql, { identity, nowMs: services.nowMs() }, camera, { fromMs: atMs, toMs: atMs });
}

/** True for a picture that comes out of the recording. */
export const isRecorded = ({ nowMs }: ApiServices, atMs: number): boolean => nowMs() - atMs > LIVE_MS;

/** Pictures one after the other show what playback does: who looks at recorded ones stands in the log as who plays them. */
async function recordWatching(
  { sql, nowMs }: ApiServices,
  watched: WatchAudit,
  request: FastifyRequest<{ Params: Static<typeof CameraParams> }>,
  atMs: number,
): Promise<void> {
  const { username } = request.identity;
  const { cameraId } = request.params;
  if (!watched.begins(username, cameraId, atMs, nowMs())) return;
  const entry = { atMs: nowMs(), actor: username, subject: `camera:${cameraId}`, address: request.ip };
  await recordAudit(sql, { ...entry, action: 'recording.watched', detail: { fromMs: atMs, stills: true } });
}

async function stillHandler(
  services: ApiServices,
  watched: WatchAudit,
  request: FastifyRequest<{ Params: Static<typeof CameraParams>; Querystring: Static<typeof StillQuery> }>,
  reply: FastifyReply,
): Promise<Buffer> {
  const { cameraId } = request.params;
  const camera = await getCamera(services.sql, request.identity, cameraId);
  const { atMs } = request.query;
  if (atMs !== undefined) await requireStillWatchable(services, request.identity, camera, atMs);
  if (atMs !== undefined && isRecorded(services, atMs)) await recordWatching(services, watched, request, atMs);
  const { picture, capturedAtMs } = await fetchStill(services, cameraId, request.query);
  if (capturedAtMs !== null) reply.header('x-captured-at-ms', capturedAtMs);
  reply.header('cache-control', 'no-store').type('image/jpeg');
  return picture;
}

/** Pictures of cameras, passed on from ingest. */
export function stillRoutes(app: ApiApp, services: ApiServices): void {
  const watched = new WatchAudit();
  app.get(
    '/cameras/:cameraId/still',
    {
      config: { access: 'video:watch' },
      schema: {
        operationId: 'getCameraStill',
        summary: 'A picture of the camera; header x-captured-at-ms tells when it was captured',
        tags: ['cameras'],
        params: CameraParams,
        querystring: StillQuery,
        response: { 200: binaryAnswer('image/jpeg', 'The picture'), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    (request, reply) => stillHandler(services, watched, request, reply),
  );
}
