import { RECORDING_DEFAULTS } from '@safecity/contracts';
import type { Logger } from '@safecity/platform';
import type { Queryable, Sql } from '../database/connection.js';
import type { IngestDirectory } from '../live/ingest-directory.js';
import { Rounds } from '../server/rounds.js';

const LOOK_EVERY_MS = 2000;
/** What grows is written down so often; what is new, at once. */
const WRITE_EVERY_MS = 30_000;
const DAY_MS = 86_400_000;
/** Nothing is kept longer (`recording.retentionDays`). */
const LONGEST_KEPT_MS = 3650 * DAY_MS;

/** A stretch of recording on the disk of a worker that does not answer, epoch ms. */
export interface AwayStretch {
  workerId: string;
  fromMs: number;
  toMs: number;
}

export interface RecordedByWorkersOptions {
  sql: Sql;
  ingest: IngestDirectory;
  logger: Logger;
  nowMs: () => number;
}

/** Writes down what ingest workers say that they have recorded: when one is away, what it holds is still known. */
export class RecordedByWorkers {
  readonly #options: RecordedByWorkersOptions;
  readonly #rounds: Rounds;
  #written = { cameras: '', atMs: Number.NEGATIVE_INFINITY };

  constructor(options: RecordedByWorkersOptions) {
    this.#options = options;
    const failed = 'what ingest workers have recorded could not be written down; trying again';
    this.#rounds = new Rounds(() => this.#look(), { everyMs: LOOK_EVERY_MS, logger: options.logger, failed });
  }

  start(): void {
    void this.#rounds.start();
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  /** Writes down what is new, or what has grown for long enough. */
  async #look(): Promise<void> {
    const { ingest, nowMs } = this.#options;
    const workers = ingest.recorded();
    const cameras = JSON.stringify(workers.map(({ workerId, recorded }) => [workerId, recorded.map(({ cameraId }) => cameraId)]));
    if (cameras === this.#written.cameras && nowMs() - this.#written.atMs < WRITE_EVERY_MS) return;
    await this.#write(workers, nowMs());
    this.#written = { cameras, atMs: nowMs() };
  }

  async #write(workers: ReturnType<IngestDirectory['recorded']>, nowMs: number): Promise<void> {
    await this.#options.sql.begin(async (sql) => {
      for (const { workerId, recorded } of workers) {
        await sql`DELETE FROM recorded_by_workers WHERE worker_id = ${workerId} AND NOT camera_id = ANY (${recorded.map(({ cameraId }) => cameraId)})`;
        await sql`
          INSERT INTO recorded_by_workers (worker_id, camera_id, from_ms, to_ms, seen_at_ms)
          SELECT ${workerId}, r."cameraId", r."fromMs", r."toMs", ${nowMs}
          FROM jsonb_to_recordset(${sql.json(recorded)}) AS r ("cameraId" text, "fromMs" double precision, "toMs" double precision)
          ON CONFLICT (worker_id, camera_id)
            DO UPDATE SET from_ms = EXCLUDED.from_ms, to_ms = EXCLUDED.to_ms, seen_at_ms = EXCLUDED.seen_at_ms`;
      }
      await sql`DELETE FROM recorded_by_workers WHERE to_ms < ${nowMs - LONGEST_KEPT_MS}`;
    });
  }
}

/** What workers other than `present` were last known to have recorded of a camera and cannot have deleted for its age yet. */
export async function awayStretches(sql: Queryable, cameraId: string, present: readonly string[], nowMs: number): Promise<AwayStretch[]> {
  const rows = await sql<AwayStretch[]>`
    SELECT worker_id AS "workerId", GREATEST(from_ms, oldest_ms) AS "fromMs", to_ms AS "toMs" FROM (
      SELECT r.*, ${nowMs} - ${DAY_MS} * COALESCE((c.config -> 'recording' ->> 'retentionDays')::float8, ${RECORDING_DEFAULTS.retentionDays})
        AS oldest_ms
      FROM recorded_by_workers r LEFT JOIN cameras c ON c.id = r.camera_id WHERE r.camera_id = ${cameraId}
    ) known WHERE to_ms >= oldest_ms AND NOT worker_id = ANY (${[...present]}) ORDER BY worker_id`;
  return [...rows];
}
