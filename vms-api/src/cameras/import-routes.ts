import { type Static, Type } from 'typebox';
import { recordAudit } from '../audit/audit.js';
import type { ApiApp } from '../server/app-types.js';
import { binaryAnswer, errorAnswers, named, nullable, ProblemAnswer } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { CSV_COLUMNS, readCameraCsv, writeCameraCsv } from './camera-csv.js';
import { checkedHosts, countsOf, type ImportWish, importCameras, rehearseImport } from './camera-import.js';
import { Comment } from './camera-schemas.js';
import { listCameras } from './camera-store.js';
import { contextOf } from './camera-view.js';

const tags = ['cameras'];
const MOST_CHARACTERS = 1_000_000;
/** A character may take six in JSON. */
const BODY_LIMIT_BYTES = 6 * 1024 * 1024;

const ImportBody = named(
  'CameraImport',
  Type.Object(
    {
      csv: Type.String({ maxLength: MOST_CHARACTERS, description: `A list with the columns ${CSV_COLUMNS.join(', ')}, at most 1000 rows` }),
      apply: Type.Enum(['nothing', 'all', 'good-rows'], {
        default: 'nothing',
        description: 'nothing: tell what would become of each row; all: every row or none; good-rows: what is not refused',
      }),
      comment: Type.Optional(Comment),
    },
    { additionalProperties: false },
  ),
);

const ImportReport = named(
  'CameraImportReport',
  Type.Object({
    applied: Type.Boolean({ description: 'False: this is what would become of each row' }),
    counts: Type.Object({ create: Type.Integer(), update: Type.Integer(), unchanged: Type.Integer(), refused: Type.Integer() }),
    rows: Type.Array(
      Type.Object({
        line: Type.Integer(),
        id: Type.String(),
        name: nullable(Type.String()),
        action: Type.Enum(['create', 'update', 'unchanged', 'refused']),
        changes: Type.Array(Type.String(), { description: 'Paths of what differs from what is stored' }),
        credentials: Type.Enum(['kept', 'set', 'removed']),
        problems: Type.Array(Type.Object({ column: nullable(Type.Enum([...CSV_COLUMNS])), ...ProblemAnswer.properties })),
      }),
    ),
  }),
);

function importRoute(app: ApiApp, services: ApiServices): void {
  app.post(
    '/cameras-import',
    {
      bodyLimit: BODY_LIMIT_BYTES,
      config: { access: 'cameras:write' },
      schema: {
        operationId: 'importCameras',
        summary: 'Add and change cameras from a CSV list, in one transaction; without apply it only tells what would happen',
        tags,
        body: ImportBody,
        response: { 200: ImportReport, ...errorAnswers(400, 401, 403, 409) },
      },
    },
    async (request): Promise<Static<typeof ImportReport>> => {
      const { csv, apply, comment } = request.body;
      const rows = readCameraCsv(csv);
      const checkAddress = await checkedHosts(services.cameraNetworks, rows);
      const context = contextOf(services, request);
      if (apply === 'nothing') {
        const reports = await rehearseImport(context, rows, checkAddress);
        return { applied: false, counts: countsOf(reports), rows: reports };
      }
      const wish: ImportWish = { rows, checkAddress, apply, ...(comment === undefined ? {} : { comment }) };
      const reports = await importCameras(context, wish);
      await services.publisher.publishOwed();
      return { applied: true, counts: countsOf(reports), rows: reports };
    },
  );
}

function exportRoute(app: ApiApp, services: ApiServices): void {
  app.get(
    '/cameras-export',
    {
      config: { access: 'cameras:write' },
      schema: {
        operationId: 'exportCameras',
        summary: 'Cameras of the own units as a CSV list that can be imported again; without user names and passwords',
        tags,
        response: { 200: binaryAnswer('text/csv', 'UTF-8 with a byte order mark'), ...errorAnswers(401, 403) },
      },
    },
    async (request, reply) => {
      const { sql, nowMs } = services;
      const rows = await listCameras(sql, request.identity);
      const { username } = request.identity;
      const entry = { action: 'cameras.exported', subject: 'cameras', detail: { cameras: rows.length } } as const;
      await recordAudit(sql, { atMs: nowMs(), actor: username, address: request.ip, ...entry });
      reply
        .type('text/csv; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('content-disposition', 'attachment; filename="cameras.csv"');
      return Buffer.from(writeCameraCsv(rows.map(({ config, unit_id }) => ({ ...config, unitId: unit_id }))));
    },
  );
}

/** Cameras as lists: in and out. */
export function importRoutes(app: ApiApp, services: ApiServices): void {
  importRoute(app, services);
  exportRoute(app, services);
}
