import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { recordAudit } from '../audit/audit.js';
import type { HourlyViews } from '../audit/hourly-views.js';
import type { DerivativeRow } from '../derivatives/derivative-rows.js';
import { readOriginal } from '../derivatives/masked-copies.js';
import type { ApiApp } from '../server/app-types.js';
import { failure, notFound } from '../server/failure.js';
import { binaryAnswer, errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { type EvidenceRow, type FullAlertRow, filesOf } from './alert-rows.js';
import { EvidenceParams, OriginalQuery } from './alert-schemas.js';
import { alertScopeOf, originalScopeOf, partsReaching } from './alert-scope.js';
import { getAlertRow } from './alert-store.js';

type EvidenceCall = FastifyRequest<{ Params: Static<typeof EvidenceParams>; Querystring: Static<typeof OriginalQuery> }>;

/** What is given, and what it is: an original and the picture of a plate are recorded each time. */
interface Given {
  sha256: string;
  bytes: Buffer;
  shows: 'original' | 'plate' | 'masked';
}

/** The alert as far as its unmasked evidence may be seen. @throws SafecityError `API_FORBIDDEN` */
export function checkOriginal({ identity }: Pick<FastifyRequest, 'identity'>, row: FullAlertRow): void {
  const alert = { unitId: row.unit_id, cameraId: row.camera_id, kind: row.kind, hasCase: row.has_case };
  if (partsReaching(originalScopeOf(identity), alert).length > 0) return;
  throw failure(
    'API_FORBIDDEN',
    403,
    'no role of yours shows the unmasked evidence of this alert: leave the reason out for the masked copy',
  );
}

/** A plate is for those alone who may see plates. @throws SafecityError `API_FORBIDDEN` */
function checkPlate({ identity }: EvidenceCall, row: FullAlertRow): void {
  const alert = { unitId: row.unit_id, cameraId: row.camera_id, kind: row.kind, hasCase: row.has_case };
  if (partsReaching(alertScopeOf(identity), alert).some(({ plates }) => plates)) return;
  throw failure('API_FORBIDDEN', 403, 'no role of yours shows plates');
}

async function derivativeGiven(services: ApiServices, alertId: string, row: DerivativeRow): Promise<Given> {
  return {
    sha256: row.sha256,
    bytes: await readOriginal(services.evidence, alertId, row),
    shows: row.kind === 'plate' ? 'plate' : 'masked',
  };
}

async function pictureGiven(services: ApiServices, request: EvidenceCall, row: FullAlertRow, still: EvidenceRow): Promise<Given> {
  const { file } = request.params;
  const wanted = filesOf(still).find((candidate) => candidate.file === file) as { file: string; sha256: string };
  if (request.query.reason === undefined) return derivativeGiven(services, row.id, await services.maskedCopies.of(row, still, file));
  checkOriginal(request, row);
  return { sha256: wanted.sha256, bytes: await readOriginal(services.evidence, row.id, wanted), shows: 'original' };
}

async function given(services: ApiServices, request: EvidenceCall, row: FullAlertRow): Promise<Given> {
  const { file } = request.params;
  const still = row.evidence.find((candidate) => filesOf(candidate).some((one) => one.file === file));
  if (still) return pictureGiven(services, request, row, still);
  const derivative = row.derivatives.find((candidate) => candidate.file === file);
  if (!derivative) throw notFound('picture', file);
  if (derivative.kind === 'plate') checkPlate(request, row);
  return derivativeGiven(services, row.id, derivative);
}

/** Records a look at a file: an original and a plate each time, what is masked once an hour for each person and alert. */
export function recordView(
  services: Pick<ApiServices, 'sql' | 'nowMs'>,
  views: HourlyViews,
  request: Pick<EvidenceCall, 'params' | 'query' | 'identity' | 'ip'>,
  shows: Given['shows'],
): Promise<void> {
  const { sql, nowMs } = services;
  const { alertId, file } = request.params;
  const { username } = request.identity;
  const entry = { atMs: nowMs(), actor: username, subject: `alert:${alertId}/${file}`, address: request.ip };
  const { reason } = request.query;
  if (shows === 'original') return recordAudit(sql, { ...entry, action: 'evidence.original-viewed', detail: { reason } });
  if (shows === 'plate') return recordAudit(sql, { ...entry, action: 'evidence.viewed' });
  const subject = `alert:${alertId}`;
  return views.record(username, subject, entry.atMs, () =>
    recordAudit(sql, { ...entry, subject, action: 'evidence.viewed', detail: { first: file } }),
  );
}

async function evidenceHandler(services: ApiServices, views: HourlyViews, request: EvidenceCall, reply: FastifyReply): Promise<Buffer> {
  const row = await getAlertRow(services.sql, alertScopeOf(request.identity), request.params.alertId);
  const { sha256, bytes, shows } = await given(services, request, row);
  await recordView(services, views, request, shows);
  // An original is asked for with a reason each time.
  reply.header('cache-control', shows === 'original' ? 'no-store' : 'private, max-age=3600, immutable');
  reply.header('etag', `"${sha256}"`).type('image/jpeg');
  return bytes;
}

/** Pictures of alerts: masked for everybody, as they were stored for those who may see them and say why. */
export function evidenceRoute(app: ApiApp, services: ApiServices, views: HourlyViews): void {
  app.get(
    '/alerts/:alertId/evidence/:file',
    {
      config: { access: 'evidence:read' },
      schema: {
        operationId: 'getEvidence',
        summary:
          'A picture of an alert with faces and plates of others masked; with a reason, and the permission evidence:original, as it was stored. Views of masked pictures are recorded once an hour for each person and alert, all others each time',
        tags: ['alerts'],
        params: EvidenceParams,
        querystring: OriginalQuery,
        response: { 200: binaryAnswer('image/jpeg', 'The picture'), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    (request, reply) => evidenceHandler(services, views, request, reply),
  );
}
