import type { Sql } from '../database/connection.js';

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

/** The daily partitions of the archive: made ahead, dropped when they are past keeping. */
export class DayPartitions {
  readonly #sql: Sql;
  readonly #retentionDays: number;
  readonly #made = new Set<number>();

  constructor(sql: Sql, retentionDays: number) {
    this.#sql = sql;
    this.#retentionDays = retentionDays;
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

  /** Makes the days ahead and drops those past keeping. */
  async maintain(nowMs: number): Promise<void> {
    await this.make(Array.from({ length: DAYS_AHEAD + 2 }, (_, i) => nowMs + (i - 1) * DAY_MS));
    const keptFromMs = this.keptFromMs(nowMs);
    for (const table of TABLES) await this.#dropOlder(table, dayOf(keptFromMs));
    const sql = this.#sql;
    await sql`DELETE FROM video_gaps WHERE to_ms < ${keptFromMs}`;
    await sql`DELETE FROM plates WHERE last_day < ${dayOf(keptFromMs)}`;
    // The newest one before is still in force.
    await sql`DELETE FROM revisions_in_force old WHERE from_ms < ${keptFromMs} AND EXISTS (
      SELECT 1 FROM revisions_in_force newer
      WHERE newer.camera_id = old.camera_id AND newer.from_ms > old.from_ms AND newer.from_ms <= ${keptFromMs})`;
  }

  async #dropOlder(table: (typeof TABLES)[number], firstKeptDay: number): Promise<void> {
    const oldest = partitionName(table, firstKeptDay);
    const rows = await this.#sql<{ name: string }[]>`
      SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = ${table}::regclass AND c.relname < ${oldest} ORDER BY c.relname`;
    for (const { name } of rows) {
      await this.#sql.begin(async (transaction) => {
        await transaction.unsafe(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
        await transaction.unsafe(`DROP TABLE IF EXISTS ${name}`);
      });
    }
    for (const day of this.#made) if (day < firstKeptDay) this.#made.delete(day);
  }
}
