import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { type AuditAction, recordAudit } from '../audit/audit.js';
import { PlateSearches } from '../audit/plate-searches.js';
import { CameraParams } from '../cameras/camera-schemas.js';
import { getCamera, listCameras } from '../cameras/camera-store.js';
import type { ApiApp } from '../server/app-types.js';
import { binaryAnswer, errorAnswers } from '../server/schemas.js';
import { checkSpan } from '../server/span.js';
import type { ApiServices } from '../services.js';
import { archiveStream } from './archive-export.js';
import { ArchiveQuery, TrackDetail, TrackExportQuery, TrackPage, TrackParams, TrackQuery } from './track-schemas.js';
import { findTracks, getTrack, searchTracks } from './track-store.js';
import { type CameraPlaces, tracksCsv, tracksGeoJson } from './track-text.js';

const tags = ['tracks'];
/** Most tracks of one exported file; narrow the time for more. */
const EXPORT_LIMIT = 20_000;
/** Longest archive that is given at once. */
const LONGEST_ARCHIVE = { days: 31 };

function audit(services: ApiServices, request: FastifyRequest, action: AuditAction, subject: string, detail: Record<string, unknown>) {
  const { username } = request.identity;
  return recordAudit(services.sql, { atMs: services.nowMs(), actor: username, action, subject, detail, address: request.ip });
}

async function placesOf(services: ApiServices, request: FastifyRequest): Promise<CameraPlaces> {
  const rows = await listCameras(services.sql, request.identity);
  return new Map(
    rows.map(({ id, config: { name, location } }) => [
      id,
      { name, ...(location ? { longitude: location.longitude, latitude: location.latitude } : {}) },
    ]),
  );
}

type ExportCall = FastifyRequest<{ Querystring: TrackExportQuery }>;

async function exportHandler(services: ApiServices, searches: PlateSearches, request: ExportCall, reply: FastifyReply) {
  const { format, ...filters } = request.query;
  await searches.record(request, filters);
  const found = await findTracks(services.sql, request.identity, filters, { limit: EXPORT_LIMIT + 1 });
  const tracks = found.slice(0, EXPORT_LIMIT);
  await audit(services, request, 'tracks.exported', 'tracks', { ...filters, format, tracks: tracks.length });
  reply.header('x-complete', String(found.length === tracks.length)).header('cache-control', 'no-store');
  reply.header('content-disposition', `attachment; filename="tracks.${format}"`);
  reply.type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/geo+json');
  return Buffer.from(format === 'csv' ? tracksCsv(tracks) : tracksGeoJson(tracks, await placesOf(services, request)));
}

function searchRoutes(app: ApiApp, services: ApiServices): void {
  const searches = new PlateSearches(services);
  app.get(
    '/tracks',
    {
      config: { access: 'tracks:read' },
      schema: {
        operationId: 'searchTracks',
        summary: 'Finished tracks of the own units, newest first; a search for a plate is recorded',
        tags,
        querystring: TrackQuery,
        response: { 200: TrackPage, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const page = await searchTracks(services.sql, request.identity, request.query);
      await searches.record(request, request.query);
      return page;
    },
  );
  app.get(
    '/tracks/:trackKey',
    {
      config: { access: 'tracks:read' },
      schema: {
        operationId: 'getTrack',
        summary: 'One track with its path',
        tags,
        params: TrackParams,
        response: { 200: TrackDetail, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    (request) => getTrack(services.sql, request.identity, request.params.trackKey),
  );
  app.get(
    '/tracks-export',
    {
      config: { access: 'tracks:export' },
      schema: {
        operationId: 'exportTracks',
        summary: `What the search finds as a file, newest first, ${EXPORT_LIMIT} tracks at most (header x-complete says whether that was all); recorded`,
        tags,
        querystring: TrackExportQuery,
        response: { 200: binaryAnswer('text/csv', 'CSV, or GeoJSON'), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    (request, reply) => exportHandler(services, searches, request, reply),
  );
}

async function archiveHandler(
  services: ApiServices,
  request: FastifyRequest<{ Params: Static<typeof CameraParams>; Querystring: Static<typeof ArchiveQuery> }>,
  reply: FastifyReply,
) {
  const { cameraId } = request.params;
  const { fromMs, toMs } = request.query;
  await getCamera(services.sql, request.identity, cameraId);
  checkSpan({ fromMs, toMs }, LONGEST_ARCHIVE);
  await audit(services, request, 'tracks.exported', `camera:${cameraId}`, { fromMs, toMs, format: 'archive' });
  const name = `${cameraId}-${new Date(fromMs).toISOString().replaceAll(/[:.]/g, '-')}.jsonl`;
  reply.header('cache-control', 'no-store').header('content-disposition', `attachment; filename="${name}"`).type('application/x-ndjson');
  return archiveStream(services.sql, cameraId, { fromMs, toMs });
}

/** The archive of tracks: search, path, files. */
export function trackRoutes(app: ApiApp, services: ApiServices): void {
  searchRoutes(app, services);
  app.get(
    '/cameras/:cameraId/archive',
    {
      config: { access: 'tracks:export' },
      schema: {
        operationId: 'getCameraArchive',
        summary: 'Finished tracks, signal states, gaps, revisions and what was raised, as JSON lines for safecity backtest; recorded',
        tags,
        params: CameraParams,
        querystring: ArchiveQuery,
        response: { 200: binaryAnswer('application/x-ndjson', 'JSON lines'), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    (request, reply) => archiveHandler(services, request, reply),
  );
}
