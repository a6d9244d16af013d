import { streams } from '@safecity/contracts';
import type { Bus, Logger } from '@safecity/platform';
import type { Sql } from '../database/connection.js';
import { forgetSightings, takeVehiclePlate } from './plate-sightings.js';

const DURABLE = 'vms-api';
const RETRY_MS = 1000;
const TIDY_MS = 3_600_000;
const DEFAULT_KEPT_DAYS = 30;
const DAY_MS = 86_400_000;

type ConsumerConfig = Parameters<Bus['jsm']['consumers']['add']>[1];
type Messages = Awaited<ReturnType<Awaited<ReturnType<Bus['js']['consumers']['get']>>['consume']>>;

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
  #messages: Messages | undefined;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: PlateConsumerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
    void this.#tidy();
    this.#timer = setInterval(() => void this.#tidy(), TIDY_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#messages?.stop();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#consume();
      } catch (error) {
        if (!this.#closed) this.#options.logger.warn({ err: error }, 'plates could not be read from NATS; trying again');
      }
      if (!this.#closed) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  async #consume(): Promise<void> {
    const { bus, sql, logger } = this.#options;
    await bus.jsm.consumers.add(streams.plates.name, { durable_name: DURABLE, ack_policy: 'explicit' } as ConsumerConfig);
    const consumer = await bus.js.consumers.get(streams.plates.name, DURABLE);
    const messages = await consumer.consume();
    this.#messages = messages;
    if (this.#closed) messages.stop();
    for await (const message of messages) {
      try {
        if (await takeVehiclePlate(sql, message.json())) message.ack();
        else message.term();
      } catch (error) {
        if (error instanceof SyntaxError) {
          message.term();
          continue;
        }
        logger.warn({ err: error, sequence: message.seq }, 'a plate could not be stored; it will come again');
        message.nak(RETRY_MS);
      }
    }
  }

  async #tidy(): Promise<void> {
    const { sql, nowMs, keptDays = DEFAULT_KEPT_DAYS, logger } = this.#options;
    await forgetSightings(sql, nowMs() - keptDays * DAY_MS).catch((error: unknown) => {
      logger.warn({ err: error }, 'old plates could not be deleted; tried again within an hour');
    });
  }
}
