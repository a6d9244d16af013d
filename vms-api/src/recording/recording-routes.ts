import { RecordingLock, RecordingTimeline } from '@safecity/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { type AuditAction, recordAudit } from '../audit/audit.js';
import { CameraParams } from '../cameras/camera-schemas.js';
import { getCamera } from '../cameras/camera-store.js';
import type { ApiApp } from '../server/app-types.js';
import { failure } from '../server/failure.js';
import { binaryAnswer, EpochMs, errorAnswers, named } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { askRecording } from './recording-client.js';

const Range = Type.Object({ fromMs: EpochMs, toMs: EpochMs }, { additionalProperties: false });
const LockBody = Type.Object(
  {
    fromMs: EpochMs,
    toMs: EpochMs,
    reason: Type.String({ minLength: 3, maxLength: 500, description: 'Why it must be kept; stands in the audit log' }),
  },
  { additionalProperties: false },
);
const LockParams = Type.Object({ ...CameraParams.properties, lockId: RecordingLock.properties.lockId });

const access = 'video:watch';
const tags = ['recording'];
const errors = errorAnswers(400, 401, 403, 404, 503);

type Call<Parts extends object> = FastifyRequest<{ Params: Static<typeof CameraParams> } & Parts>;

/** @throws SafecityError `API_NOT_FOUND` for a camera of another unit, `API_INVALID` for a range that ends before it begins */
async function checked(services: ApiServices, request: Call<object>, range?: Static<typeof Range>): Promise<string> {
  await getCamera(services.sql, request.identity, request.params.cameraId);
  if (range && range.toMs <= range.fromMs) throw failure('API_INVALID', 400, 'toMs must be later than fromMs');
  return request.params.cameraId;
}

function audit(services: ApiServices, request: FastifyRequest, action: AuditAction, cameraId: string, detail: Record<string, unknown>) {
  const { username } = request.identity;
  return recordAudit(services.sql, {
    ...{ atMs: services.nowMs(), actor: username, action, subject: `camera:${cameraId}` },
    ...{ detail, address: request.ip },
  });
}

async function spanHandler(services: ApiServices, request: Call<{ Querystring: Static<typeof Range> }>, reply: FastifyReply) {
  const range = request.query;
  const cameraId = await checked(services, request, range);
  const answer = await askRecording(services.ingest, cameraId, { path: '/span', query: range });
  // Before the first byte goes out: nothing leaves that is not in the log.
  const sha256 = answer.headers.get('x-sha256');
  await audit(services, request, 'recording.exported', cameraId, { ...range, sha256 });
  for (const name of ['x-from-ms', 'x-to-ms', 'x-sha256']) {
    const value = answer.headers.get(name);
    if (value !== null) reply.header(name, value);
  }
  const name = `${cameraId}-${new Date(range.fromMs).toISOString().replaceAll(/[:.]/g, '-')}.mp4`;
  reply.header('cache-control', 'no-store').header('content-disposition', `attachment; filename="${name}"`).type('video/mp4');
  return Buffer.from(await answer.arrayBuffer());
}

function videoRoutes(app: ApiApp, services: ApiServices): void {
  app.get(
    '/cameras/:cameraId/recording/timeline',
    {
      config: { access },
      schema: {
        operationId: 'getRecordingTimeline',
        summary: 'What is recorded of a camera between two capture times: spans, gaps with their reason, locks',
        tags,
        params: CameraParams,
        querystring: Range,
        response: { 200: named('RecordingTimeline', RecordingTimeline), ...errors },
      },
    },
    async (request) => {
      const cameraId = await checked(services, request, request.query);
      const answer = await askRecording(services.ingest, cameraId, { path: '/timeline', query: request.query });
      return (await answer.json()) as RecordingTimeline;
    },
  );
  app.get(
    '/cameras/:cameraId/recording/span',
    {
      config: { access },
      schema: {
        operationId: 'getRecordingSpan',
        summary: 'Recorded video as one file, a stream copy from the keyframe before on; each download is recorded',
        tags,
        params: CameraParams,
        querystring: Range,
        response: { 200: binaryAnswer('video/mp4', 'The video'), ...errors },
      },
    },
    (request, reply) => spanHandler(services, request, reply),
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
        tags,
        params: CameraParams,
        body: LockBody,
        response: { 200: named('RecordingLock', RecordingLock), ...errors },
      },
    },
    async (request) => {
      const cameraId = await checked(services, request, request.body);
      const body = { ...request.body, owner: request.identity.username };
      const answer = await askRecording(services.ingest, cameraId, { method: 'POST', path: '/locks', body });
      const lock = (await answer.json()) as RecordingLock;
      await audit(services, request, 'recording.locked', cameraId, { ...request.body, lockId: lock.lockId });
      return lock;
    },
  );
  app.delete(
    '/cameras/:cameraId/recording/locks/:lockId',
    {
      config: { access },
      schema: {
        operationId: 'unlockRecording',
        summary: 'Releases a lock; what it kept is deleted when its time is over',
        tags,
        params: LockParams,
        response: { 204: Type.Null({ description: 'Released' }), ...errors },
      },
    },
    async (request, reply) => {
      const cameraId = await checked(services, request);
      const { lockId } = request.params;
      await askRecording(services.ingest, cameraId, { method: 'DELETE', path: `/locks/${lockId}` });
      await audit(services, request, 'recording.unlocked', cameraId, { lockId });
      reply.status(204);
      return null;
    },
  );
}

/** Recordings of cameras, passed on from ingest to who may watch the camera. */
export function recordingRoutes(app: ApiApp, services: ApiServices): void {
  videoRoutes(app, services);
  lockRoutes(app, services);
}
