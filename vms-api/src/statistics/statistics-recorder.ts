import { streams } from '@safecity/contracts';
import type { Bus, Logger } from '@safecity/platform';
import type { CameraStatuses } from '../cameras/camera-statuses.js';
import type { Sql } from '../database/connection.js';
import { StreamConsumer } from '../intake/stream-consumer.js';
import { CameraStateRecorder } from './camera-states.js';
import { takeCounts } from './interval-counts.js';

export interface StatisticsRecorderOptions {
  sql: Sql;
  bus: Bus;
  logger: Logger;
  nowMs: () => number;
  statuses: CameraStatuses;
}

/** Writes down what statistics are made of and nothing else keeps: counts of intervals, and states of cameras. */
export class StatisticsRecorder {
  readonly #counts: StreamConsumer;
  readonly #states: CameraStateRecorder;

  constructor(options: StatisticsRecorderOptions) {
    const { sql, bus, logger } = options;
    const store = (value: unknown) => takeCounts(sql, value);
    this.#counts = new StreamConsumer({ bus, logger, stream: streams.counts.name, durable: 'vms-api', what: 'a count', store });
    this.#states = new CameraStateRecorder(options);
  }

  start(): void {
    this.#counts.start();
    this.#states.start();
  }

  async close(): Promise<void> {
    await this.#counts.close();
    await this.#states.close();
  }
}
