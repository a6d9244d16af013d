import { type Problem, plainPlate, watchlistPatternProblem } from '@safecity/contracts';
import type { Identity } from '../accounts/identity.js';
import { type AuditAction, recordAudit } from '../audit/audit.js';
import type { Queryable, Sql, Transaction } from '../database/connection.js';
import { failure, invalidRequest, notFound } from '../server/failure.js';
import {
  type EntryBody,
  MOST_ENTRIES,
  type WatchlistBody,
  type WatchlistDetail,
  type WatchlistEntryView,
  type WatchlistSummary,
} from './watchlist-schemas.js';

/** Who changes lists, and when. */
export interface WatchlistContext {
  sql: Sql;
  identity: Pick<Identity, 'username' | 'unitId' | 'unitIds'>;
  address: string;
  nowMs: number;
}

const columns = (sql: Queryable) => sql`
  w.id, w.name, w.unit_id AS "unitId", w.created_by AS "createdBy", w.created_at_ms AS "createdAtMs",
  (SELECT count(*) FROM watchlist_entries e WHERE e.list_id = w.id AND e.removed_at_ms IS NULL) AS "entryCount"`;

/** Lists of the own units and those below. Lists of higher units count on their cameras too, but are not theirs to read. */
export async function listWatchlists(sql: Queryable, unitIds: string[]): Promise<WatchlistSummary[]> {
  return sql<WatchlistSummary[]>`
    SELECT ${columns(sql)} FROM watchlists w WHERE w.deleted_at_ms IS NULL AND w.unit_id = ANY(${unitIds}) ORDER BY w.name, w.id`;
}

async function summaryOf(sql: Queryable, unitIds: string[], listId: string): Promise<WatchlistSummary> {
  const [list] = await sql<WatchlistSummary[]>`
    SELECT ${columns(sql)} FROM watchlists w WHERE w.id = ${listId} AND w.deleted_at_ms IS NULL AND w.unit_id = ANY(${unitIds})`;
  if (!list) throw notFound('watchlist', listId);
  return list;
}

/** One list with its entries. @throws SafecityError `API_NOT_FOUND`, also for a list of another unit */
export async function getWatchlist(sql: Queryable, unitIds: string[], listId: string): Promise<WatchlistDetail> {
  const list = await summaryOf(sql, unitIds, listId);
  const entries = await sql<WatchlistEntryView[]>`
    SELECT id, plate, reason, valid_from_ms AS "validFromMs", valid_until_ms AS "validUntilMs", added_by AS "addedBy",
      added_at_ms AS "addedAtMs"
    FROM watchlist_entries WHERE list_id = ${listId} AND removed_at_ms IS NULL ORDER BY added_at_ms DESC, plate, id`;
  return { ...list, entries: [...entries] };
}

function audit(transaction: Transaction, context: WatchlistContext, action: AuditAction, listId: string, detail: Record<string, unknown>) {
  const { nowMs: atMs, identity, address } = context;
  return recordAudit(transaction, { atMs, actor: identity.username, action, subject: `watchlist:${listId}`, detail, address });
}

/**
 * Makes a list.
 * @throws SafecityError `API_UNIT_UNKNOWN` (404) for a unit that is not the user's or below it, `API_WATCHLIST_EXISTS` (409)
 */
export async function createWatchlist(context: WatchlistContext, { id, name, unitId }: WatchlistBody): Promise<WatchlistDetail> {
  const { identity, nowMs } = context;
  const owner = unitId ?? identity.unitId;
  if (!identity.unitIds.includes(owner)) throw failure('API_UNIT_UNKNOWN', 404, `there is no unit "${owner}" among yours`);
  return context.sql.begin(async (transaction) => {
    const made = await transaction`
      INSERT INTO watchlists (id, unit_id, name, created_by, created_at_ms) VALUES (${id}, ${owner}, ${name}, ${identity.username}, ${nowMs})
      ON CONFLICT DO NOTHING RETURNING id`;
    if (made.length === 0) throw failure('API_WATCHLIST_EXISTS', 409, `a watchlist "${id}" exists or existed: choose another id`);
    await audit(transaction, context, 'watchlist.created', id, { name, unitId: owner });
    return getWatchlist(transaction, identity.unitIds, id);
  }) as Promise<WatchlistDetail>;
}

/** Takes a list out of force; it stays in the record. @throws SafecityError `API_NOT_FOUND` */
export async function deleteWatchlist(context: WatchlistContext, listId: string): Promise<void> {
  await context.sql.begin(async (transaction) => {
    const { entryCount } = await summaryOf(transaction, context.identity.unitIds, listId);
    await transaction`UPDATE watchlists SET deleted_at_ms = ${context.nowMs} WHERE id = ${listId}`;
    await audit(transaction, context, 'watchlist.deleted', listId, { entryCount });
  });
}

/** Everything wrong with the entries that their schema cannot say. */
function checkEntries(entries: readonly EntryBody[]): void {
  const problems = entries.flatMap(({ plate, validFromMs, validUntilMs }, index): Problem[] => {
    const pattern = watchlistPatternProblem(plate);
    const isEmpty = validFromMs !== undefined && validUntilMs !== undefined && validUntilMs <= validFromMs;
    return [
      ...(pattern === undefined ? [] : [{ ...pattern, path: `entries/${index}/plate` }]),
      ...(isEmpty
        ? [
            {
              path: `entries/${index}/validUntilMs`,
              code: 'after' as const,
              params: { other: 'validFromMs' },
              message: 'must be later than validFromMs',
            },
          ]
        : []),
    ];
  });
  if (problems.length > 0) throw invalidRequest(...problems.slice(0, 20));
}

/** Adds entries, all or none. @throws SafecityError `API_NOT_FOUND`, `API_INVALID`, `API_WATCHLIST_FULL` (409) */
export async function addEntries(context: WatchlistContext, listId: string, entries: readonly EntryBody[]): Promise<WatchlistDetail> {
  checkEntries(entries);
  const { identity, nowMs } = context;
  return context.sql.begin(async (transaction) => {
    await transaction`SELECT 1 FROM watchlists WHERE id = ${listId} FOR UPDATE`;
    const { entryCount } = await summaryOf(transaction, identity.unitIds, listId);
    if (entryCount + entries.length > MOST_ENTRIES)
      throw failure('API_WATCHLIST_FULL', 409, `the list has ${entryCount} entries and takes ${MOST_ENTRIES}: make another list`);
    const rows = entries.map(({ plate, reason, validFromMs, validUntilMs }) => ({
      list_id: listId,
      plate: plainPlate(plate),
      reason,
      valid_from_ms: validFromMs ?? null,
      valid_until_ms: validUntilMs ?? null,
      added_by: identity.username,
      added_at_ms: nowMs,
    }));
    await transaction`INSERT INTO watchlist_entries ${transaction(rows)}`;
    await audit(transaction, context, 'watchlist.entries-added', listId, { plates: rows.map(({ plate }) => plate) });
    return getWatchlist(transaction, identity.unitIds, listId);
  }) as Promise<WatchlistDetail>;
}

/** Takes one entry out of force. @throws SafecityError `API_NOT_FOUND` */
export async function removeEntry(context: WatchlistContext, listId: string, entryId: string): Promise<void> {
  const { identity, nowMs } = context;
  await context.sql.begin(async (transaction) => {
    await summaryOf(transaction, identity.unitIds, listId);
    const [removed] = await transaction<{ plate: string }[]>`
      UPDATE watchlist_entries SET removed_at_ms = ${nowMs}, removed_by = ${identity.username}
      WHERE id = ${entryId} AND list_id = ${listId} AND removed_at_ms IS NULL RETURNING plate`;
    if (!removed) throw notFound('watchlist entry', entryId);
    await audit(transaction, context, 'watchlist.entry-removed', listId, { plate: removed.plate });
  });
}
