import { streams } from '@safecity/contracts';
import type { Bus, Logger } from '@safecity/platform';
import type { CameraStatuses } from '../cameras/camera-statuses.js';
import type { Sql } from '../database/connection.js';
import { StreamConsumer } from '../intake/stream-consumer.js';
import { CameraStateRecorder } from './camera-states.js';
import { takeCounts } from './interval-counts.js';

/** How long counts and states of cameras are kept: a year and a little, to compare a month with last year's. */
const KEPT_MS = 400 * 86_400_000;
const TIDY_MS = 3_600_000;

export interface StatisticsRecorderOptions {
  sql: Sql;
  bus: Bus;
  logger: Logger;
  nowMs: () => number;
  statuses: CameraStatuses;
}

/** Deletes what is past keeping. */
export async function forgetStatistics(sql: Sql, nowMs: number): Promise<void> {
  await sql`DELETE FROM interval_counts WHERE from_ms < ${nowMs - KEPT_MS}`;
  await sql`DELETE FROM camera_state_spans WHERE to_ms < ${nowMs - KEPT_MS}`;
}

/** Writes down what statistics are made of and nothing else keeps: counts of intervals, and states of cameras. */
export class StatisticsRecorder {
  readonly #options: StatisticsRecorderOptions;
  readonly #counts: StreamConsumer;
  readonly #states: CameraStateRecorder;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: StatisticsRecorderOptions) {
    const { sql, bus, logger } = options;
    this.#options = options;
    const store = (value: unknown) => takeCounts(sql, value);
    this.#counts = new StreamConsumer({ bus, logger, stream: streams.counts.name, durable: 'vms-api', what: 'a count', store });
    this.#states = new CameraStateRecorder(options);
  }

  start(): void {
    this.#counts.start();
    this.#states.start();
    void this.#tidy();
    this.#timer = setInterval(() => void this.#tidy(), TIDY_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#counts.close();
    await this.#states.close();
  }

  async #tidy(): Promise<void> {
    const { sql, nowMs, logger } = this.#options;
    await forgetStatistics(sql, nowMs()).catch((error: unknown) => {
      logger.warn({ err: error }, 'old statistics could not be deleted; tried again within an hour');
    });
  }
}
