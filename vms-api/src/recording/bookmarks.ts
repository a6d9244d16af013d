import type { Identity } from '../accounts/identity.js';
import { AROUND_INCIDENTS_ONLY } from '../accounts/roles.js';
import { inScope } from '../accounts/scope.js';
import { recordAudit } from '../audit/audit.js';
import type { CameraRow } from '../cameras/camera-store.js';
import type { Queryable, Sql } from '../database/connection.js';
import { failure, notFound } from '../server/failure.js';
import type { Bookmark } from './timeline-schemas.js';

/** Who does it, when and from where. */
export interface BookmarkContext {
  sql: Sql;
  identity: Identity;
  nowMs: number;
  address: string;
}

export interface BookmarkQuery {
  cameraId?: string;
  /** Found in name and note. */
  text?: string;
  /** Inclusive, epoch ms. */
  fromMs?: number;
  /** Exclusive, epoch ms. */
  beforeMs?: number;
  limit?: number;
}

const DEFAULT_LIMIT = 100;

/** Who watches around incidents only sees the bookmarks that they set themselves. */
function visible(sql: Queryable, identity: Identity) {
  const whole = identity.grants.filter(({ role }) => !AROUND_INCIDENTS_ONLY.includes(role));
  return whole.reduce(
    (condition, grant) => sql`(${condition} OR ${inScope(sql, grant, sql`b.unit_id`, sql`b.camera_id`)})`,
    sql`(b.created_by = ${identity.username} AND ${inScope(sql, identity, sql`b.unit_id`, sql`b.camera_id`)})`,
  );
}

const columns = (sql: Queryable) => sql`b.id, b.camera_id AS "cameraId", c.config ->> 'name' AS "cameraName", b.at_ms AS "atMs", b.name,
  b.note, b.created_by AS "createdBy", b.created_at_ms AS "createdAtMs"`;

/** Bookmarks that somebody may see, newest moment first. */
export async function findBookmarks(sql: Queryable, identity: Identity, query: BookmarkQuery): Promise<Bookmark[]> {
  const { cameraId, text, fromMs, beforeMs, limit = DEFAULT_LIMIT } = query;
  const rows = await sql<Bookmark[]>`
    SELECT ${columns(sql)} FROM bookmarks b JOIN cameras c ON c.id = b.camera_id WHERE ${visible(sql, identity)}
    ${cameraId === undefined ? sql`` : sql`AND b.camera_id = ${cameraId}`}
    ${text === undefined ? sql`` : sql`AND concat_ws(E'\n', b.name, b.note) ILIKE ${`%${text.replaceAll(/[\\%_]/g, '\\$&')}%`}`}
    ${fromMs === undefined ? sql`` : sql`AND b.at_ms >= ${fromMs}`}
    ${beforeMs === undefined ? sql`` : sql`AND b.at_ms < ${beforeMs}`}
    ORDER BY b.at_ms DESC, b.id LIMIT ${limit}`;
  return [...rows];
}

/** Marks a moment of a camera. */
export async function addBookmark(
  { sql, identity, nowMs, address }: BookmarkContext,
  camera: CameraRow,
  { atMs, name, note }: { atMs: number; name: string; note?: string | undefined },
): Promise<Bookmark> {
  const { username } = identity;
  return sql.begin(async (transaction) => {
    const rows = await transaction<{ id: string }[]>`
      INSERT INTO bookmarks (camera_id, unit_id, at_ms, name, note, created_by, created_at_ms)
      VALUES (${camera.id}, ${camera.unit_id}, ${atMs}, ${name}, ${note ?? null}, ${username}, ${nowMs}) RETURNING id`;
    const id = rows[0]?.id as string;
    await recordAudit(transaction, {
      ...{ atMs: nowMs, actor: username, action: 'bookmark.created', subject: `camera:${camera.id}` },
      ...{ detail: { bookmarkId: id, atMs, name }, address },
    });
    const cameraName = camera.config.name;
    return { id, cameraId: camera.id, cameraName, atMs, name, note: note ?? null, createdBy: username, createdAtMs: nowMs };
  }) as Promise<Bookmark>;
}

/**
 * Removes one's own bookmark.
 * @throws SafecityError `API_NOT_FOUND`, also when it is out of scope; `API_BOOKMARK_OWNER` (403) for that of somebody else
 */
export async function removeBookmark({ sql, identity, nowMs, address }: BookmarkContext, bookmarkId: string): Promise<void> {
  const { username } = identity;
  await sql.begin(async (transaction) => {
    const rows = await transaction<Bookmark[]>`
      SELECT ${columns(transaction)} FROM bookmarks b JOIN cameras c ON c.id = b.camera_id
      WHERE b.id = ${bookmarkId} AND ${visible(transaction, identity)} FOR UPDATE OF b`;
    const [found] = rows;
    if (!found) throw notFound('bookmark', bookmarkId);
    if (found.createdBy !== username)
      throw failure('API_BOOKMARK_OWNER', 403, `the bookmark was set by ${found.createdBy}: only they remove it`);
    await transaction`DELETE FROM bookmarks WHERE id = ${bookmarkId}`;
    await recordAudit(transaction, {
      ...{ atMs: nowMs, actor: username, action: 'bookmark.deleted', subject: `camera:${found.cameraId}` },
      ...{ detail: { bookmarkId, atMs: found.atMs, name: found.name }, address },
    });
  });
}
