import { Box, Id, OBJECT_CLASSES, PLATE_COLOURS, plainPlate } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { recordAudit } from '../audit/audit.js';
import type { Sql } from '../database/connection.js';
import type { ApiApp } from '../server/app-types.js';
import { EpochMs, errorAnswers, named } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import type { StoredHint } from './plate-sightings.js';

const DEFAULT_LIMIT = 100;

const Hint = Type.Object({
  kind: Type.Enum(['impossible-travel', 'other-vehicle', 'other-colour']),
  distanceM: Type.Optional(Type.Number()),
  elapsedMs: Type.Optional(Type.Number()),
  neededKmh: Type.Optional(Type.Number()),
  classes: Type.Optional(Type.Array(Type.String())),
  colours: Type.Optional(Type.Array(Type.String())),
  other: Type.Object({ cameraId: Id, trackId: Type.String(), atMs: EpochMs }),
});

const Sighting = named(
  'PlateSighting',
  Type.Object({
    cameraId: Id,
    trackId: Type.String(),
    atMs: EpochMs,
    plate: Type.String(),
    class: Type.Enum([...OBJECT_CLASSES]),
    confidence: Type.Number(),
    colour: Type.Enum([...PLATE_COLOURS]),
    format: Type.Union([Type.String(), Type.Null()]),
    box: Box,
    simulated: Type.Boolean(),
    hints: Type.Array(Hint, { description: 'Why another vehicle may carry the same plate; for a person to look at, never a proof' }),
  }),
);
type Sighting = Static<typeof Sighting>;

const Query = Type.Object(
  {
    plate: Type.Optional(
      Type.String({ minLength: 3, maxLength: 20, description: 'As it is written; ? stands for one character, * for any number' }),
    ),
    cameraId: Type.Optional(Id),
    fromMs: Type.Optional(Type.Number({ description: 'Epoch ms, inclusive' })),
    toMs: Type.Optional(Type.Number({ description: 'Epoch ms, exclusive' })),
    hinted: Type.Optional(Type.Boolean({ description: 'Only those with hints' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: `Default ${DEFAULT_LIMIT}` })),
  },
  { additionalProperties: false },
);
type Query = Static<typeof Query>;

interface SightingRow {
  camera_id: string;
  track_id: string;
  at_ms: number;
  plate: string;
  class: Sighting['class'];
  details: Pick<Sighting, 'confidence' | 'colour' | 'format' | 'box' | 'simulated'>;
  hints: StoredHint[];
}

/** A hint names the other camera, so it is shown only to who may see that one too. */
function viewOf({ camera_id, track_id, at_ms, plate, class: className, details, hints }: SightingRow, unitIds: string[]): Sighting {
  const { confidence, colour, format, box, simulated } = details;
  const shown = hints.flatMap(({ other: { unitId, ...other }, ...hint }) => (unitIds.includes(unitId) ? [{ ...hint, other }] : []));
  const where = { cameraId: camera_id, trackId: track_id, atMs: at_ms, plate, class: className };
  return { ...where, confidence, colour, format, box, simulated, hints: shown };
}

const likeOf = (plate: string): string => plainPlate(plate).replaceAll('?', '_').replaceAll('*', '%');

async function search(sql: Sql, unitIds: string[], { plate, cameraId, fromMs, toMs, hinted, limit }: Query): Promise<Sighting[]> {
  const rows = await sql<SightingRow[]>`
    SELECT camera_id, track_id, at_ms, plate, class, details, hints FROM plate_sightings WHERE unit_id = ANY(${unitIds})
    ${plate === undefined ? sql`` : sql`AND plate LIKE ${likeOf(plate)}`}
    ${cameraId === undefined ? sql`` : sql`AND camera_id = ${cameraId}`}
    ${fromMs === undefined ? sql`` : sql`AND at_ms >= ${fromMs}`}
    ${toMs === undefined ? sql`` : sql`AND at_ms < ${toMs}`}
    ${hinted ? sql`AND hints <> '[]'` : sql``}
    ORDER BY at_ms DESC, camera_id, track_id LIMIT ${limit ?? DEFAULT_LIMIT}`;
  const views = rows.map((row) => viewOf(row, unitIds));
  return hinted ? views.filter(({ hints }) => hints.length > 0) : views;
}

/** Where a plate was seen. Each search is in the audit log. */
export function plateRoutes(app: ApiApp, { sql, nowMs }: ApiServices): void {
  app.get(
    '/plates',
    {
      config: { access: 'plates:read' },
      schema: {
        operationId: 'searchPlates',
        summary: 'Plates read on cameras of the own units, newest first',
        tags: ['plates'],
        querystring: Query,
        response: { 200: Type.Object({ sightings: Type.Array(Sighting) }), ...errorAnswers(400, 401, 403) },
      },
    },
    async (request) => {
      const { username: actor, unitIds } = request.identity;
      const { cameraId, plate } = request.query;
      const subject = plate === undefined ? 'plates' : `plate:${plainPlate(plate)}`;
      await recordAudit(sql, {
        atMs: nowMs(),
        actor,
        action: 'plate.searched',
        subject,
        detail: { ...(cameraId ? { cameraId } : {}) },
        address: request.ip,
      });
      return { sightings: await search(sql, unitIds, request.query) };
    },
  );
}
