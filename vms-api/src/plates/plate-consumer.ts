import { streams } from '@safecity/contracts';
import type { Bus, Logger } from '@safecity/platform';
import type { Sql } from '../database/connection.js';
import { StreamConsumer } from '../intake/stream-consumer.js';
import { forgetSightings, takeVehiclePlate } from './plate-sightings.js';

const TIDY_MS = 3_600_000;
const DEFAULT_KEPT_DAYS = 30;
const DAY_MS = 86_400_000;

export interface PlateConsumerOptions {
  sql: Sql;
  bus: Bus;
  logger: Logger;
  nowMs: () => number;
  /** How long sightings are kept; default 30. */
  keptDays?: number | undefined;
}

/** Stores the plates of the `PLATES` stream, each acknowledged after it is stored, and forgets those that are too old. */
export class PlateConsumer {
  readonly #options: PlateConsumerOptions;
  readonly #consumer: StreamConsumer;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PlateConsumerOptions) {
    const { sql, bus, logger } = options;
    this.#options = options;
    const store = (value: unknown) => takeVehiclePlate(sql, value);
    this.#consumer = new StreamConsumer({ bus, logger, stream: streams.plates.name, durable: 'vms-api', what: 'a plate', store });
  }

  start(): void {
    this.#consumer.start();
    void this.#tidy();
    this.#timer = setInterval(() => void this.#tidy(), TIDY_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#consumer.close();
  }

  async #tidy(): Promise<void> {
    const { sql, nowMs, keptDays = DEFAULT_KEPT_DAYS, logger } = this.#options;
    await forgetSightings(sql, nowMs() - keptDays * DAY_MS).catch((error: unknown) => {
      logger.warn({ err: error }, 'old plates could not be deleted; tried again within an hour');
    });
  }
}
