import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { filesOf } from '../alerts/alert-rows.js';
import { AlertParams } from '../alerts/alert-schemas.js';
import { alertScopeOf } from '../alerts/alert-scope.js';
import { getAlert, getAlertRow } from '../alerts/alert-store.js';
import { recordAudit } from '../audit/audit.js';
import type { ApiApp } from '../server/app-types.js';
import { binaryAnswer, errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { buildDossier } from './dossier.js';
import { packZip } from './dossier-zip.js';

const DossierBody = Type.Object(
  { reason: Type.String({ minLength: 3, maxLength: 500, description: 'Why it is exported; stands in the dossier and the audit log' }) },
  { additionalProperties: false },
);

async function cameraVersion({ sql }: ApiServices, cameraId: string, revision: number): Promise<unknown> {
  const rows = await sql<{ config: unknown }[]>`
    SELECT config FROM camera_versions WHERE camera_id = ${cameraId} AND revision = ${revision}`;
  return rows[0]?.config ?? null;
}

type DossierCall = FastifyRequest<{ Params: Static<typeof AlertParams>; Body: Static<typeof DossierBody> }>;

async function dossierHandler(services: ApiServices, request: DossierCall, reply: FastifyReply) {
  const { sql, nowMs, evidence, signingKey, settings } = services;
  const { alertId } = request.params;
  const scope = alertScopeOf(request.identity);
  const [row, alert] = [await getAlertRow(sql, scope, alertId), await getAlert(sql, scope, alertId)];
  const { username } = request.identity;
  const dossier = await buildDossier(
    { sql, evidence, signingKey, version: settings.version, nowMs },
    {
      alert,
      evidence: [
        ...row.evidence.flatMap((still) => filesOf(still).map((file) => ({ ...file, capturedAtMs: still.captured_at_ms }))),
        ...row.clips.map(({ file, sha256, name, from_ms }) => ({ file, sha256, moment: name, capturedAtMs: from_ms })),
      ],
      cameraVersion: await cameraVersion(services, alert.cameraId, alert.findings[0]?.configRevision ?? 0),
      exportedBy: username,
      reason: request.body.reason,
    },
  );
  const detail = { reason: request.body.reason };
  await recordAudit(sql, {
    atMs: nowMs(),
    actor: username,
    action: 'evidence.exported',
    subject: `alert:${alertId}`,
    detail,
    address: request.ip,
  });
  reply
    .type('application/zip')
    .header('cache-control', 'no-store')
    .header('content-disposition', `attachment; filename="safecity-${alertId}.zip"`);
  return packZip(dossier, nowMs());
}

/** The dossier of a case, as a download. */
export function dossierRoutes(app: ApiApp, services: ApiServices): void {
  app.post(
    '/alerts/:alertId/dossier',
    {
      config: { access: 'evidence:export' },
      schema: {
        operationId: 'exportDossier',
        summary: 'Everything about a case in one zip that can be checked offline; each export is recorded',
        tags: ['alerts'],
        params: AlertParams,
        body: DossierBody,
        response: { 200: binaryAnswer('application/zip', 'The dossier'), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    (request, reply) => dossierHandler(services, request, reply),
  );
}
