import type { ArchivedTrack, ObjectClass } from '@safecity/contracts';
import type { PendingQuery, Row } from 'postgres';
import { inScope, type Scope } from '../accounts/scope.js';
import type { Queryable, Sql, Transaction } from '../database/connection.js';
import { invalidRequest, notFound } from '../server/failure.js';
import { pathPoints } from './path-bytes.js';
import { type PlateMatch, plateMatch } from './plate-match.js';
import { classesOf, type Track, type TrackDetail, type TrackPage, type TrackQuery } from './track-schemas.js';

const DEFAULT_LIMIT = 100;
/** No search runs longer: it would hold a connection that others need. */
const SEARCH_TIMEOUT_MS = 10_000;

interface TrackRow {
  camera_id: string;
  track_id: string;
  first_ms: number;
  last_ms: number;
  config_revision: number;
  class: ObjectClass;
  score: number;
  zone_ids: string[];
  heading: Track['heading'];
  speed_kmh: number | null;
  colour: Track['colour'];
  plate: string | null;
}

type TrackKey = Pick<TrackRow, 'camera_id' | 'track_id' | 'first_ms'>;
type Filters = Omit<TrackQuery, 'limit' | 'cursor'>;

const keyText = ({ camera_id, track_id, first_ms }: TrackKey) => `${camera_id}.${track_id}.${first_ms}`;

function keyOf(text: string): TrackKey {
  const [camera_id = '', track_id = '', ...time] = text.split('.');
  return { camera_id, track_id, first_ms: Number(time.join('.')) };
}

function trackOf(row: TrackRow): Track {
  return {
    id: keyText(row),
    cameraId: row.camera_id,
    trackId: row.track_id,
    class: row.class,
    score: row.score,
    firstMs: row.first_ms,
    lastMs: row.last_ms,
    durationMs: row.last_ms - row.first_ms,
    zoneIds: row.zone_ids,
    heading: row.heading,
    meanSpeedKmh: row.speed_kmh,
    colour: row.colour,
    plate: row.plate,
    configRevision: row.config_revision,
  };
}

const columns = (sql: Queryable) =>
  sql`camera_id, track_id, first_ms, last_ms, config_revision, class, score, zone_ids, heading, speed_kmh, colour, plate`;

/** Cameras in scope, deleted ones too; null when that is every camera, and nothing needs to be compared. */
async function camerasInScope(sql: Queryable, scope: Scope): Promise<string[] | null> {
  const rows = await sql<{ id: string; own: boolean }[]>`SELECT id, ${inScope(sql, scope, sql`unit_id`, sql`id`)} AS own FROM cameras`;
  return rows.every(({ own }) => own) ? null : rows.filter(({ own }) => own).map(({ id }) => id);
}

/** Most plates that count as near to one; the nearest are taken. */
const MOST_NEAR = 500;

/** Plates of the archive within the distance. */
async function nearPlates(sql: Queryable, { text, distance }: Extract<PlateMatch, { kind: 'near' }>): Promise<string[]> {
  // Starting parallel workers takes several times as long as the search.
  await sql`SELECT set_config('max_parallel_workers_per_gather', '0', true)`;
  const rows = await sql<{ plate: string }[]>`
    SELECT plate FROM plates WHERE plate_deletions(plate, 2) && plate_deletions(${text}, ${distance})
      AND levenshtein_less_equal(plate, ${text}, ${distance}) <= ${distance}
    ORDER BY levenshtein_less_equal(plate, ${text}, ${distance}), last_day DESC LIMIT ${MOST_NEAR}`;
  return rows.map(({ plate }) => plate);
}

function plateCondition(sql: Queryable, match: PlateMatch | null) {
  if (match === null) return sql``;
  if (match.kind === 'like') return sql`AND plate LIKE ${match.pattern}`;
  return match.kind === 'near' ? sql`AND plate = near.text` : sql`AND plate = ${match.text}`;
}

/**
 * What tracks are taken from: with plates within the distance, each is looked up by itself. As one list the planner would weigh
 * every plate of it against what is common in every day, which takes longer than the search.
 */
function sourceOf(sql: Queryable, match: PlateMatch | null, near: readonly string[], found: PendingQuery<Row[]>) {
  if (match?.kind !== 'near') return found;
  return sql`SELECT found.* FROM unnest(${[...near]}::text[]) AS near (text) CROSS JOIN LATERAL (${found}) AS found`;
}

function conditions(sql: Queryable, filters: Filters) {
  const { fromMs, toMs, cameraId, zoneId, heading, minSpeedKmh, maxSpeedKmh, minDurationMs, maxDurationMs } = filters;
  return sql`
    ${fromMs === undefined ? sql`` : sql`AND first_ms >= ${fromMs}`}
    ${toMs === undefined ? sql`` : sql`AND first_ms < ${toMs}`}
    ${cameraId === undefined ? sql`` : sql`AND camera_id = ${cameraId}`}
    ${filters.class === undefined ? sql`` : sql`AND class = ANY(${classesOf(filters.class)})`}
    ${zoneId === undefined ? sql`` : sql`AND ${zoneId} = ANY(zone_ids)`}
    ${heading === undefined ? sql`` : sql`AND heading = ${heading}`}
    ${filters.colour === undefined ? sql`` : sql`AND colour = ${filters.colour}`}
    ${minSpeedKmh === undefined ? sql`` : sql`AND speed_kmh >= ${minSpeedKmh}::double precision`}
    ${maxSpeedKmh === undefined ? sql`` : sql`AND speed_kmh <= ${maxSpeedKmh}::double precision`}
    ${minDurationMs === undefined ? sql`` : sql`AND duration_ms >= ${minDurationMs}`}
    ${maxDurationMs === undefined ? sql`` : sql`AND duration_ms <= ${maxDurationMs}`}`;
}

/** Plans are made for the values at hand, because what is rare and what is common differ by orders of magnitude. */
async function prepareSearch(transaction: Transaction): Promise<void> {
  await transaction`
    SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true),
      set_config('statement_timeout', ${String(SEARCH_TIMEOUT_MS)}, true)`;
}

function checked(filters: Filters): PlateMatch | null {
  if (filters.zoneId !== undefined && filters.cameraId === undefined)
    throw invalidRequest({ path: 'zoneId', code: 'camera-needed', message: 'give cameraId too, zones are those of a camera' });
  if (filters.plate === undefined && filters.plateDistance !== undefined)
    throw invalidRequest({ path: 'plateDistance', code: 'plate-needed', message: 'give a plate' });
  return filters.plate === undefined ? null : plateMatch(filters.plate, filters.plateDistance);
}

/**
 * Tracks of cameras in scope, newest first. Each answer is one look at the database: the rows after `after`
 * (exclusive), `limit` of them.
 * @throws SafecityError `API_INVALID` (400), `API_NOT_FOUND` for a camera of another unit
 */
export async function findTracks(
  sql: Sql,
  scope: Scope,
  filters: Filters,
  { limit, after }: { limit: number; after?: TrackKey },
): Promise<Track[]> {
  const plate = checked(filters);
  const find = async (transaction: Transaction): Promise<TrackRow[]> => {
    await prepareSearch(transaction);
    const cameraIds = await camerasInScope(transaction, scope);
    const near = plate?.kind === 'near' ? await nearPlates(transaction, plate) : [];
    const { cameraId } = filters;
    if (cameraIds && cameraId !== undefined && !cameraIds.includes(cameraId)) throw notFound('camera', cameraId);
    // A plate is rare whatever the planner thinks of it: all its tracks are looked up before they are put in order.
    const apart = plate === null || plate.kind === 'like' ? transaction`` : transaction`OFFSET 0`;
    const found = transaction`
      SELECT ${columns(transaction)} FROM tracks WHERE true ${conditions(transaction, filters)} ${plateCondition(transaction, plate)}
      ${cameraIds === null || cameraId !== undefined ? transaction`` : transaction`AND camera_id = ANY(${cameraIds})`}
      ${after === undefined ? transaction`` : transaction`AND (first_ms, camera_id, track_id) < (${after.first_ms}, ${after.camera_id}, ${after.track_id})`}
      ${apart}`;
    return transaction<TrackRow[]>`
      SELECT * FROM (${sourceOf(transaction, plate, near, found)}) AS found
      ORDER BY first_ms DESC, camera_id DESC, track_id DESC LIMIT ${limit}`;
  };
  const rows = (await sql.begin('read only', find)) as TrackRow[];
  return rows.map(trackOf);
}

/** One page of a search. The cursor is the id of the last track before it. @throws SafecityError as `findTracks` */
export async function searchTracks(sql: Sql, scope: Scope, query: TrackQuery): Promise<TrackPage> {
  const { limit = DEFAULT_LIMIT, cursor, ...filters } = query;
  const after = cursor === undefined ? undefined : keyOf(cursor);
  const tracks = await findTracks(sql, scope, filters, { limit, ...(after ? { after } : {}) });
  return { tracks, nextCursor: tracks.length < limit ? null : (tracks.at(-1)?.id ?? null) };
}

export interface PathRow {
  camera_id: string;
  track_id: string;
  first_ms: number;
  last_ms: number;
  config_revision: number;
  class: ObjectClass;
  score: number;
  clear_share: number;
  aspect: number;
  points: Buffer;
}

/** A stored part of a path as it was archived. */
export function archivedTrack(row: PathRow): ArchivedTrack {
  return {
    cameraId: row.camera_id,
    configRevision: row.config_revision,
    trackId: row.track_id,
    class: row.class,
    score: row.score,
    clearShare: row.clear_share,
    firstMs: row.first_ms,
    lastMs: row.last_ms,
    points: pathPoints(row.points),
    aspect: row.aspect,
  };
}

/** One track with its path. @throws SafecityError `API_NOT_FOUND`, also when its camera is in another unit */
export async function getTrack(sql: Sql, scope: Scope, key: string): Promise<TrackDetail> {
  const { camera_id, track_id, first_ms } = keyOf(key);
  const rows = await sql<TrackRow[]>`
    SELECT ${columns(sql)} FROM tracks WHERE first_ms = ${first_ms} AND camera_id = ${camera_id} AND track_id = ${track_id}
      AND EXISTS (SELECT 1 FROM cameras c WHERE c.id = tracks.camera_id AND ${inScope(sql, scope, sql`c.unit_id`, sql`c.id`)})`;
  const row = rows[0];
  if (!row) throw notFound('track', key);
  const parts = await sql<PathRow[]>`
    SELECT * FROM track_paths WHERE camera_id = ${camera_id} AND track_id = ${track_id}
      AND first_ms >= ${first_ms} AND first_ms <= ${row.last_ms} ORDER BY first_ms`;
  return { track: trackOf(row), parts: parts.map(archivedTrack) };
}
