import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { type Scope, wholeSite } from '../accounts/scope.js';
import type { Queryable } from '../database/connection.js';
import { checkChain } from '../ledger/chain.js';
import type { ApiApp } from '../server/app-types.js';
import { type CsvColumn, csvText } from '../server/csv.js';
import { refusal } from '../server/failure.js';
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

/** Newest entries that one CSV holds at most. */
const CSV_LIMIT = 50_000;

const CSV_COLUMNS: readonly CsvColumn<AuditItem>[] = [
  ['seq', ({ seq }) => seq],
  ['time', ({ atMs }) => new Date(atMs).toISOString()],
  ['actor', ({ actor }) => actor],
  ['action', ({ action }) => action],
  ['subject', ({ subject }) => subject],
  ['detail', ({ detail }) => JSON.stringify(detail)],
  ['address', ({ address }) => address],
  ['hash', ({ hash }) => hash],
];

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
  await refusePartial(sql, request.identity, 'exported');
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

async function refusePartial(sql: Queryable, scope: Scope, what: string): Promise<void> {
  if (await wholeSite(sql, scope)) return;
  throw refusal('API_FORBIDDEN', 403, [
    { path: '', code: 'whole-site', message: `the log is ${what} whole, by auditors of the whole site: ask one of them` },
  ]);
}

const ChainState = named(
  'AuditChain',
  Type.Object({
    entries: Type.Integer({ description: 'In order, from the first on' }),
    head: nullable(Type.Object({ seq: Type.Integer(), hash: Type.String() }, { description: 'The last of them: to be kept elsewhere' })),
    firstBreak: nullable(Type.Object({ seq: Type.Integer(), problem: Type.String() })),
    checkedAtMs: EpochMs,
  }),
);

async function chainHandler(services: ApiServices, request: FastifyRequest): Promise<Static<typeof ChainState>> {
  const { sql, nowMs } = services;
  await refusePartial(sql, request.identity, 'checked');
  await recordAudit(sql, { ...entryOf(services, request), action: 'audit.checked' });
  const { entries, head, firstBreak } = await checkChain(auditRows(sql));
  return { entries, head: entries === 0 ? null : { seq: entries, hash: head }, firstBreak, checkedAtMs: nowMs() };
}

function chainRoutes(app: ApiApp, services: ApiServices): void {
  const config = { access: 'audit:read' } as const;
  app.get(
    '/audit-chain',
    {
      config,
      schema: {
        operationId: 'checkAudit',
        summary: 'Compute the chain of the whole log anew and name the first entry that is not as it was written; recorded',
        tags: ['audit'],
        response: { 200: ChainState, ...errorAnswers(401, 403) },
      },
    },
    (request) => chainHandler(services, request),
  );
  app.get(
    '/audit-actions',
    {
      config,
      schema: {
        operationId: 'listAuditActions',
        summary: 'What the log records',
        tags: ['audit'],
        response: { 200: Type.Object({ actions: Type.Array(Type.Enum([...AUDIT_ACTIONS])) }), ...errorAnswers(401, 403) },
      },
    },
    async () => ({ actions: [...AUDIT_ACTIONS] }),
  );
  app.get(
    '/audit-csv',
    {
      config,
      schema: {
        operationId: 'exportAuditCsv',
        summary: `What matches the filter as CSV, the newest ${CSV_LIMIT} at most; recorded`,
        tags: ['audit'],
        querystring: Type.Omit(AuditQuery, ['limit', 'beforeSeq']),
        response: { 200: binaryAnswer('text/csv', 'CSV'), ...errorAnswers(400, 401, 403) },
      },
    },
    async (request, reply) => {
      await recordAudit(services.sql, { ...entryOf(services, request), action: 'audit.exported', detail: request.query });
      const entries = await listAudit(services.sql, request.identity, { ...request.query, limit: CSV_LIMIT });
      reply
        .header('cache-control', 'no-store')
        .header('content-disposition', 'attachment; filename="audit.csv"')
        .type('text/csv; charset=utf-8');
      return Buffer.from(csvText(CSV_COLUMNS, entries));
    },
  );
}

/** The audit log, for auditors. */
export function auditRoutes(app: ApiApp, services: ApiServices): void {
  chainRoutes(app, services);
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
