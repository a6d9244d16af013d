import { type AlertDecision, type AlertSplit, buckets, type Suppression } from '@safecity/contracts';
import type { Bus, Logger } from '@safecity/platform';
import type { Sql } from '../database/connection.js';
import { recentSuppressions } from '../suppressions/suppression-store.js';

/** How long rules needs a decision: nothing joins an alert so long after. */
const DECISION_KEPT_MS = 24 * 3_600_000;

/** The same for a suppression, which lasts 7 days at most. */
const SUPPRESSION_KEPT_MS = 8 * 86_400_000;

/** What rules is told: each has its own shape. */
type Told = AlertDecision | AlertSplit | Suppression;

interface DecisionRow {
  alert_id: string;
  camera_id: string;
  to_state: AlertDecision['state'];
  at_ms: number;
  role: string | null;
}

/**
 * Tells rules what operators decided, through the buckets `decisions` and `suppressions`. The record is the truth: at the start and after each
 * reconnect every decision of the last 24 h and every suppression in force is written again, so none is lost while NATS is away.
 */
export class DecisionPublisher {
  readonly #sql: Sql;
  readonly #bus: Bus;
  readonly #logger: Logger;
  readonly #nowMs: () => number;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: { sql: Sql; bus: Bus; logger: Logger; nowMs: () => number }) {
    this.#sql = options.sql;
    this.#bus = options.bus;
    this.#logger = options.logger;
    this.#nowMs = options.nowMs;
  }

  async start(): Promise<void> {
    this.#queue(() => this.#publishRecent());
    void this.#watchReconnects();
    await this.#writing;
  }

  /** Writes one decision behind the others. Never throws and is not waited for: an operator does not wait for NATS. */
  publish(decision: Told): void {
    this.#queue(() => this.#write([decision]));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
  }

  #queue(work: () => Promise<void>): void {
    // What waits when it closes is written again at the next start: while NATS is away each would take its whole time.
    this.#writing = this.#writing
      .then(() => (this.#closed ? undefined : work()))
      .catch((error: unknown) => {
        this.#logger.warn({ err: error }, 'a decision could not be written to NATS; it is written again after the reconnect');
      });
  }

  async #watchReconnects(): Promise<void> {
    for await (const status of this.#bus.nc.status()) {
      if (status.type === 'reconnect' && !this.#closed) this.#queue(() => this.#publishRecent());
    }
  }

  async #publishRecent(): Promise<void> {
    const rows = await this.#sql<DecisionRow[]>`
      SELECT DISTINCT ON (h.alert_id) h.alert_id, a.camera_id, h.to_state, h.at_ms, h.actor_role AS role
      FROM alert_history h JOIN alerts a ON a.id = h.alert_id
      WHERE h.actor <> 'system' AND h.from_state <> h.to_state AND a.opened_by IS NULL AND h.at_ms >= ${this.#nowMs() - DECISION_KEPT_MS}
      ORDER BY h.alert_id, h.id DESC`;
    const splits = await this.#sql<AlertSplit[]>`
      SELECT s.alert_id AS "alertId", a.camera_id AS "cameraId", s.split_from AS "splitFrom", s.role, s.at_ms AS "atMs"
      FROM alert_splits s JOIN alerts a ON a.id = s.alert_id WHERE s.at_ms >= ${this.#nowMs() - DECISION_KEPT_MS}`;
    await this.#write([
      ...(await recentSuppressions(this.#sql, this.#nowMs())),
      ...splits,
      ...rows.map((row) => ({
        alertId: row.alert_id,
        cameraId: row.camera_id,
        state: row.to_state,
        role: row.role ?? 'unknown',
        atMs: Number(row.at_ms),
      })),
    ]);
  }

  async #write(decisions: readonly Told[]): Promise<void> {
    const bucket = await this.#bus.kv(buckets.decisions, { ttlMs: DECISION_KEPT_MS });
    const suppressions = await this.#bus.kv(buckets.suppressions, { ttlMs: SUPPRESSION_KEPT_MS });
    for (const decision of decisions) {
      if ('polygon' in decision) await suppressions.put(decision.id, JSON.stringify(decision));
      else await bucket.put('splitFrom' in decision ? `${decision.alertId}.split` : decision.alertId, JSON.stringify(decision));
    }
  }
}
