import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { recordAudit } from '../audit/audit.js';
import { HourlyViews } from '../audit/hourly-views.js';
import { getCamera } from '../cameras/camera-store.js';
import { fetchStill, isRecorded, requireStillWatchable } from '../live/still-routes.js';
import type { ApiApp } from '../server/app-types.js';
import { binaryAnswer, errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { bestMoment } from './best-moment.js';
import { TrackParams } from './track-schemas.js';
import { getTrack } from './track-store.js';

const ThumbnailQuery = Type.Object(
  { width: Type.Optional(Type.Integer({ minimum: 64, maximum: 640, description: 'Pixels at most; default 160' })) },
  { additionalProperties: false },
);
const DEFAULT_WIDTH_PX = 160;
/** So much more than the box is shown on each side, as a share of it. */
const MARGIN = 0.15;

type ThumbnailCall = FastifyRequest<{ Params: Static<typeof TrackParams>; Querystring: Static<typeof ThumbnailQuery> }>;

/** A page of results shows many pictures of a camera: who looks at them stands in the log once an hour for each camera. */
async function recordViewing(services: ApiServices, views: HourlyViews, request: ThumbnailCall, cameraId: string, fromMs: number) {
  const { username: actor } = request.identity;
  const [atMs, subject] = [services.nowMs(), `camera:${cameraId}`];
  const detail = { fromMs, track: request.params.trackKey, thumbnails: true };
  const entry = { atMs, actor, action: 'recording.watched', subject, detail, address: request.ip } as const;
  await views.record(actor, subject, atMs, () => recordAudit(services.sql, entry));
}

async function thumbnailHandler(services: ApiServices, views: HourlyViews, request: ThumbnailCall, reply: FastifyReply): Promise<Buffer> {
  const { track, parts } = await getTrack(services.sql, request.identity, request.params.trackKey);
  const camera = await getCamera(services.sql, request.identity, track.cameraId);
  const { atMs, box } = bestMoment(parts);
  await requireStillWatchable(services, request.identity, camera, atMs);
  if (isRecorded(services, atMs)) await recordViewing(services, views, request, track.cameraId, atMs);
  const query = { atMs, box: box.join(','), margin: MARGIN, width: request.query.width ?? DEFAULT_WIDTH_PX };
  const { picture, capturedAtMs } = await fetchStill(services, track.cameraId, query);
  if (capturedAtMs !== null) reply.header('x-captured-at-ms', capturedAtMs);
  // Neither the track nor what was recorded of it changes.
  reply.header('cache-control', 'private, max-age=3600').type('image/jpeg');
  return picture;
}

/** A small picture of a track, cut from what memory or the recording of its camera still holds. */
export function thumbnailRoutes(app: ApiApp, services: ApiServices): void {
  const views = new HourlyViews();
  app.get(
    '/tracks/:trackKey/thumbnail',
    {
      config: { access: 'recording:watch' },
      schema: {
        operationId: 'getTrackThumbnail',
        summary: 'The track where it is seen largest, cut from the recording; 404 when there is none of that time any more',
        tags: ['tracks'],
        params: TrackParams,
        querystring: ThumbnailQuery,
        response: { 200: binaryAnswer('image/jpeg', 'The picture'), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    (request, reply) => thumbnailHandler(services, views, request, reply),
  );
}
