import { buckets, type Watchlist, type WatchlistEntry } from '@safecity/contracts';
import type { Bus, Logger } from '@safecity/platform';
import type { Sql } from '../database/connection.js';
import { Rounds } from '../server/rounds.js';

/** Units change, entries run out, and NATS may have been away: the bucket is compared so often anyway. */
const COMPARE_MS = 60_000;

interface ListRow {
  id: string;
  name: string;
  unit_ids: string[];
  entries: (WatchlistEntry & { validFromMs?: number | null; validUntilMs?: number | null })[];
}

function publishedList({ id, name, unit_ids, entries }: ListRow): Watchlist {
  const set = <K extends string>(key: K, value: number | null | undefined) => (value == null ? {} : { [key]: value });
  return {
    id,
    name,
    unitIds: unit_ids,
    entries: entries.map((entry) => ({
      ...{ id: entry.id, plate: entry.plate, reason: entry.reason },
      ...set('validFromMs', entry.validFromMs),
      ...set('validUntilMs', entry.validUntilMs),
    })),
  };
}

/** Keeps the NATS bucket `watchlists` equal to the tables: compared after each change, after a reconnect, and every minute. */
export class WatchlistPublisher {
  readonly #options: { sql: Sql; bus: Bus; nowMs: () => number };
  readonly #rounds: Rounds;

  constructor(options: { sql: Sql; bus: Bus; logger: Logger; nowMs: () => number }) {
    this.#options = options;
    const failed = 'watchlists could not be written to NATS; tried again within a minute';
    this.#rounds = new Rounds(() => this.#compare(), { everyMs: COMPARE_MS, logger: options.logger, failed });
  }

  async start(): Promise<void> {
    void this.#watchReconnects();
    await this.#rounds.start();
  }

  /** Brings the bucket up to date behind what is under way. Never throws and is not waited for. */
  publish(): void {
    void this.#rounds.wake();
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  async #watchReconnects(): Promise<void> {
    for await (const status of this.#options.bus.nc.status()) if (status.type === 'reconnect') this.publish();
  }

  async #compare(): Promise<void> {
    const { sql, bus } = this.#options;
    const nowMs = this.#options.nowMs();
    const rows = await sql<ListRow[]>`
      SELECT w.id, w.name, ARRAY(SELECT unit_scope(w.unit_id, ${nowMs}) ORDER BY 1) AS unit_ids,
        COALESCE((SELECT jsonb_agg(jsonb_build_object('id', e.id, 'plate', e.plate, 'reason', e.reason,
            'validFromMs', e.valid_from_ms, 'validUntilMs', e.valid_until_ms) ORDER BY e.added_at_ms, e.id)
          FROM watchlist_entries e WHERE e.list_id = w.id AND e.removed_at_ms IS NULL
            AND (e.valid_until_ms IS NULL OR e.valid_until_ms > ${nowMs})), '[]') AS entries
      FROM watchlists w WHERE w.deleted_at_ms IS NULL ORDER BY w.id`;
    const bucket = await bus.kv(buckets.watchlists);
    const wanted = new Map(rows.map((row) => [row.id, JSON.stringify(publishedList(row))]));
    const strangers: string[] = [];
    for await (const key of await bucket.keys()) if (!wanted.has(key)) strangers.push(key);
    for (const key of strangers) await bucket.delete(key);
    for (const [id, text] of wanted) {
      const entry = await bucket.get(id);
      if (entry?.operation !== 'PUT' || entry.string() !== text) await bucket.put(id, text);
    }
  }
}
