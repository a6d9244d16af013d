import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { type Scope, wholeSite } from '../accounts/scope.js';
import type { Queryable } from '../database/connection.js';
import type { ApiApp } from '../server/app-types.js';
import { failure } from '../server/failure.js';
import { binaryAnswer, EpochMs, errorAnswers, named, nullable } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { AUDIT_ACTIONS, auditRows, recordAudit } from './audit.js';

const DEFAULT_LIMIT = 100;

const AuditItem = named(
  'AuditEntry',
  Type.Object({
    seq: Type.Integer({ description: 'Place in the chain, from 1' }),
    atMs: EpochMs,
    actor: Type.String({ description: 'User name, token:<name>, or a command' }),
    action: Type.String(),
    subject: Type.String({ description: 'What it was done to: camera:gate-1' }),
    detail: Type.Object({}, { additionalProperties: true }),
    address: nullable(Type.String()),
    hash: Type.String({ description: 'Ties it to all entries before' }),
  }),
);
type AuditItem = Static<typeof AuditItem>;

const AuditQuery = Type.Object(
  {
    actor: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    action: Type.Optional(Type.Enum([...AUDIT_ACTIONS])),
    subject: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'As it begins' })),
    fromMs: Type.Optional(Type.Number({ description: 'At this time or later (inclusive)' })),
    toMs: Type.Optional(Type.Number({ description: 'Before this time (exclusive)' })),
    beforeSeq: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Older than this entry' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: `Default ${DEFAULT_LIMIT}` })),
  },
  { additionalProperties: false },
);

/** Newest first. Who audits a unit sees what the people of that unit and those below it did. */
async function listAudit(sql: Queryable, scope: Scope, query: Static<typeof AuditQuery>): Promise<AuditItem[]> {
  const { actor, action, subject, fromMs, toMs, beforeSeq } = query;
  const whole = await wholeSite(sql, scope);
  const rows = await sql<AuditItem[]>`
    SELECT seq, at_ms AS "atMs", actor, action, subject, detail, address, hash FROM audit
    WHERE true ${whole ? sql`` : sql`AND actor IN (SELECT username FROM users WHERE unit_id = ANY(${scope.unitIds}))`}
    ${actor === undefined ? sql`` : sql`AND actor = ${actor}`}
    ${action === undefined ? sql`` : sql`AND action = ${action}`}
    ${subject === undefined ? sql`` : sql`AND starts_with(subject, ${subject})`}
    ${fromMs === undefined ? sql`` : sql`AND at_ms >= ${fromMs}`}
    ${toMs === undefined ? sql`` : sql`AND at_ms < ${toMs}`}
    ${beforeSeq === undefined ? sql`` : sql`AND seq < ${beforeSeq}`}
    ORDER BY seq DESC LIMIT ${query.limit ?? DEFAULT_LIMIT}`;
  return [...rows];
}

const entryOf = (services: ApiServices, request: FastifyRequest) => ({
  atMs: services.nowMs(),
  actor: request.identity.username,
  subject: 'audit',
  address: request.ip,
});

async function exportHandler(services: ApiServices, request: FastifyRequest, reply: FastifyReply) {
  const { sql } = services;
  if (!(await wholeSite(sql, request.identity))) {
    throw failure('API_FORBIDDEN', 403, 'the log is exported whole, by auditors of the whole site: ask one of them');
  }
  await recordAudit(sql, { ...entryOf(services, request), action: 'audit.exported' });
  const lines = async function* () {
    for await (const row of auditRows(sql)) yield `${JSON.stringify(row)}\n`;
  };
  reply
    .header('cache-control', 'no-store')
    .header('content-disposition', 'attachment; filename="audit.jsonl"')
    .type('application/x-ndjson');
  return Readable.from(lines());
}

/** The audit log, for auditors. */
export function auditRoutes(app: ApiApp, services: ApiServices): void {
  app.get(
    '/audit',
    {
      config: { access: 'audit:read' },
      schema: {
        operationId: 'listAudit',
        summary: 'What the people of the own units did, newest first; looking is recorded',
        tags: ['audit'],
        querystring: AuditQuery,
        response: { 200: Type.Object({ entries: Type.Array(AuditItem) }), ...errorAnswers(400, 401, 403) },
      },
    },
    async (request) => {
      await recordAudit(services.sql, { ...entryOf(services, request), action: 'audit.read', detail: request.query });
      return { entries: await listAudit(services.sql, request.identity, request.query) };
    },
  );
  app.get(
    '/audit-export',
    {
      config: { access: 'audit:read' },
      schema: {
        operationId: 'exportAudit',
        summary: 'The whole log as it is chained, for `safecity audit verify`; auditors of the whole site; recorded',
        tags: ['audit'],
        response: { 200: binaryAnswer('application/x-ndjson', 'JSON lines'), ...errorAnswers(401, 403) },
      },
    },
    (request, reply) => exportHandler(services, request, reply),
  );
}
