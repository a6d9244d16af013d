import { createHash } from 'node:crypto';
import { Type } from 'typebox';
import { recordAudit } from '../audit/audit.js';
import type { Transaction } from '../database/connection.js';
import { fetchStill } from '../live/still-routes.js';
import type { ApiApp } from '../server/app-types.js';
import { failure } from '../server/failure.js';
import { binaryAnswer, errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { CameraItem, CameraParams } from './camera-schemas.js';
import { getCamera } from './camera-store.js';
import { itemOf } from './camera-view.js';
import { getReference, storeReference } from './reference-pictures.js';

const tags = ['cameras'];
const WIDTH_PX = 1280;

function takeRoute(app: ApiApp, services: ApiServices): void {
  app.put(
    '/cameras/:cameraId/reference-picture',
    {
      config: { access: 'cameras:write' },
      schema: {
        operationId: 'takeReferencePicture',
        summary: 'Keep the picture that the camera gives now as its intended view',
        tags,
        params: CameraParams,
        response: { 200: CameraItem, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const { cameraId } = request.params;
      const row = await getCamera(services.sql, request.identity, cameraId);
      const { picture, capturedAtMs } = await fetchStill(services, cameraId, { width: WIDTH_PX });
      const { username } = request.identity;
      const sha256 = createHash('sha256').update(picture).digest('hex');
      const takenAtMs = services.nowMs();
      await services.sql.begin(async (transaction: Transaction) => {
        const kept = {
          jpeg: picture,
          sha256,
          captured_at_ms: capturedAtMs === null ? null : Number(capturedAtMs),
          taken_at_ms: takenAtMs,
          taken_by: username,
        };
        await storeReference(transaction, cameraId, kept);
        const entry = { action: 'camera.reference-taken', subject: `camera:${cameraId}`, detail: { sha256 } } as const;
        await recordAudit(transaction, { atMs: takenAtMs, actor: username, address: request.ip, ...entry });
      });
      return itemOf(services, request, row);
    },
  );
}

/** The intended view of a camera, for a look beside the live picture. */
export function referenceRoutes(app: ApiApp, services: ApiServices): void {
  takeRoute(app, services);
  app.get(
    '/cameras/:cameraId/reference-picture',
    {
      config: { access: 'video:watch' },
      schema: {
        operationId: 'getReferencePicture',
        summary: 'The intended view of the camera; header x-captured-at-ms tells when it was captured',
        tags,
        params: CameraParams,
        querystring: Type.Object(
          { takenAtMs: Type.Optional(Type.Number({ description: 'Only tells browsers one picture from the next' })) },
          { additionalProperties: false },
        ),
        response: { 200: binaryAnswer('image/jpeg', 'The picture'), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { cameraId } = request.params;
      await getCamera(services.sql, request.identity, cameraId);
      const found = await getReference(services.sql, cameraId);
      if (!found) throw failure('API_NO_PICTURE', 404, 'this camera has no reference picture: take one on its page');
      if (found.captured_at_ms !== null) reply.header('x-captured-at-ms', String(found.captured_at_ms));
      reply.header('cache-control', 'no-store').type('image/jpeg');
      return found.jpeg;
    },
  );
}
