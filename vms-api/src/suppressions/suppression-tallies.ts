import { buckets, matches, SuppressionTally } from '@safecity/contracts';
import type { Bus, Logger } from '@safecity/platform';
import type { Sql } from '../database/connection.js';
import { storeTally } from './suppression-store.js';

/** Longer than the longest suppression lasts. */
const KEPT_MS = 8 * 86_400_000;

/** Keeps what rules says it has hidden. The bucket holds the newest word on each suppression, so nothing is lost by a restart. */
export class SuppressionTallies {
  #watch: { stop(): void } | undefined;
  #running: Promise<void> | undefined;

  constructor(private readonly options: { sql: Sql; bus: Bus; logger: Logger }) {}

  async start(): Promise<void> {
    const bucket = await this.options.bus.kv(buckets.suppressionTallies, { ttlMs: KEPT_MS });
    const watch = await bucket.watch();
    this.#watch = watch;
    this.#running = (async () => {
      for await (const entry of watch) if (entry.operation === 'PUT') await this.#take(entry.key, entry.string());
    })();
  }

  async close(): Promise<void> {
    this.#watch?.stop();
    await this.#running;
  }

  async #take(key: string, text: string): Promise<void> {
    try {
      const tally: unknown = JSON.parse(text);
      if (!matches(SuppressionTally, tally)) throw new Error('it breaks its schema');
      await storeTally(this.options.sql, tally);
    } catch (error) {
      this.options.logger.warn({ err: error, suppressionId: key }, 'what a suppression has hidden could not be stored');
    }
  }
}
