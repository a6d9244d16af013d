import { partitionOf, SafecityError, streams } from '@safecity/contracts';
import type { Bus, Logger } from '@safecity/platform';
import type { Sql } from '../database/connection.js';
import { takeAlert } from './alert-intake.js';

const DURABLE = 'vms-api';
/** A message that a killed process had taken comes again after this. */
const ACK_WAIT_NS = 10_000_000_000;
/** Alerts stored at the same time; those of one alert stay in their order. */
const LANES = 8;
const PREFETCH = 64;
const RETRY_MS = 1000;

const LOST: string[] = ['heartbeats_missed', 'consumer_not_found', 'stream_not_found', 'consumer_deleted'];

type ConsumerConfig = Parameters<Bus['jsm']['consumers']['add']>[1];
type Messages = Awaited<ReturnType<Awaited<ReturnType<Bus['js']['consumers']['get']>>['consume']>>;
type AlertDelivery = Messages extends AsyncIterable<infer M> ? M : never;

function laneOf(message: AlertDelivery): number {
  // The id stands in the message itself; a message without one fails its check in any lane.
  const alertId = /"alertId":"([^"]{1,64})"/.exec(message.string())?.[1] ?? '';
  return partitionOf(alertId) % LANES;
}

export interface AlertConsumerOptions {
  sql: Sql;
  bus: Bus;
  logger: Logger;
  nowMs: () => number;
  /** Called after an alert was stored, with the time that its transaction took, ms. */
  onStored: (planned: boolean, tookMs: number) => void;
}

/**
 * Reads the `ALERTS` stream through one durable consumer that all API processes share. A message is acknowledged only
 * after its transaction has committed, so a crash in between makes it come again; the revision then shows that it was
 * stored. While the database is away messages wait in the stream.
 */
export class AlertConsumer {
  readonly #options: AlertConsumerOptions;
  #messages: Messages | undefined;
  #running: Promise<void> | undefined;
  #closed = false;
  readonly #lanes: Promise<void>[] = Array.from({ length: LANES }, () => Promise.resolve());

  constructor(options: AlertConsumerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#messages?.stop();
    await this.#running;
    await Promise.all(this.#lanes);
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#consume();
      } catch (error) {
        if (!this.#closed) this.#options.logger.warn({ err: error }, 'alerts could not be read from NATS; trying again');
      }
      if (!this.#closed) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  async #consume(): Promise<void> {
    const { js, jsm } = this.#options.bus;
    const config = { durable_name: DURABLE, ack_policy: 'explicit', ack_wait: ACK_WAIT_NS, max_ack_pending: PREFETCH } as ConsumerConfig;
    await jsm.consumers.add(streams.alerts.name, config);
    const consumer = await js.consumers.get(streams.alerts.name, DURABLE);
    const messages = await consumer.consume({ max_messages: PREFETCH });
    this.#messages = messages;
    if (this.#closed) messages.stop();
    void this.#watch(messages);
    // The server hands out at most PREFETCH messages that are not acknowledged, so the lanes cannot grow beyond that.
    for await (const message of messages) {
      const lane = laneOf(message);
      this.#lanes[lane] = (this.#lanes[lane] as Promise<void>).then(() => this.#take(message));
    }
  }

  /** When the stream or the consumer is gone (its store was lost), reading starts anew and makes the consumer again. */
  async #watch(messages: Messages): Promise<void> {
    for await (const { type } of await messages.status()) {
      if (LOST.includes(type)) messages.stop();
    }
  }

  async #take(message: AlertDelivery): Promise<void> {
    const { sql, logger, nowMs, onStored } = this.#options;
    try {
      const beganMs = performance.now();
      const { outcome, planned } = await takeAlert(sql, JSON.parse(message.string()), nowMs());
      message.ack();
      if (outcome === 'stored') onStored(planned, performance.now() - beganMs);
    } catch (error) {
      if (error instanceof SyntaxError || (error instanceof SafecityError && error.code === 'CONTRACTS_INVALID')) {
        logger.error({ err: error, subject: message.subject, sequence: message.seq }, 'an alert message is not valid and was put aside');
        message.term();
        return;
      }
      logger.warn({ err: error, sequence: message.seq }, 'an alert could not be stored; it will come again');
      message.nak(RETRY_MS);
    }
  }
}
