import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { recordAudit } from '../audit/audit.js';
import { hashesOf } from '../evidence/evidence-files.js';
import type { ApiApp } from '../server/app-types.js';
import { failure, notFound } from '../server/failure.js';
import { AlertId, binaryAnswer, errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { alertScopeOf } from './alert-scope.js';
import { getAlertRow } from './alert-store.js';
import { checkOriginal } from './evidence-route.js';

const ClipParams = Type.Object({
  alertId: AlertId,
  file: Type.String({ pattern: '^clip-[a-z][a-z0-9-]{0,31}-[0-9a-f]{16}\\.mp4$' }),
});

const ClipQuery = Type.Object(
  {
    reason: Type.String({
      ...{ minLength: 3, maxLength: 500 },
      description: 'Why it is needed: a clip shows faces and plates of everybody. Stands in the audit log',
    }),
  },
  { additionalProperties: false },
);

/** First and last byte wanted (RFC 9110 14.1.2, one range); null when the header is absent or means nothing. */
export function byteRange(header: string | undefined, size: number): { first: number; last: number } | 'beyond' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (!match[1] && !match[2])) return null;
  const first = match[1] ? Number(match[1]) : Math.max(0, size - Number(match[2]));
  const last = match[1] && match[2] ? Math.min(Number(match[2]), size - 1) : size - 1;
  if (first >= size || (!match[1] && Number(match[2]) === 0)) return 'beyond';
  return last < first ? null : { first, last };
}

type ClipCall = FastifyRequest<{ Params: Static<typeof ClipParams>; Querystring: Static<typeof ClipQuery> }>;

async function clipHandler(services: ApiServices, request: ClipCall, reply: FastifyReply) {
  const { alertId, file } = request.params;
  const row = await getAlertRow(services.sql, alertScopeOf(request.identity), alertId);
  checkOriginal(request, row);
  const clip = row.clips.find((candidate) => candidate.file === file);
  if (!clip) throw notFound('clip', file);
  const range = byteRange(request.headers.range, clip.size_bytes);
  reply.header('cache-control', 'private, max-age=3600, immutable').header('etag', `"${clip.sha256}"`);
  reply.header('accept-ranges', 'bytes').type('video/mp4');
  if (range === 'beyond') return reply.code(416).header('content-range', `bytes */${clip.size_bytes}`).send(Buffer.alloc(0));
  const whole = range === null || range.first === 0;
  const bytes = whole ? await services.evidence.read(alertId, file) : await services.evidence.readSpan(alertId, file, range);
  if (!bytes) throw notFound('clip', file);
  // A player reads a clip in many pieces; the first one stands for the view.
  if (whole) {
    if (hashesOf(bytes).sha256 !== clip.sha256) {
      services.logger.error({ code: 'API_EVIDENCE_HASH', alertId, file }, 'an evidence file on disk does not have its recorded hash');
      throw failure('API_EVIDENCE_HASH', 500, `the stored clip ${file} no longer has its recorded hash: restore it from backup`);
    }
    const subject = `alert:${alertId}/${file}`;
    const { reason } = request.query;
    const entry = { atMs: services.nowMs(), actor: request.identity.username, subject, detail: { reason }, address: request.ip };
    await recordAudit(services.sql, { ...entry, action: 'evidence.original-viewed' });
  }
  if (range === null) return bytes;
  reply.code(206).header('content-range', `bytes ${range.first}-${range.last}/${clip.size_bytes}`);
  return whole ? bytes.subarray(0, range.last + 1) : bytes;
}

/** Clips of alerts, with byte ranges so that a player can seek. */
export function clipRoutes(app: ApiApp, services: ApiServices): void {
  const video = binaryAnswer('video/mp4', 'The clip, or the range of it that was asked for');
  app.get(
    '/alerts/:alertId/clips/:file',
    {
      config: { access: 'evidence:original' },
      schema: {
        operationId: 'getClip',
        summary: 'A clip of an alert, a stream copy as it was hashed and unmasked: with a reason only; each view is recorded',
        tags: ['alerts'],
        params: ClipParams,
        querystring: ClipQuery,
        response: { 200: video, 206: video, 416: video, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    (request, reply) => clipHandler(services, request, reply),
  );
}
