import type { Queryable, Sql, Transaction } from '../database/connection.js';

export const DAY_MS = 86_400_000;
/** Days after today for which partitions are made, so that midnight waits for nothing. */
const DAYS_AHEAD = 3;
/** How long dropping a day may wait for queries before it is left to the next try. */
const LOCK_TIMEOUT = '2s';

/** Tables of one partition a UTC day. */
const TABLES = ['tracks', 'track_paths', 'signal_states'] as const;

/**
 * Columns of `tracks` of which people want what is rare, the fastest and the longest: with PostgreSQL's usual 100 steps it
 * takes the last hundredth for evenly filled, and reads the table in order where an index would find a few rows.
 */
const TAIL_COLUMNS = ['speed_kmh', 'duration_ms'] as const;
const TAIL_STATISTICS = 1000;

export const dayOf = (atMs: number) => Math.floor(atMs / DAY_MS);

/** `tracks_20261128` */
export function partitionName(table: (typeof TABLES)[number], day: number): string {
  return `${table}_${new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/** The daily partitions of the archive, made ahead. */
export class DayPartitions {
  readonly #sql: Sql;
  readonly #readDays: () => Promise<number>;
  #retentionDays: number;
  readonly #made = new Set<number>();

  /** @param readDays for how many days tracks are kept, asked at every upkeep; without it `retentionDays` holds */
  constructor(sql: Sql, retentionDays: number, readDays: () => Promise<number> = () => Promise.resolve(retentionDays)) {
    this.#sql = sql;
    this.#retentionDays = retentionDays;
    this.#readDays = readDays;
  }

  /** First capture time that is kept, inclusive: a whole day goes when its last track is past keeping. */
  keptFromMs(nowMs: number): number {
    return (dayOf(nowMs) - this.#retentionDays) * DAY_MS;
  }

  /** True when something of this capture time can be stored; what is far ahead comes from a clock that is wrong. */
  takes(atMs: number, nowMs: number): boolean {
    return atMs >= this.keptFromMs(nowMs) && atMs < (dayOf(nowMs) + DAYS_AHEAD) * DAY_MS;
  }

  /** After a failure: another process may have dropped what this one has made. */
  forget(): void {
    this.#made.clear();
  }

  /** Makes the partitions of these capture times where they are missing. */
  async make(times: Iterable<number>): Promise<void> {
    const missing = [...new Set([...times].map(dayOf))].filter((day) => !this.#made.has(day));
    for (const day of missing) {
      await this.#sql.begin(async (transaction) => {
        // Two processes that make the same day take turns.
        await transaction`SELECT pg_advisory_xact_lock(hashtextextended('track partitions', 10))`;
        for (const table of TABLES) {
          const bounds = `FROM (${day * DAY_MS}) TO (${(day + 1) * DAY_MS})`;
          await transaction.unsafe(`CREATE TABLE IF NOT EXISTS ${partitionName(table, day)} PARTITION OF ${table} FOR VALUES ${bounds}`);
        }
        for (const column of TAIL_COLUMNS)
          await transaction.unsafe(`ALTER TABLE ${partitionName('tracks', day)} ALTER ${column} SET STATISTICS ${TAIL_STATISTICS}`);
      });
      this.#made.add(day);
    }
  }

  /** Makes the days ahead. What is past keeping goes with the daily job (`retention/`). */
  async maintain(nowMs: number): Promise<void> {
    this.#retentionDays = await this.#readDays();
    const firstDay = dayOf(this.keptFromMs(nowMs));
    for (const day of this.#made) if (day < firstDay) this.#made.delete(day);
    await this.make(Array.from({ length: DAYS_AHEAD + 2 }, (_, i) => nowMs + (i - 1) * DAY_MS));
  }
}

/** The oldest day of which the archive holds something, as its beginning; null when it is empty. */
export async function oldestDay(sql: Queryable): Promise<number | null> {
  const rows = await sql<{ day: string | null }[]>`
    SELECT min(right(c.relname, 8)) AS day FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
    WHERE p.relname = ANY(${[...TABLES]})`;
  const day = rows[0]?.day;
  return day ? Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6))) : null;
}

/** What was of a day that is gone. */
export interface DroppedDay {
  /** Beginning of the UTC day. */
  fromMs: number;
  tracks: number;
  /** Table, rows, and for tracks the hash over their keys. */
  lines: string[];
}

/** Drops the oldest day if it ended before `beforeMs` (a beginning of a day, exclusive); null when there is none. */
export async function dropOldestDay(transaction: Transaction, beforeMs: number): Promise<DroppedDay | null> {
  const fromMs = await oldestDay(transaction);
  if (fromMs === null || fromMs >= beforeMs) return null;
  await transaction.unsafe(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
  const dropped: DroppedDay = { fromMs, tracks: 0, lines: [] };
  for (const table of TABLES) {
    const name = partitionName(table, dayOf(fromMs));
    const [there] = await transaction<{ found: boolean }[]>`SELECT to_regclass(${name}) IS NOT NULL AS found`;
    if (!there?.found) continue;
    const digest =
      table === 'tracks'
        ? `encode(sha256(convert_to(coalesce(string_agg(camera_id || '/' || track_id, E'\n' ORDER BY camera_id, track_id), ''), 'UTF8')), 'hex')`
        : `''`;
    const [row] = await transaction.unsafe<{ rows: number; digest: string }[]>(`SELECT count(*) AS rows, ${digest} AS digest FROM ${name}`);
    await transaction.unsafe(`DROP TABLE ${name}`);
    dropped.lines.push(`${name} ${row?.rows ?? 0} ${row?.digest ?? ''}`.trimEnd());
    if (table === 'tracks') dropped.tracks = row?.rows ?? 0;
  }
  return dropped;
}

/** Deletes what lies beside the days and is older than `beforeMs` (exclusive): gaps, plates known, revisions that were replaced. */
export async function tidyArchive(transaction: Transaction, beforeMs: number): Promise<string[]> {
  const gaps = await transaction`DELETE FROM video_gaps WHERE to_ms < ${beforeMs}`;
  const plates = await transaction`DELETE FROM plates WHERE last_day < ${dayOf(beforeMs)}`;
  // The newest one before is still in force.
  const revisions = await transaction`DELETE FROM revisions_in_force old WHERE from_ms < ${beforeMs} AND EXISTS (
    SELECT 1 FROM revisions_in_force newer
    WHERE newer.camera_id = old.camera_id AND newer.from_ms > old.from_ms AND newer.from_ms <= ${beforeMs})`;
  const counts = { video_gaps: gaps.count, plates: plates.count, revisions_in_force: revisions.count };
  return Object.entries(counts).flatMap(([table, count]) => (count > 0 ? [`${table} ${count}`] : []));
}
