import type { FastifyReply, FastifyRequest } from 'fastify';
import { type AuditAction, recordAudit } from '../audit/audit.js';
import { PlateSearches } from '../audit/plate-searches.js';
import type { ApiApp } from '../server/app-types.js';
import { binaryAnswer, errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { alertsCsv } from './alert-csv.js';
import { AlertExportQuery, type AlertFilters, AlertQuery } from './alert-filters.js';
import { type Alert, AlertPage } from './alert-schemas.js';
import { alertScopeOf } from './alert-scope.js';
import { listAlerts } from './alert-store.js';

const tags = ['alerts'];
/** Most alerts of one exported file; narrow the search for more. */
const EXPORT_LIMIT = 20_000;
const PAGE = 500;

function audit(services: ApiServices, request: FastifyRequest, action: AuditAction, subject: string, detail: Record<string, unknown>) {
  const { username } = request.identity;
  return recordAudit(services.sql, { atMs: services.nowMs(), actor: username, action, subject, detail, address: request.ip });
}

type ExportCall = FastifyRequest<{ Querystring: AlertFilters }>;

async function exportHandler(services: ApiServices, searches: PlateSearches, request: ExportCall, reply: FastifyReply) {
  const { sql, nowMs } = services;
  const scope = alertScopeOf(request.identity);
  const alerts: Alert[] = [];
  let cursor: string | null = null;
  do {
    const page: AlertPage = await listAlerts(sql, scope, { ...request.query, limit: PAGE, ...(cursor ? { cursor } : {}) }, nowMs());
    alerts.push(...page.alerts);
    cursor = page.nextCursor;
  } while (cursor !== null && alerts.length < EXPORT_LIMIT);
  await searches.record(request, request.query);
  await audit(services, request, 'alerts.exported', 'alerts', { ...request.query, alerts: alerts.length });
  reply.header('x-complete', String(cursor === null)).header('cache-control', 'no-store');
  reply.header('content-disposition', 'attachment; filename="alerts.csv"').type('text/csv; charset=utf-8');
  return Buffer.from(alertsCsv(alerts));
}

/** Alerts by what is known of them, as pages and as a file. */
export function searchRoutes(app: ApiApp, services: ApiServices): void {
  const searches = new PlateSearches(services);
  app.get(
    '/alerts',
    {
      config: { access: 'alerts:read' },
      schema: {
        operationId: 'listAlerts',
        summary: 'Alerts of the own units, newest first; a search for a plate is recorded',
        tags,
        querystring: AlertQuery,
        response: { 200: AlertPage, ...errorAnswers(400, 401, 403) },
      },
    },
    async (request) => {
      const { limit: _limit, ...search } = request.query;
      const page = await listAlerts(services.sql, alertScopeOf(request.identity), request.query, services.nowMs());
      await searches.record(request, search);
      return page;
    },
  );
  app.get(
    '/alerts-export',
    {
      config: { access: 'alerts:read' },
      schema: {
        operationId: 'exportAlerts',
        summary: `What the search finds as CSV, newest first, ${EXPORT_LIMIT} alerts at most (header x-complete says whether that was all); recorded`,
        tags,
        querystring: AlertExportQuery,
        response: { 200: binaryAnswer('text/csv', 'CSV'), ...errorAnswers(400, 401, 403) },
      },
    },
    (request, reply) => exportHandler(services, searches, request, reply),
  );
}
