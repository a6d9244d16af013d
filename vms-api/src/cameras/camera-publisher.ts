import { buckets, type CameraConfig } from '@safecity/contracts';
import type { Bus, Logger } from '@safecity/platform';
import type { Sql } from '../database/connection.js';

const RETRY_MS = 2000;
const PATIENCE_MS = 1000;

type CameraBucket = Awaited<ReturnType<Bus['kv']>>;

interface PublishableRow {
  id: string;
  revision: number;
  config: CameraConfig;
  sealed_credentials: string | null;
  deleted: boolean;
}

/** The camera as ingest and rules read it: with its credentials, sealed. */
function publishedConfig(row: PublishableRow): CameraConfig {
  const source = row.sealed_credentials === null ? row.config.source : { ...row.config.source, sealedCredentials: row.sealed_credentials };
  return { ...row.config, revision: row.revision, source };
}

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

function revisionIn(entry: { operation: string; string(): string } | null): number | null {
  if (entry?.operation !== 'PUT') return null;
  try {
    return (JSON.parse(entry.string()) as CameraConfig).revision ?? 0;
  } catch {
    return 0;
  }
}

/**
 * Keeps the NATS bucket `cameras` equal to the table. Each row remembers the revision last written to the bucket; what
 * is owed is written now, and again every 2 s while NATS is away. At the start and after a reconnect everything is
 * compared, because the bucket itself may have been lost.
 */
export class CameraPublisher {
  readonly #sql: Sql;
  readonly #bus: Bus;
  readonly #logger: Logger;
  #bucket: CameraBucket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;
  /** What the next round does: write what is owed, or compare everything first. */
  #wanted: 'nothing' | 'owed' | 'all' = 'nothing';
  #closed = false;

  constructor(sql: Sql, bus: Bus, logger: Logger) {
    this.#sql = sql;
    this.#bus = bus;
    this.#logger = logger;
  }

  async start(): Promise<void> {
    await this.#compareAll();
    this.#timer = setInterval(() => void this.publishOwed(), RETRY_MS);
    void this.#watchReconnects();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  /**
   * Writes what is owed. Never throws, because the next round does it again, and waits for a second at most: while NATS
   * is away a stored change is answered as stored.
   */
  async publishOwed(): Promise<void> {
    if (this.#wanted === 'nothing') this.#wanted = 'owed';
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS);
    });
    await Promise.race([this.#run(), patience]).finally(() => clearTimeout(timer));
  }

  /** One round at a time; what is asked for meanwhile is one more round. */
  #run(): Promise<void> {
    this.#running ??= this.#rounds().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #rounds(): Promise<void> {
    while (this.#wanted !== 'nothing' && !this.#closed) {
      const all = this.#wanted === 'all';
      this.#wanted = 'nothing';
      try {
        await (all ? this.#compareAll() : this.#publishOwed());
      } catch (error) {
        this.#logger.warn({ err: error }, 'camera configuration could not be written to NATS; trying again');
      }
    }
  }

  async #watchReconnects(): Promise<void> {
    for await (const status of this.#bus.nc.status()) {
      if (status.type !== 'reconnect') continue;
      this.#wanted = 'all';
      void this.#run();
    }
  }

  async #open(): Promise<CameraBucket> {
    this.#bucket ??= await this.#bus.kv(buckets.cameras);
    return this.#bucket;
  }

  async #publishOwed(): Promise<void> {
    const rows = await this.#sql<PublishableRow[]>`
      SELECT id, revision, config, sealed_credentials, deleted_at_ms IS NOT NULL AS deleted
      FROM cameras WHERE published_revision <> revision ORDER BY id`;
    if (rows.length === 0) return;
    const bucket = await this.#open();
    for (const row of rows) await this.#publish(bucket, row);
  }

  async #publish(bucket: CameraBucket, row: PublishableRow): Promise<void> {
    const entry = await bucket.get(row.id);
    const inBucket = revisionIn(entry);
    if (row.deleted) {
      if (inBucket !== null) await bucket.delete(row.id);
    } else if (inBucket === null) {
      await bucket.put(row.id, encode(publishedConfig(row)));
    } else if (inBucket < row.revision) {
      // Compare and set: another API process may have written a newer revision in between.
      await bucket.update(row.id, encode(publishedConfig(row)), entry?.revision ?? 0);
    }
    await this.#sql`UPDATE cameras SET published_revision = ${row.revision} WHERE id = ${row.id} AND revision = ${row.revision}`;
  }

  async #compareAll(): Promise<void> {
    this.#bucket = undefined;
    const bucket = await this.#open();
    const rows = await this.#sql<{ id: string; revision: number; deleted: boolean }[]>`
      SELECT id, revision, deleted_at_ms IS NOT NULL AS deleted FROM cameras`;
    const known = new Map(rows.map((row) => [row.id, row]));
    const strangers: string[] = [];
    for await (const key of await bucket.keys()) if (known.get(key)?.deleted ?? true) strangers.push(key);
    for (const key of strangers) await bucket.delete(key);
    for (const row of rows) {
      const inBucket = row.deleted ? row.revision : revisionIn(await bucket.get(row.id));
      // A bucket that is ahead belongs to a table that was restored from backup: the table is right.
      if (inBucket !== null && inBucket > row.revision) await bucket.delete(row.id);
      if (inBucket !== row.revision) await this.#sql`UPDATE cameras SET published_revision = 0 WHERE id = ${row.id}`;
    }
    await this.#publishOwed();
  }
}
