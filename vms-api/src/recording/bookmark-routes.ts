import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { CameraParams } from '../cameras/camera-schemas.js';
import { getCamera } from '../cameras/camera-store.js';
import type { ApiApp } from '../server/app-types.js';
import { EpochMs, errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { addBookmark, type BookmarkContext, findBookmarks, removeBookmark } from './bookmarks.js';
import { Bookmark, BookmarkId } from './timeline-schemas.js';
import { requireWatchable } from './watchable.js';

const tags = ['recording'];
const access = 'recording:watch';

const BookmarkBody = Type.Object(
  { atMs: EpochMs, name: Type.String({ minLength: 1, maxLength: 100 }), note: Type.Optional(Type.String({ maxLength: 1000 })) },
  { additionalProperties: false },
);
const BookmarkFilter = Type.Object(
  {
    cameraId: Type.Optional(CameraParams.properties.cameraId),
    text: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'Found in name and note' })),
    fromMs: Type.Optional(EpochMs),
    beforeMs: Type.Optional(EpochMs),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  },
  { additionalProperties: false },
);

function contextOf({ sql, nowMs }: ApiServices, { identity, ip: address }: FastifyRequest): BookmarkContext {
  return { sql, identity, address, nowMs: nowMs() };
}

/** Moments of recordings to find again. */
export function bookmarkRoutes(app: ApiApp, services: ApiServices): void {
  app.post(
    '/cameras/:cameraId/bookmarks',
    {
      config: { access },
      schema: {
        operationId: 'addBookmark',
        summary: 'Marks a moment of a camera with a name',
        ...{ tags, params: CameraParams, body: BookmarkBody },
        response: { 200: Bookmark, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const context = contextOf(services, request);
      const camera = await getCamera(services.sql, request.identity, request.params.cameraId);
      const { atMs } = request.body;
      await requireWatchable(services.sql, context, camera, { fromMs: atMs, toMs: atMs });
      return addBookmark(context, camera, request.body);
    },
  );
  app.get(
    '/bookmarks',
    {
      config: { access },
      schema: {
        operationId: 'listBookmarks',
        summary: 'Bookmarks in the own units, newest moment first',
        ...{ tags, querystring: BookmarkFilter },
        response: { 200: Type.Object({ bookmarks: Type.Array(Bookmark) }), ...errorAnswers(400, 401, 403) },
      },
    },
    async ({ identity, query }) => ({ bookmarks: await findBookmarks(services.sql, identity, query) }),
  );
  app.delete(
    '/bookmarks/:bookmarkId',
    {
      config: { access },
      schema: {
        operationId: 'deleteBookmark',
        summary: 'Removes a bookmark that one has set oneself',
        ...{ tags, params: Type.Object({ bookmarkId: BookmarkId }) },
        response: { 204: Type.Null({ description: 'Removed' }), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      await removeBookmark(contextOf(services, request), request.params.bookmarkId);
      reply.status(204);
      return null;
    },
  );
}
