import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { RecordingLock } from '@safecity/contracts';
import { departureOf } from '@safecity/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { type AuditAction, recordAudit } from '../audit/audit.js';
import { CameraParams } from '../cameras/camera-schemas.js';
import { type CameraRow, getCamera } from '../cameras/camera-store.js';
import { refuseHeldLock } from '../holds/hold-store.js';
import type { ApiApp } from '../server/app-types.js';
import { invalidRequest } from '../server/failure.js';
import { binaryAnswer, EpochMs, errorAnswers, named } from '../server/schemas.js';
import { checkSpan, type LongestSpan } from '../server/span.js';
import type { ApiServices } from '../services.js';
import { DEFAULT_SITE, readSetting } from '../site/settings.js';
import { bookmarkRoutes } from './bookmark-routes.js';
import { exportName } from './export-name.js';
import { exportZip } from './export-zip.js';
import { exportedParts } from './exported-parts.js';
import { playedPart } from './played-part.js';
import { noAnswer } from './recording-holders.js';
import { lockRecording, unlockRecording } from './recording-locks.js';
import type { Stretch } from './stretches.js';
import { timelineOf } from './timeline.js';
import { Timeline } from './timeline-schemas.js';
import { WatchAudit } from './watch-audit.js';
import { requireWatchable } from './watchable.js';

/** Longest file that is given at once. */
const LONGEST_EXPORT = { minutes: 30 };
/** Longest timeline that is given at once. */
const LONGEST_TIMELINE = { days: 31 };

const Reason = Type.String({ minLength: 3, maxLength: 500, description: 'Why; stands in the audit log' });
const range = { fromMs: EpochMs, toMs: EpochMs };
const TimelineQuery = Type.Object(
  {
    ...range,
    steps: Type.Optional(Type.Integer({ minimum: 1, maximum: 2000, description: 'Steps of the curve of motion; left out: no curve' })),
  },
  { additionalProperties: false },
);
const PlayQuery = Type.Object(
  {
    fromMs: EpochMs,
    forMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 600_000, description: 'How much is wanted; default 10 s' })),
    pictures: Type.Optional(Type.Enum(['all', 'keyframes'], { description: 'Keyframes alone, each until the next, for high speeds' })),
    plays: Type.Optional(
      Type.Enum(['recorded', 'h264'], {
        description: 'What the browser plays: with h264, what was recorded in H.265 is encoded anew, smaller; default: as it was recorded',
      }),
    ),
  },
  { additionalProperties: false },
);
const ExportBody = Type.Object({ ...range, reason: Reason }, { additionalProperties: false });
const LockBody = Type.Object(
  {
    ...range,
    reason: Reason,
    untilMs: Type.Optional({ ...EpochMs, description: 'From then on it keeps nothing any more; left out: until it is released' }),
  },
  { additionalProperties: false },
);
const LockParams = Type.Object({ ...CameraParams.properties, lockId: RecordingLock.properties.lockId });

const access = 'recording:watch';
const tags = ['recording'];
const errors = errorAnswers(400, 401, 403, 404, 409);

type Call<Parts extends object> = FastifyRequest<{ Params: Static<typeof CameraParams> } & Parts>;

const who = (services: ApiServices, { identity }: FastifyRequest) => ({ identity, nowMs: services.nowMs() });

/** @throws SafecityError `API_NOT_FOUND` for a camera of another unit, `API_INVALID` for a range that ends before it begins */
async function checked(services: ApiServices, request: Call<object>, wanted?: Stretch, longest?: LongestSpan): Promise<CameraRow> {
  const camera = await getCamera(services.sql, request.identity, request.params.cameraId);
  if (wanted) checkSpan(wanted, longest);
  return camera;
}

function audit(services: ApiServices, request: FastifyRequest, action: AuditAction, cameraId: string, detail: Record<string, unknown>) {
  const { username } = request.identity;
  return recordAudit(services.sql, {
    ...{ atMs: services.nowMs(), actor: username, action, subject: `camera:${cameraId}` },
    ...{ detail, address: request.ip },
  });
}

function pass(answer: Response, reply: FastifyReply, names: string[]): void {
  for (const name of names) {
    const value = answer.headers.get(name);
    if (value !== null) reply.header(name, value);
  }
  reply.header('cache-control', 'no-store').type('video/mp4');
}

type PlayCall = Call<{ Querystring: Static<typeof PlayQuery> }>;

async function playHandler(services: ApiServices, watched: WatchAudit, request: PlayCall, reply: FastifyReply) {
  const { fromMs, ...form } = request.query;
  const camera = await checked(services, request);
  const window = await requireWatchable(services.sql, who(services, request), camera, { fromMs, toMs: fromMs });
  const query = {
    fromMs,
    ...form,
    ...(Number.isFinite(window.toMs) ? { beforeMs: window.toMs } : {}),
  };
  const { answer, nextMs } = await playedPart(services, camera, query, departureOf(reply.raw));
  // Before the first byte goes out: nothing is watched that is not in the log.
  if (watched.begins(request.identity.username, camera.id, fromMs, services.nowMs()))
    await audit(services, request, 'recording.watched', camera.id, { fromMs });
  pass(answer, reply, ['x-codec', 'x-from-ms', 'x-to-ms', 'x-size', 'x-recorded-codec', 'x-recorded-size']);
  if (nextMs !== null) reply.header('x-next-ms', nextMs);
  const bytes = await answer.arrayBuffer().catch(() => {
    throw noAnswer(camera.id);
  });
  return Buffer.from(bytes);
}

async function exportHandler(services: ApiServices, request: Call<{ Body: Static<typeof ExportBody> }>, reply: FastifyReply) {
  const { reason, ...wanted } = request.body;
  const camera = await checked(services, request, wanted, LONGEST_EXPORT);
  await requireWatchable(services.sql, who(services, request), camera, wanted);
  const { parts, away } = await exportedParts(services, camera, wanted);
  const missing = [...new Set(away.map(({ workerId }) => workerId))];
  const sha256 = parts.map((part) => part.sha256).join(', ');
  // Before the first byte goes out: nothing leaves that is not in the log.
  await audit(services, request, 'recording.exported', camera.id, {
    ...wanted,
    reason,
    sha256,
    ...(missing.length > 0 ? { missing } : {}),
  });
  const { zoneOffsetMinutes } = (await readSetting(services.sql, 'site')) ?? DEFAULT_SITE;
  const nameOf = (range: Stretch, ending: string) => exportName(camera.id, range, zoneOffsetMinutes, ending);
  const attachment = (name: string) => reply.header('content-disposition', `attachment; filename="${name}"`);
  if (missing.length > 0) reply.header('x-missing', missing.join(', '));
  const [only, ...others] = parts;
  if (only && others.length === 0) {
    pass(only.answer, reply, ['x-from-ms', 'x-to-ms', 'x-sha256', 'content-length']);
    attachment(nameOf(wanted, 'mp4'));
    return Readable.fromWeb(only.answer.body as ReadableStream);
  }
  reply.header('x-sha256', sha256).header('cache-control', 'no-store').type('application/zip');
  attachment(nameOf(wanted, 'zip'));
  return exportZip(
    parts.map((part) => ({ ...part, name: nameOf(part, 'mp4') })),
    services.nowMs(),
  );
}

function videoRoutes(app: ApiApp, services: ApiServices): void {
  const watched = new WatchAudit();
  app.get(
    '/cameras/:cameraId/recording/timeline',
    {
      config: { access },
      schema: {
        operationId: 'getRecordingTimeline',
        summary: 'A camera between two capture times: recorded spans, gaps with their reason, motion, alerts, bookmarks, locks',
        ...{ tags, params: CameraParams, querystring: TimelineQuery, response: { 200: Timeline, ...errors } },
      },
    },
    async (request) => {
      const camera = await checked(services, request, request.query, LONGEST_TIMELINE);
      return timelineOf(services, request.identity, camera, request.query);
    },
  );
  app.get(
    '/cameras/:cameraId/recording/play',
    {
      config: { access },
      schema: {
        operationId: 'playRecording',
        summary:
          'Recorded video from the keyframe at or before fromMs on, in a gap from the first after it: fragmented MP4 whose media time is ' +
          'capture time, seconds since 1970. x-next-ms is where to go on; without it nothing more is recorded yet. Encoded anew (plays=h264) ' +
          'it begins with the picture at fromMs; x-size is then the size of the pictures, x-recorded-codec and x-recorded-size what was recorded',
        ...{ tags, params: CameraParams, querystring: PlayQuery, response: { 200: binaryAnswer('video/mp4', 'The video'), ...errors } },
      },
    },
    (request, reply) => playHandler(services, watched, request, reply),
  );
  app.post(
    '/cameras/:cameraId/recording/export',
    {
      config: { access: 'recording:export' },
      schema: {
        operationId: 'exportRecording',
        summary:
          'Recorded video as one file, a stream copy from the keyframe before on, at most 30 minutes; each is in the audit log. When several ' +
          'ingest workers hold it, a zip with a file of each and their hashes; x-missing names workers that do not answer',
        ...{ tags, params: CameraParams, body: ExportBody, response: { 200: binaryAnswer('video/mp4', 'The video'), ...errors } },
      },
    },
    (request, reply) => exportHandler(services, request, reply),
  );
}

function lockRoutes(app: ApiApp, services: ApiServices): void {
  app.post(
    '/cameras/:cameraId/recording/locks',
    {
      config: { access },
      schema: {
        operationId: 'lockRecording',
        summary: 'Keeps a stretch from being deleted; the same stretch again is the same lock',
        ...{ tags, params: CameraParams, body: LockBody, response: { 200: named('RecordingLock', RecordingLock), ...errors } },
      },
    },
    async (request) => {
      const { id: cameraId, ...camera } = await checked(services, request, request.body);
      await requireWatchable(services.sql, who(services, request), { id: cameraId, ...camera }, request.body);
      const { untilMs } = request.body;
      if (untilMs !== undefined && untilMs <= services.nowMs())
        throw invalidRequest({ path: 'untilMs', code: 'future', message: 'must be in the future' });
      const body = { ...request.body, owner: request.identity.username };
      return lockRecording(services, cameraId, body, ({ lockId }) =>
        audit(services, request, 'recording.locked', cameraId, { ...request.body, lockId }),
      );
    },
  );
  app.delete(
    '/cameras/:cameraId/recording/locks/:lockId',
    {
      config: { access: 'recording:export' },
      schema: {
        operationId: 'unlockRecording',
        summary: 'Releases a lock; what it kept is deleted when its time is over',
        ...{ tags, params: LockParams, response: { 204: Type.Null({ description: 'Released' }), ...errors } },
      },
    },
    async (request, reply) => {
      const { id: cameraId } = await checked(services, request);
      const { lockId } = request.params;
      await refuseHeldLock(services.sql, cameraId, lockId);
      await unlockRecording(services, cameraId, lockId);
      await audit(services, request, 'recording.unlocked', cameraId, { lockId });
      reply.status(204);
      return null;
    },
  );
}

/** Recordings of cameras, passed on from ingest to who may watch them. */
export function recordingRoutes(app: ApiApp, services: ApiServices): void {
  videoRoutes(app, services);
  lockRoutes(app, services);
  bookmarkRoutes(app, services);
}
