import type { Logger } from '@safecity/platform';
import type { Sql } from '../database/connection.js';
import type { EvidenceFiles } from '../evidence/evidence-files.js';
import { endExpiredHolds } from '../holds/hold-store.js';
import type { SigningKey } from '../ledger/signing-key.js';
import { DEFAULT_SITE, readSetting } from '../site/settings.js';
import type { Sweep } from './batch.js';
import { cutoffOf, DAY_MS, RETENTION_CLASS_IDS, type RetentionClass } from './classes.js';
import { daysKept, type RetentionDefaults } from './retention-settings.js';
import { enterBatch, type FinishParts, finishRun, type OpenRun, openRuns } from './runs.js';
import { alertSweep } from './sweep-alerts.js';
import { plateSweep, trackSweep } from './sweep-archive.js';
import { deskSweep } from './sweep-desk.js';
import { deliveryBodySweep, sessionSweep, statisticsSweep } from './sweep-rows.js';

const LOOK_EVERY_MS = 60_000;
/** After a failure: the store or the database may be back. */
const RETRY_MS = 10 * 60_000;
/** Any number that no other lock uses: one process runs the job. */
const LOCK = 5_137_702_414;

/** How each class is deleted. */
export const SWEEPS: Record<RetentionClass, Sweep> = {
  tracks: trackSweep,
  plates: plateSweep,
  'false-alarm-evidence': alertSweep('false-alarm-evidence'),
  'incident-evidence': alertSweep('incident-evidence'),
  alerts: alertSweep('alerts'),
  statistics: statisticsSweep,
  'delivery-bodies': deliveryBodySweep,
  desk: deskSweep,
  sessions: sessionSweep,
};

export interface RetentionJobOptions {
  sql: Sql;
  evidence: EvidenceFiles;
  signingKey: SigningKey;
  defaults: RetentionDefaults;
  /** Hour of local time, 0..23, from which on it runs. */
  hour: number;
  logger: Logger;
  nowMs: () => number;
}

/** Day and time of day of a site. */
async function localDay(sql: Sql, atMs: number): Promise<{ day: number; intoDayMs: number; offsetMs: number }> {
  const offsetMs = ((await readSetting(sql, 'site')) ?? DEFAULT_SITE).zoneOffsetMinutes * 60_000;
  const day = Math.floor((atMs + offsetMs) / DAY_MS);
  return { day, intoDayMs: atMs + offsetMs - day * DAY_MS, offsetMs };
}

const hasRun = async (sql: Sql, day: number) => (await sql`SELECT 1 FROM retention_days WHERE day = ${day}`).length > 0;

/** When the job runs next, epoch ms. */
export async function nextRunAtMs(sql: Sql, hour: number, nowMs: number): Promise<number> {
  const { day, offsetMs } = await localDay(sql, nowMs);
  const next = (await hasRun(sql, day)) ? day + 1 : day;
  return Math.max(nowMs, next * DAY_MS + hour * 3_600_000 - offsetMs);
}

/**
 * Deletes what is past keeping, once a day of local time, in one process, in small transactions. Each class that had something
 * is a run with a signed record. A job that was killed goes on where it was at the next start.
 */
export class RetentionJob {
  readonly #options: RetentionJobOptions;
  readonly #finish: FinishParts;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: RetentionJobOptions) {
    this.#options = options;
    this.#finish = { ...options, stopped: () => this.#closed };
  }

  start(): void {
    void this.run();
    this.#timer = setInterval(() => void this.run(), LOOK_EVERY_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Runs if the day's run is due and no other process is at it. @returns true when it ran to its end */
  run(): Promise<boolean> {
    const run = this.#running.then(() => this.#runIfDue());
    this.#running = run;
    return run;
  }

  async #runIfDue(): Promise<boolean> {
    const { sql, hour, nowMs, logger } = this.#options;
    if (this.#closed || nowMs() < this.#notBeforeMs) return false;
    try {
      const { day, intoDayMs } = await localDay(sql, nowMs());
      if (intoDayMs < hour * 3_600_000 || (await hasRun(sql, day))) return false;
      return await this.#alone(() => this.#runDay(day));
    } catch (error) {
      this.#notBeforeMs = nowMs() + RETRY_MS;
      if (!this.#closed) logger.warn({ err: error }, 'data past keeping could not be deleted; trying again in ten minutes');
      return false;
    }
  }

  /** With the lock of the job, on a connection of its own: it is free again when the process dies. */
  async #alone(work: () => Promise<boolean>): Promise<boolean> {
    const connection = await this.#options.sql.reserve();
    try {
      const [row] = await connection<{ mine: boolean }[]>`SELECT pg_try_advisory_lock(${LOCK}) AS mine`;
      if (!row?.mine) return false;
      try {
        return await work();
      } finally {
        await connection`SELECT pg_advisory_unlock(${LOCK})`;
      }
    } finally {
      connection.release();
    }
  }

  async #runDay(day: number): Promise<boolean> {
    const { sql, nowMs, logger } = this.#options;
    if (await hasRun(sql, day)) return false;
    for (const run of await openRuns(sql)) await finishRun(this.#finish, run, nowMs());
    await endExpiredHolds(sql, nowMs());
    const failed: unknown[] = [];
    for (const id of RETENTION_CLASS_IDS) {
      await this.#sweep(id).catch((error: unknown) => {
        logger.warn({ err: error, class: id }, 'a class of data past keeping could not be deleted; the others go on');
        failed.push(error);
      });
      if (this.#closed) return false;
    }
    if (failed.length > 0) throw failed[0];
    await sql`INSERT INTO retention_days (day, finished_at_ms) VALUES (${day}, ${nowMs()}) ON CONFLICT DO NOTHING`;
    return true;
  }

  async #sweep(id: RetentionClass): Promise<void> {
    const { sql, defaults, nowMs, logger } = this.#options;
    const days = await daysKept(sql, id, defaults);
    const startedAtMs = nowMs();
    const planned = { class: id, days, beforeMs: cutoffOf(id, days, startedAtMs), startedAtMs };
    let run: OpenRun | undefined;
    while (!this.#closed) {
      const entered = (await sql.begin(async (transaction) => {
        const batch = await SWEEPS[id].batch(transaction, planned.beforeMs, days);
        return batch ? enterBatch(transaction, run ?? planned, batch) : null;
      })) as OpenRun | null;
      if (!entered) break;
      run = entered;
    }
    if (!run) return;
    await finishRun(this.#finish, run, nowMs());
    logger.info({ class: id, run: run.id }, 'data past keeping was deleted');
  }
}
