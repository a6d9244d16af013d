import type { FastifyReply, FastifyRequest } from 'fastify';
import { recordAudit } from '../audit/audit.js';
import type { ApiApp } from '../server/app-types.js';
import { binaryAnswer, errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { falseAlarms, handlingTimes, outcomes } from './alert-statistics.js';
import { lineCounts, occupancy } from './count-statistics.js';
import { prometheusText } from './metrics.js';
import type { StatisticsContext } from './statistics-context.js';
import { statisticsCsv } from './statistics-csv.js';
import {
  CountQuery,
  ExportQuery,
  FalseAlarmQuery,
  FalseAlarms,
  Handling,
  LineCounts,
  Occupancy,
  Outcomes,
  SpanQuery,
  StepQuery,
  Uptime,
} from './statistics-schemas.js';
import { uptime } from './uptime.js';

const tags = ['statistics'];
const config = { access: 'statistics:read' } as const;
const errors = errorAnswers(400, 401, 403);

const contextOf = ({ sql, nowMs }: ApiServices, { identity }: FastifyRequest): StatisticsContext => ({ sql, identity, nowMs: nowMs() });

function countRoutes(app: ApiApp, services: ApiServices): void {
  app.get(
    '/statistics/counts',
    {
      config,
      schema: {
        operationId: 'getLineCounts',
        summary: 'What went over lines in each hour, day or week, by class and direction',
        tags,
        querystring: CountQuery,
        response: { 200: LineCounts, ...errors },
      },
    },
    (request) => lineCounts(contextOf(services, request), request.query),
  );
  app.get(
    '/statistics/occupancy',
    {
      config,
      schema: {
        operationId: 'getOccupancy',
        summary: 'How many were inside the zones of occupancy rules in each hour, day or week',
        tags,
        querystring: CountQuery,
        response: { 200: Occupancy, ...errors },
      },
    },
    (request) => occupancy(contextOf(services, request), request.query),
  );
  app.get(
    '/statistics/uptime',
    {
      config,
      schema: {
        operationId: 'getUptime',
        summary: 'How long each camera was up, down, disabled, or nobody knows, in each hour, day or week',
        tags,
        querystring: StepQuery,
        response: { 200: Uptime, ...errors },
      },
    },
    (request) => uptime(contextOf(services, request), request.query),
  );
}

function alertRoutes(app: ApiApp, services: ApiServices): void {
  app.get(
    '/statistics/outcomes',
    {
      config,
      schema: {
        operationId: 'getOutcomes',
        summary: 'Alerts raised in each hour, day or week, by kind, type and the state they are in now',
        tags,
        querystring: StepQuery,
        response: { 200: Outcomes, ...errors },
      },
    },
    (request) => outcomes(contextOf(services, request), request.query),
  );
  app.get(
    '/statistics/handling',
    {
      config,
      schema: {
        operationId: 'getHandlingTimes',
        summary: 'Median and 95th percentile from raised until acknowledged, confirmed, dispatched, resolved or called false',
        tags,
        querystring: SpanQuery,
        response: { 200: Handling, ...errors },
      },
    },
    (request) => handlingTimes(contextOf(services, request), request.query),
  );
  app.get(
    '/statistics/false-alarms',
    {
      config,
      schema: {
        operationId: 'getFalseAlarms',
        summary: 'False alarms among the alerts judged, per rule, camera or type, with the 95 % interval',
        tags,
        querystring: FalseAlarmQuery,
        response: { 200: FalseAlarms, ...errors },
      },
    },
    (request) => falseAlarms(contextOf(services, request), request.query),
  );
}

async function exportHandler(services: ApiServices, request: FastifyRequest<{ Querystring: ExportQuery }>, reply: FastifyReply) {
  const { table, ...detail } = request.query;
  const text = await statisticsCsv(contextOf(services, request), request.query);
  const { username: actor } = request.identity;
  const subject = `statistics:${table}`;
  await recordAudit(services.sql, { atMs: services.nowMs(), actor, action: 'statistics.exported', subject, detail, address: request.ip });
  reply.header('cache-control', 'no-store').header('content-disposition', `attachment; filename="${table}.csv"`);
  reply.type('text/csv; charset=utf-8');
  return Buffer.from(text);
}

/** Statistics of the own units, as JSON, CSV and for Prometheus. */
export function statisticsRoutes(app: ApiApp, services: ApiServices): void {
  countRoutes(app, services);
  alertRoutes(app, services);
  app.get(
    '/statistics-export',
    {
      config,
      schema: {
        operationId: 'exportStatistics',
        summary: 'One statistic as CSV; recorded',
        tags,
        querystring: ExportQuery,
        response: { 200: binaryAnswer('text/csv', 'CSV'), ...errors },
      },
    },
    (request, reply) => exportHandler(services, request, reply),
  );
  app.get(
    '/metrics',
    {
      config,
      schema: {
        operationId: 'getMetrics',
        summary: 'Cameras, open alerts and counts of the own units for Prometheus, which bears a token; without drills and recordings',
        tags,
        response: { 200: binaryAnswer('text/plain', 'Prometheus exposition'), ...errorAnswers(401, 403) },
      },
    },
    async (request, reply) => {
      const { type, text } = await prometheusText(contextOf(services, request), services.statuses);
      reply.header('cache-control', 'no-store').type(type);
      return Buffer.from(text);
    },
  );
}
