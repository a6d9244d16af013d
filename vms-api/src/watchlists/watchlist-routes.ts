import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ApiApp } from '../server/app-types.js';
import { errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { EntriesBody, EntryParams, WatchlistBody, WatchlistDetail, WatchlistParams, WatchlistSummary } from './watchlist-schemas.js';
import {
  addEntries,
  createWatchlist,
  deleteWatchlist,
  getWatchlist,
  listWatchlists,
  removeEntry,
  type WatchlistContext,
} from './watchlist-store.js';

const tags = ['watchlists'];

function contextOf({ sql, nowMs }: ApiServices, { identity, ip }: FastifyRequest): WatchlistContext {
  return { sql, identity, address: ip, nowMs: nowMs() };
}

function readRoutes(app: ApiApp, { sql }: ApiServices): void {
  app.get(
    '/watchlists',
    {
      config: { access: 'watchlists:read' },
      schema: {
        operationId: 'listWatchlists',
        summary: 'Lists of plates of the own units',
        tags,
        response: { 200: Type.Object({ watchlists: Type.Array(WatchlistSummary) }), ...errorAnswers(401, 403) },
      },
    },
    async (request) => ({ watchlists: [...(await listWatchlists(sql, request.identity.unitIds))] }),
  );
  app.get(
    '/watchlists/:listId',
    {
      config: { access: 'watchlists:read' },
      schema: {
        operationId: 'getWatchlist',
        summary: 'One list with its entries',
        tags,
        params: WatchlistParams,
        response: { 200: WatchlistDetail, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    (request) => getWatchlist(sql, request.identity.unitIds, request.params.listId),
  );
}

function listRoutes(app: ApiApp, services: ApiServices): void {
  app.post(
    '/watchlists',
    {
      config: { access: 'watchlists:write' },
      schema: {
        operationId: 'createWatchlist',
        summary: 'Make a list; it counts on the cameras of its unit and of the units below it',
        tags,
        body: WatchlistBody,
        response: { 201: WatchlistDetail, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const list = await createWatchlist(contextOf(services, request), request.body);
      services.watchlists.publish();
      reply.status(201);
      return list;
    },
  );
  app.delete(
    '/watchlists/:listId',
    {
      config: { access: 'watchlists:write' },
      schema: {
        operationId: 'deleteWatchlist',
        summary: 'Take a list out of force; the record keeps it',
        tags,
        params: WatchlistParams,
        response: { 204: Type.Null({ description: 'Deleted' }), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      await deleteWatchlist(contextOf(services, request), request.params.listId);
      services.watchlists.publish();
      reply.status(204);
      return null;
    },
  );
}

function entryRoutes(app: ApiApp, services: ApiServices): void {
  app.post(
    '/watchlists/:listId/entries',
    {
      config: { access: 'watchlists:write' },
      schema: {
        operationId: 'addWatchlistEntries',
        summary: 'Add plates with a reason, all or none',
        tags,
        params: WatchlistParams,
        body: EntriesBody,
        response: { 201: WatchlistDetail, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const list = await addEntries(contextOf(services, request), request.params.listId, request.body.entries);
      services.watchlists.publish();
      reply.status(201);
      return list;
    },
  );
  app.delete(
    '/watchlists/:listId/entries/:entryId',
    {
      config: { access: 'watchlists:write' },
      schema: {
        operationId: 'removeWatchlistEntry',
        summary: 'Take one plate off a list; the record keeps it',
        tags,
        params: EntryParams,
        response: { 204: Type.Null({ description: 'Removed' }), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      await removeEntry(contextOf(services, request), request.params.listId, request.params.entryId);
      services.watchlists.publish();
      reply.status(204);
      return null;
    },
  );
}

/** Lists of plates that somebody looks for. */
export function watchlistRoutes(app: ApiApp, services: ApiServices): void {
  readRoutes(app, services);
  listRoutes(app, services);
  entryRoutes(app, services);
}
