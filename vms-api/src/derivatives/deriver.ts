import type { Logger } from '@safecity/platform';
import { lockAlert, stampAlert } from '../alerts/alert-clock.js';
import type { FullAlertRow } from '../alerts/alert-rows.js';
import { alertRowOf } from '../alerts/alert-store.js';
import type { Sql } from '../database/connection.js';
import type { EvidenceFiles } from '../evidence/evidence-files.js';
import type { MaskInference } from '../masking/mask-models.js';
import { Rounds } from '../server/rounds.js';
import { type MadeFile, storeDerivatives } from './derivative-rows.js';
import type { MaskedCopies } from './masked-copies.js';
import { makeOverview } from './overview.js';
import { makePlateCrop } from './plate-crop.js';

const POLL_MS = 3000;
const AT_ONCE = 4;
/** A path is drawn from the archive; what has not left the picture by then is drawn from its moments. */
const PATH_WAIT_MS = 2 * 60_000;
/** Alerts that are older get no overview any more. */
const LOOKED_BACK_MS = 30 * 60_000;
/** What failed is tried again after this. */
const RETRY_MS = 30_000;

export interface DeriverOptions {
  sql: Sql;
  files: EvidenceFiles;
  inference: MaskInference;
  maskedCopies: MaskedCopies;
  logger: Logger;
  nowMs: () => number;
}

/**
 * Makes overview and plate crop of each alert about a track, once its pictures are there and its path is archived. What is to be
 * done is read from the database, so a restart loses nothing.
 */
export class Deriver {
  readonly #options: DeriverOptions;
  /** Alerts that failed or gave nothing, and when they may be tried again; forgotten with the time they are looked back at. */
  readonly #later = new Map<string, number>();
  readonly #rounds: Rounds;

  constructor(options: DeriverOptions) {
    this.#options = options;
    const failed = 'overviews could not be made; trying again';
    this.#rounds = new Rounds((closing) => this.#work(closing), { everyMs: POLL_MS, logger: options.logger, failed });
  }

  start(): void {
    void this.#rounds.start();
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  async #work(closing: AbortSignal): Promise<void> {
    const nowMs = this.#options.nowMs();
    for (const [alertId, untilMs] of this.#later) if (untilMs <= nowMs) this.#later.delete(alertId);
    for (const alertId of await this.#due(nowMs)) {
      if (closing.aborted) return;
      await this.#derive(alertId, nowMs);
    }
  }

  async #due(nowMs: number): Promise<string[]> {
    const rows = await this.#options.sql<{ id: string }[]>`
      SELECT a.id FROM alerts a
      WHERE a.raised_at_ms > ${nowMs - LOOKED_BACK_MS} AND a.message #>> '{findings,0,subject,kind}' = 'track'
        AND NOT a.id = ANY(${[...this.#later.keys()]}::uuid[])
        AND EXISTS (SELECT 1 FROM alert_evidence e WHERE e.alert_id = a.id)
        AND NOT EXISTS (SELECT 1 FROM evidence_jobs j WHERE j.alert_id = a.id AND j.state = 'pending')
        AND NOT EXISTS (SELECT 1 FROM evidence_derivatives d WHERE d.alert_id = a.id AND d.kind = 'overview')
        AND (a.received_at_ms < ${nowMs - PATH_WAIT_MS} OR EXISTS (
          SELECT 1 FROM track_paths t WHERE t.camera_id = a.camera_id AND t.track_id = a.message #>> '{findings,0,subject,id}'
            AND t.first_ms <= a.raised_at_ms AND t.first_ms > a.raised_at_ms - 3600000 AND t.last_ms >= a.raised_at_ms))
      ORDER BY a.raised_at_ms DESC LIMIT ${AT_ONCE}`;
    return rows.map(({ id }) => id);
  }

  async #derive(alertId: string, nowMs: number): Promise<void> {
    try {
      const alert = await alertRowOf(this.#options.sql, alertId);
      const made = alert ? await this.#made(alert) : [];
      if (made.length === 0) this.#later.set(alertId, nowMs + LOOKED_BACK_MS);
      else await this.#store(alertId, made);
    } catch (error) {
      this.#later.set(alertId, nowMs + RETRY_MS);
      this.#options.logger.warn({ alertId, err: error }, 'the overview of an alert could not be made; trying again');
    }
  }

  async #made(alert: FullAlertRow): Promise<MadeFile[]> {
    const overview = await makeOverview(this.#options, alert);
    const plate = await makePlateCrop(this.#options, alert);
    return [overview, plate].filter((one) => one !== null);
  }

  async #store(alertId: string, made: MadeFile[]): Promise<void> {
    const { sql, nowMs } = this.#options;
    await storeDerivatives(this.#options, alertId, made, nowMs());
    // Who has the alert on the screen gets them.
    await sql.begin(async (transaction) => {
      await lockAlert(transaction, alertId);
      await stampAlert(transaction, alertId);
    });
  }
}
