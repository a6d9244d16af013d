import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { wholeSite } from '../accounts/scope.js';
import type { ApiApp } from '../server/app-types.js';
import { refusal } from '../server/failure.js';
import { errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { cutoffOf, KEPT_CLASSES } from './classes.js';
import { nextRunAtMs, SWEEPS } from './retention-job.js';
import { RetentionBody, RetentionOverview, RetentionPreview, RetentionRun, RunsQuery } from './retention-schemas.js';
import { readRetention, setRetention } from './retention-settings.js';

const tags = ['retention'];
const DEFAULT_LIMIT = 50;

async function overview({ sql, retention, nowMs, signingKey }: ApiServices): Promise<RetentionOverview> {
  return {
    classes: await readRetention(sql, retention.defaults),
    kept: [...KEPT_CLASSES],
    nextRunAtMs: await nextRunAtMs(sql, retention.hour, nowMs()),
    keyFingerprint: signingKey.fingerprint,
  };
}

async function previews({ sql, retention, nowMs }: ApiServices): Promise<RetentionPreview[]> {
  const atMs = nowMs();
  const found: RetentionPreview[] = [];
  for (const { class: id, days } of await readRetention(sql, retention.defaults)) {
    const beforeMs = cutoffOf(id, days, atMs);
    found.push({ class: id, beforeMs, ...(await SWEEPS[id].preview(sql, beforeMs)) });
  }
  return found;
}

function listRuns(
  { sql }: ApiServices,
  { beforeRun, limit = DEFAULT_LIMIT }: { beforeRun?: number; limit?: number },
): Promise<RetentionRun[]> {
  return sql<RetentionRun[]>`
    SELECT r.id AS run, r.class, r.days, r.before_ms AS "beforeMs", r.started_at_ms AS "startedAtMs", r.finished_at_ms AS "finishedAtMs",
      b.items, b.files, b."oldestMs", b."newestMs", r.statement, r.signature, r.ledger_seq AS "ledgerSeq"
    FROM retention_runs r, LATERAL (
      SELECT COALESCE(sum(items), 0) AS items, COALESCE(sum(files), 0) AS files, min(oldest_ms) AS "oldestMs", max(newest_ms) AS "newestMs"
      FROM retention_batches WHERE run_id = r.id) b
    WHERE ${beforeRun === undefined ? sql`true` : sql`r.id < ${beforeRun}`} ORDER BY r.id DESC LIMIT ${limit}`;
}

/** It is the same for every unit, so whoever sets it must have them all. */
async function setHandler(services: ApiServices, request: FastifyRequest<{ Body: { class: never; days: number; reason: string } }>) {
  const { sql, retention, nowMs } = services;
  if (!(await wholeSite(sql, request.identity)))
    throw refusal('API_FORBIDDEN', 403, [
      { path: '', code: 'whole-site', message: 'how long data are kept is set for the whole site, by its administrators: ask one of them' },
    ]);
  const context = { sql, defaults: retention.defaults, actor: request.identity.username, address: request.ip, nowMs: nowMs() };
  await setRetention(context, request.body);
  return overview(services);
}

/** How long data are kept, and the proof of what was deleted. */
export function retentionRoutes(app: ApiApp, services: ApiServices): void {
  const config = { access: 'retention:read' } as const;
  app.get(
    '/retention',
    {
      config,
      schema: {
        operationId: 'getRetention',
        summary: 'Classes of data, days for which each is kept, and the next run',
        tags,
        response: { 200: RetentionOverview, ...errorAnswers(401, 403) },
      },
    },
    () => overview(services),
  );
  app.get(
    '/retention/preview',
    {
      config,
      schema: {
        operationId: 'previewRetention',
        summary: 'What would go now; nothing is deleted',
        tags,
        response: { 200: Type.Object({ classes: Type.Array(RetentionPreview) }), ...errorAnswers(401, 403) },
      },
    },
    async () => ({ classes: await previews(services) }),
  );
  app.get(
    '/retention/runs',
    {
      config,
      schema: {
        operationId: 'listRetentionRuns',
        summary: 'What was deleted, newest first, each with its signed record; for `safecity retention verify`',
        tags,
        querystring: RunsQuery,
        response: { 200: Type.Object({ runs: Type.Array(RetentionRun) }), ...errorAnswers(400, 401, 403) },
      },
    },
    async (request) => ({ runs: [...(await listRuns(services, request.query))] }),
  );
  app.put(
    '/retention',
    {
      config: { access: 'retention:write' },
      schema: {
        operationId: 'setRetention',
        summary: 'Set for how many days a class is kept; recorded; from the next run on',
        tags,
        body: RetentionBody,
        response: { 200: RetentionOverview, ...errorAnswers(400, 401, 403) },
      },
    },
    (request) => setHandler(services, request as never),
  );
}
