import { type CameraConfig, SafecityError } from '@safecity/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { type FullAlertRow, filesOf } from '../alerts/alert-rows.js';
import { AlertParams } from '../alerts/alert-schemas.js';
import { alertScopeOf, partsReaching } from '../alerts/alert-scope.js';
import { getAlert, getAlertRow } from '../alerts/alert-store.js';
import { clipPending } from '../alerts/clip-routes.js';
import { checkOriginal } from '../alerts/evidence-route.js';
import { recordAudit } from '../audit/audit.js';
import { versionAtRevision } from '../cameras/camera-versions.js';
import { askForClipMask } from '../derivatives/clip-masks.js';
import type { ApiApp } from '../server/app-types.js';
import { binaryAnswer, errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { buildDossier, type DerivedFile, type DossierFile } from './dossier.js';
import { packZip } from './dossier-zip.js';
import { metadataOf } from './metadata.js';

const DossierBody = Type.Object(
  {
    reason: Type.String({ minLength: 3, maxLength: 500, description: 'Why it is exported; stands in the dossier and the audit log' }),
    unmasked: Type.Optional(
      Type.Boolean({
        description: 'With the originals too: needs the permission evidence:original. Default: masked copies alone',
      }),
    ),
  },
  { additionalProperties: false },
);

type DossierCall = FastifyRequest<{ Params: Static<typeof AlertParams>; Body: Static<typeof DossierBody> }>;

function evidenceOf(row: FullAlertRow, unmaskable: ReadonlyMap<string, string>): DossierFile[] {
  return [
    ...row.evidence.flatMap((still) => filesOf(still).map((file) => ({ ...file, capturedAtMs: still.captured_at_ms }))),
    ...row.clips.map(({ file, sha256, name, from_ms }) => {
      const notMasked = unmaskable.get(file);
      return { file, sha256, moment: name, capturedAtMs: from_ms, ...(notMasked === undefined ? {} : { notMasked }) };
    }),
  ];
}

/** Masked copies of every picture, made where they are missing; with the originals beside them they may be missing. */
async function makeMasked({ maskedCopies }: ApiServices, row: FullAlertRow, unmasked: boolean): Promise<void> {
  try {
    for (const still of row.evidence) for (const { file } of filesOf(still)) await maskedCopies.of(row, still, file);
  } catch (error) {
    if (!unmasked || !(error instanceof SafecityError) || error.code !== 'API_MASK_UNAVAILABLE') throw error;
  }
}

/**
 * Masked copies of every clip must be there; which cannot be made, and why, by the clip's file. The dossier goes without those.
 * @throws SafecityError `API_CLIP_MASK_PENDING` while one is being made
 */
async function checkClipsMasked(services: ApiServices, row: FullAlertRow): Promise<Map<string, string>> {
  const { sql, nowMs, clipMasker } = services;
  const unmaskable = new Map<string, string>();
  for (const clip of row.clips) {
    const { state, progress, code, reason } = await askForClipMask(sql, row.id, clip, nowMs());
    if (state === 'failed') unmaskable.set(clip.file, `${code}: ${reason}`);
    if (state === 'ready' || state === 'failed') continue;
    clipMasker.wake();
    throw clipPending(clip.name, progress);
  }
  return unmaskable;
}

function derivedOf(row: FullAlertRow, plates: boolean): DerivedFile[] {
  return row.derivatives
    .filter(({ kind }) => plates || kind !== 'plate')
    .flatMap(({ kind, file, sha256, source_file, source_sha256 }) => {
      const still = row.evidence.find((one) => filesOf(one).some((candidate) => candidate.file === source_file));
      const clip = row.clips.find((one) => one.file === source_file);
      const made = { kind, file, sha256, of: source_sha256 };
      if (clip) return [{ ...made, moment: clip.name, capturedAtMs: clip.from_ms }];
      return still ? [{ ...made, moment: still.moment, capturedAtMs: still.captured_at_ms }] : [];
    });
}

/** The configuration without what a reader of a dossier has no business with: where in the city's network the camera is. */
function withoutAddresses({ source: { url: _url, detectUrl: _detectUrl, ...source }, ...config }: CameraConfig): object {
  return { ...config, source };
}

async function dossierHandler(services: ApiServices, request: DossierCall, reply: FastifyReply) {
  const { sql, nowMs, evidence, signingKey, settings, authority, logger } = services;
  const { alertId } = request.params;
  const { reason, unmasked = false } = request.body;
  const scope = alertScopeOf(request.identity);
  const first = await getAlertRow(sql, scope, alertId);
  if (unmasked) checkOriginal(request, first);
  await makeMasked(services, first, unmasked);
  const unmaskable = unmasked ? new Map<string, string>() : await checkClipsMasked(services, first);
  const [row, alert] = [await getAlertRow(sql, scope, alertId), await getAlert(sql, scope, alertId)];
  const [lead] = alert.findings;
  const { username } = request.identity;
  // What a person opened was met by no rule, and cites no version.
  const version = lead && alert.cameraId !== null ? await versionAtRevision(sql, alert.cameraId, lead.configRevision) : null;
  const { files, timeStamp } = await buildDossier(
    { sql, evidence, signingKey, version: settings.version, nowMs, authority },
    {
      alert,
      evidence: evidenceOf(row, unmaskable),
      derived: derivedOf(
        row,
        partsReaching(scope, { unitId: row.unit_id, cameraId: row.camera_id, kind: row.kind }).some(({ plates }) => plates),
      ),
      unmasked,
      cameraVersion: version && withoutAddresses(version.config),
      metadata: await metadataOf(sql, row, version),
      exportedBy: username,
      reason,
    },
  );
  if (!timeStamp.stamped && timeStamp.reason !== null)
    logger.warn({ alertId, reason: timeStamp.reason }, 'a dossier was exported without a time stamp of its manifest');
  await recordAudit(sql, {
    atMs: nowMs(),
    actor: username,
    action: 'evidence.exported',
    subject: `alert:${alertId}`,
    detail: { reason, unmasked, timeStamp },
    address: request.ip,
  });
  reply
    .type('application/zip')
    .header('cache-control', 'no-store')
    .header('x-time-stamp', timeStamp.stamped ? 'stamped' : timeStamp.reason === null ? 'none' : 'missing')
    .header('content-disposition', `attachment; filename="safecity-${alertId}.zip"`);
  return packZip(files, nowMs());
}

/** The dossier of a case, as a download. */
export function dossierRoutes(app: ApiApp, services: ApiServices): void {
  app.post(
    '/alerts/:alertId/dossier',
    {
      config: { access: 'evidence:export' },
      schema: {
        operationId: 'exportDossier',
        summary:
          'Everything about a case in one zip that can be checked offline; each export is recorded. 409 while the masked copy of a clip is being made',
        tags: ['alerts'],
        params: AlertParams,
        body: DossierBody,
        response: { 200: binaryAnswer('application/zip', 'The dossier'), ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    (request, reply) => dossierHandler(services, request, reply),
  );
}
