import type { Logger } from '@safecity/platform';
import type { Queryable, Sql } from '../database/connection.js';
import { headStatement } from '../ledger/chain.js';
import type { TimeStampAuthority } from './authority.js';

const EVERY_MS = 10 * 60_000;
const LOOK_EVERY_MS = 60_000;

export interface LedgerStamperOptions {
  sql: Sql;
  authority: TimeStampAuthority;
  logger: Logger;
  nowMs: () => number;
}

/** A time stamp of the ledger's head: everything entered up to it existed at that moment. */
export interface LedgerStamp {
  seq: number;
  hash: string;
  token: Buffer;
}

/** Time stamps that speak for a subject, in order: of each of its entries the first that covers it. There is another every ten minutes. */
export function ledgerStamps(sql: Queryable, subject: string): Promise<LedgerStamp[]> {
  return sql<LedgerStamp[]>`
    SELECT s.seq, l.hash, s.token FROM ledger_stamps s JOIN ledger l ON l.seq = s.seq WHERE s.seq IN (
      SELECT (SELECT min(t.seq) FROM ledger_stamps t WHERE t.seq >= o.seq) FROM ledger o WHERE o.subject = ${subject})
    ORDER BY s.seq`;
}

/** Has the head of the ledger time-stamped every ten minutes, if it has grown. While the authority is away nothing waits for it. */
export class LedgerStamper {
  readonly #options: LedgerStamperOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #failing = false;

  constructor(options: LedgerStamperOptions) {
    this.#options = options;
  }

  start(): void {
    void this.stampIfDue();
    this.#timer = setInterval(() => void this.stampIfDue(), LOOK_EVERY_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  /** @returns true when a time stamp was stored */
  stampIfDue(): Promise<boolean> {
    const run = this.#running.then(() => this.#stamp());
    this.#running = run;
    return run;
  }

  async #stamp(): Promise<boolean> {
    const { sql, authority, logger, nowMs } = this.#options;
    if (nowMs() < this.#notBeforeMs) return false;
    try {
      const [head] = await sql<{ seq: number; hash: string }[]>`
        SELECT seq, hash FROM ledger WHERE seq > COALESCE((SELECT max(seq) FROM ledger_stamps), 0) ORDER BY seq DESC LIMIT 1`;
      if (!head) return false;
      const { token, stamp } = await authority.stamp(headStatement(head.seq, head.hash));
      await sql`INSERT INTO ledger_stamps (seq, token, stamped_at_ms) VALUES (${head.seq}, ${token}, ${stamp.atMs}) ON CONFLICT DO NOTHING`;
      this.#notBeforeMs = nowMs() + EVERY_MS;
      if (this.#failing) logger.info({ seq: head.seq }, 'the ledger is time-stamped again');
      this.#failing = false;
      return true;
    } catch (error) {
      if (!this.#failing)
        logger.warn({ err: error }, 'the ledger could not be time-stamped; tried again every minute, nothing waits for it');
      this.#failing = true;
      return false;
    }
  }
}
