import { ALERT_KINDS, ALERT_TYPE_IDS, Id, SeveritySchema } from '@safecity/contracts';
import type { PendingQuery, Row } from 'postgres';
import { type Static, Type } from 'typebox';
import type { Queryable } from '../database/connection.js';
import { invalidRequest } from '../server/failure.js';
import { plateMatch } from '../tracks/plate-match.js';
import { ALERT_STATES, FALSE_ALARM_REASONS } from './alert-schemas.js';

type Fragment = PendingQuery<Row[]>;

/** What alerts are looked for by. */
export const alertFilters = {
  state: Type.Optional(Type.Enum([...ALERT_STATES])),
  cameraId: Type.Optional(Id),
  unitId: Type.Optional({ ...Id, description: 'This unit and those below it' }),
  group: Type.Optional(Type.String({ minLength: 1, maxLength: 60, description: 'Of a camera in this group' })),
  kind: Type.Optional(Type.Enum([...ALERT_KINDS])),
  type: Type.Optional(Type.Enum([...ALERT_TYPE_IDS])),
  severity: Type.Optional(SeveritySchema),
  text: Type.Optional(
    Type.String({
      ...{ minLength: 2, maxLength: 100 },
      description:
        "Part of the camera's name, the place, the rule's name or the reason; without three letters or digits in a row, where a word of them begins",
    }),
  ),
  plate: Type.Optional(
    Type.String({
      ...{ minLength: 2, maxLength: 20 },
      description: 'Of a finding; * stands for any characters, ? for one. Needs a role that shows plates; recorded',
    }),
  ),
  reasonCode: Type.Optional(Type.Enum([...FALSE_ALARM_REASONS], { description: 'Why it was called a false alarm' })),
  evidence: Type.Optional(Type.Boolean({ description: 'Has pictures or a clip' })),
  simulated: Type.Optional(Type.Boolean({ description: 'Is a drill or comes from a replayed recording' })),
  assignee: Type.Optional(Type.String({ maxLength: 64, description: 'User name of the one who has it in hand' })),
  escalated: Type.Optional(Type.Boolean({ description: 'Waits for somebody to look although it was escalated' })),
  fromMs: Type.Optional(Type.Number({ description: 'Only alerts raised at this time or later (inclusive)' })),
  beforeMs: Type.Optional(Type.Number({ description: 'Only alerts raised before this time (exclusive)' })),
};

/** `<raised>.<id>` of the last alert of a page. */
const CURSOR = '^\\d{1,15}(\\.\\d{1,9})?\\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';

export const AlertQuery = Type.Object(
  {
    ...alertFilters,
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'Default 100' })),
    cursor: Type.Optional(Type.String({ pattern: CURSOR, description: 'nextCursor of the page before' })),
  },
  { additionalProperties: false },
);
export type AlertQuery = Static<typeof AlertQuery>;

export const AlertExportQuery = Type.Object(alertFilters, { additionalProperties: false });
export type AlertFilters = Static<typeof AlertExportQuery>;

/** The index finds alerts by all their plates together; the comparison with each one has the last word. */
function plateCondition(sql: Queryable, plate: string): Fragment {
  const match = plateMatch(plate);
  const pattern = match.kind === 'like' ? match.pattern : match.text;
  return sql`AND a.plates LIKE ${`%\n${pattern}\n%`}
    AND EXISTS (SELECT 1 FROM unnest(string_to_array(btrim(a.plates, E'\n'), E'\n')) AS plate WHERE plate LIKE ${pattern})`;
}

/** The history says why in front of the comment. */
function reasonCondition(sql: Queryable, reasonCode: string): Fragment {
  return sql`AND EXISTS (SELECT 1 FROM alert_history h WHERE h.alert_id = a.id AND h.action = 'false-alarm'
    AND split_part(h.comment, ':', 1) = ${reasonCode})`;
}

function evidenceCondition(sql: Queryable, wanted: boolean): Fragment {
  return sql`AND ${wanted} = (EXISTS (SELECT 1 FROM alert_evidence e WHERE e.alert_id = a.id)
    OR EXISTS (SELECT 1 FROM alert_clips c WHERE c.alert_id = a.id))`;
}

/** Nobody has looked at it although it was escalated. */
const escalatedCondition = (sql: Queryable, wanted: boolean): Fragment =>
  wanted ? sql`AND a.state = 'new' AND a.escalation_level > 0` : sql`AND NOT (a.state = 'new' AND a.escalation_level > 0)`;

/** What stands before a word; a line ends each of the texts. The index knows only plain LIKE: its regular expressions end at U+07FF. */
const BEFORE_A_WORD = [' ', '\n', '(', '[', '"', '“', "'", '/', '-', '–', '.', ',', ':', ';', '\\_', '+', '#', '@'];

/**
 * Three letters or digits in a row are found anywhere by the index of trigrams; less makes none in the middle of a word, but
 * one at its beginning.
 */
function textCondition(sql: Queryable, text: string): Fragment {
  const part = text.replaceAll(/[\\%_]/g, '\\$&');
  if (/[\p{L}\p{N}]{3}/u.test(text)) return sql`AND a.words LIKE lower(${`%${part}%`})`;
  if (!/[\p{L}\p{N}]/u.test(text)) throw invalidRequest({ path: 'text', code: 'no-letter', message: 'holds no letter and no digit' });
  const begins = BEFORE_A_WORD.reduce(
    (either, before) => sql`${either} OR a.words LIKE lower(${`%${before}${part}%`})`,
    sql`a.words LIKE lower(${`${part}%`})`,
  );
  return sql`AND (${begins})`;
}

/**
 * The filters as conditions on `alerts a`, each with its AND.
 * @throws SafecityError `API_INVALID` (400) for a plate or a text that no index can find
 */
export function alertConditions(sql: Queryable, filters: AlertFilters, nowMs: number): Fragment {
  const { state, cameraId, unitId, group, kind, type, severity, text, plate, reasonCode, evidence, simulated, fromMs, beforeMs } = filters;
  const { assignee, escalated } = filters;
  return sql`
    ${state === undefined ? sql`` : sql`AND a.state = ${state}`}
    ${cameraId === undefined ? sql`` : sql`AND a.camera_id = ${cameraId}`}
    ${unitId === undefined ? sql`` : sql`AND a.unit_id IN (SELECT unit_scope(${unitId}, ${nowMs}))`}
    ${group === undefined ? sql`` : sql`AND EXISTS (SELECT 1 FROM cameras c WHERE c.id = a.camera_id AND c.config -> 'groups' ? ${group})`}
    ${kind === undefined ? sql`` : sql`AND a.kind = ${kind}`}
    ${type === undefined ? sql`` : sql`AND a.type = ${type}`}
    ${severity === undefined ? sql`` : sql`AND a.severity = ${severity}`}
    ${text === undefined ? sql`` : textCondition(sql, text)}
    ${plate === undefined ? sql`` : plateCondition(sql, plate)}
    ${reasonCode === undefined ? sql`` : reasonCondition(sql, reasonCode)}
    ${evidence === undefined ? sql`` : evidenceCondition(sql, evidence)}
    ${simulated === undefined ? sql`` : sql`AND (a.simulated OR a.drill_id IS NOT NULL) = ${simulated}`}
    ${assignee === undefined ? sql`` : sql`AND a.assignee = ${assignee}`}
    ${escalated === undefined ? sql`` : escalatedCondition(sql, escalated)}
    ${fromMs === undefined ? sql`` : sql`AND a.raised_at_ms >= ${fromMs}`}
    ${beforeMs === undefined ? sql`` : sql`AND a.raised_at_ms < ${beforeMs}`}`;
}

/** Only what comes after the last alert of the page before, newest first. */
export function afterCursor(sql: Queryable, cursor: string | undefined): Fragment {
  if (cursor === undefined) return sql``;
  const at = cursor.lastIndexOf('.');
  return sql`AND (a.raised_at_ms, a.id) < (${Number(cursor.slice(0, at))}, ${cursor.slice(at + 1)}::uuid)`;
}
