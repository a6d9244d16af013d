import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { HourlyViews } from '../audit/hourly-views.js';
import { askForClipMask, ClipMask } from '../derivatives/clip-masks.js';
import { readOriginal } from '../derivatives/masked-copies.js';
import type { ApiApp } from '../server/app-types.js';
import { failure, notFound } from '../server/failure.js';
import { AlertId, binaryAnswer, errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import type { ClipRow, FullAlertRow } from './alert-rows.js';
import { OriginalQuery } from './alert-schemas.js';
import { alertScopeOf } from './alert-scope.js';
import { getAlertRow } from './alert-store.js';
import { checkOriginal, recordView } from './evidence-route.js';

const ClipParams = Type.Object({
  alertId: AlertId,
  file: Type.String({ pattern: '^clip-[a-z][a-z0-9-]{0,39}-[0-9a-f]{16}\\.mp4$' }),
});

/** First and last byte wanted (RFC 9110 14.1.2, one range); null when the header is absent or means nothing. */
export function byteRange(header: string | undefined, size: number): { first: number; last: number } | 'beyond' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (!match[1] && !match[2])) return null;
  const first = match[1] ? Number(match[1]) : Math.max(0, size - Number(match[2]));
  const last = match[1] && match[2] ? Math.min(Number(match[2]), size - 1) : size - 1;
  if (first >= size || (!match[1] && Number(match[2]) === 0)) return 'beyond';
  return last < first ? null : { first, last };
}

type ClipCall = FastifyRequest<{ Params: Static<typeof ClipParams>; Querystring: Static<typeof OriginalQuery> }>;

/** The file that is played, and what it is. */
interface Played {
  file: string;
  sha256: string;
  size_bytes: number;
  shows: 'original' | 'masked';
}

function clipOf(row: FullAlertRow, file: string): ClipRow {
  const clip = row.clips.find((candidate) => candidate.file === file);
  if (!clip) throw notFound('clip', file);
  return clip;
}

const maskedOf = (row: FullAlertRow, file: string) =>
  row.derivatives.find((one) => one.kind === 'masked' && (one.source_file === file || one.file === file) && one.file.endsWith('.mp4'));

/**
 * Why the masked copy of a clip cannot be had now: it is asked for by this.
 * @throws SafecityError always: `API_CLIP_MASK_PENDING`, or what keeps it from being made
 */
async function refuseUnmade({ sql, nowMs, clipMasker }: ApiServices, alertId: string, clip: ClipRow): Promise<never> {
  const { state, progress, code, reason } = await askForClipMask(sql, alertId, clip, nowMs());
  clipMasker.wake();
  if (state === 'failed') throw unmaskable(code, reason);
  throw clipPending(clip.name, progress);
}

/** The masked copy of a clip is being made. @param progress 0..1 */
export function clipPending(name: string, progress: number): Error {
  const percent = Math.round(progress * 100);
  return failure('API_CLIP_MASK_PENDING', 409, `the masked copy of ${name} is not made yet (${percent} %): ask again in some seconds`);
}

/** What lies in the clip stays so; everything else may pass. */
function unmaskable(code: string | null, reason: string | null): Error {
  const why = reason ?? 'the masked copy could not be made';
  if (code === 'API_CLIP_UNREADABLE' || code === 'API_CLIP_TOO_LONG') return failure(code, 409, why);
  return failure('API_MASK_UNAVAILABLE', 503, why);
}

async function played(services: ApiServices, request: ClipCall, row: FullAlertRow): Promise<Played> {
  const { file } = request.params;
  if (request.query.reason !== undefined) {
    checkOriginal(request, row);
    return { ...clipOf(row, file), shows: 'original' };
  }
  const masked = maskedOf(row, file);
  return masked ? { ...masked, shows: 'masked' } : refuseUnmade(services, row.id, clipOf(row, file));
}

/**
 * A player reads a clip in many pieces: its beginning stands for the view of an original each time, a later piece when nothing of the
 * clip was asked for in that hour.
 */
function recordPart(services: ApiServices, views: HourlyViews, request: ClipCall, shows: Played['shows'], isBeginning: boolean) {
  const write = () => recordView(services, views, request, shows);
  if (shows !== 'original') return write();
  const { alertId, file } = request.params;
  return views[isBeginning ? 'begin' : 'record'](request.identity.username, `alert:${alertId}/${file}`, services.nowMs(), write);
}

async function clipHandler(services: ApiServices, views: HourlyViews, request: ClipCall, reply: FastifyReply) {
  const row = await getAlertRow(services.sql, alertScopeOf(request.identity), request.params.alertId);
  const clip = await played(services, request, row);
  const range = byteRange(request.headers.range, clip.size_bytes);
  reply.header('cache-control', clip.shows === 'original' ? 'no-store' : 'private, max-age=3600, immutable');
  reply.header('etag', `"${clip.sha256}"`);
  reply.header('accept-ranges', 'bytes').type('video/mp4');
  if (range === 'beyond') return reply.code(416).header('content-range', `bytes */${clip.size_bytes}`).send(Buffer.alloc(0));
  const whole = range === null || range.first === 0;
  const bytes = whole ? await readOriginal(services.evidence, row.id, clip) : await services.evidence.readSpan(row.id, clip.file, range);
  if (!bytes) throw notFound('clip', clip.file);
  await recordPart(services, views, request, clip.shows, whole);
  if (range === null) return bytes;
  reply.code(206).header('content-range', `bytes ${range.first}-${range.last}/${clip.size_bytes}`);
  return whole ? bytes.subarray(0, range.last + 1) : bytes;
}

function maskRoute(app: ApiApp, services: ApiServices): void {
  app.post(
    '/alerts/:alertId/clips/:file/masked',
    {
      config: { access: 'evidence:read' },
      schema: {
        operationId: 'maskClip',
        summary: 'Asks for the masked copy of a clip and says how far it is; asked again, it says so again. It is made once',
        tags: ['alerts'],
        params: ClipParams,
        response: { 200: ClipMask, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const { sql, nowMs, clipMasker } = services;
      const { alertId, file } = request.params;
      const row = await getAlertRow(sql, alertScopeOf(request.identity), alertId);
      const mask = await askForClipMask(sql, alertId, clipOf(row, file), nowMs());
      clipMasker.wake();
      return mask;
    },
  );
}

/** Clips of alerts, with byte ranges so that a player can seek: masked for everybody, with a reason as they were stored. */
export function clipRoutes(app: ApiApp, services: ApiServices, views: HourlyViews): void {
  const video = binaryAnswer('video/mp4', 'The clip, or the range of it that was asked for');
  app.get(
    '/alerts/:alertId/clips/:file',
    {
      config: { access: 'evidence:read' },
      schema: {
        operationId: 'getClip',
        summary:
          'A clip of an alert with faces and plates of others masked in every picture (409 while that copy is being made); with a reason, and the permission evidence:original, the stream copy as it was hashed. Views of masked clips are recorded once an hour for each person and alert, of originals each time',
        tags: ['alerts'],
        params: ClipParams,
        querystring: OriginalQuery,
        response: { 200: video, 206: video, 416: video, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    (request, reply) => clipHandler(services, views, request, reply),
  );
  maskRoute(app, services);
}
