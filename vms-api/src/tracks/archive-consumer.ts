import { ArchiveRecord, matches, streams } from '@safecity/contracts';
import type { Bus, Logger } from '@safecity/platform';
import type { Sql } from '../database/connection.js';
import { storeArchive } from './archive-intake.js';
import type { DayPartitions } from './day-partitions.js';

const DURABLE = 'vms-api-tracks';
/** A batch that a killed process had taken comes again after this. */
const ACK_WAIT_NS = 30_000_000_000;
/** Records stored in one transaction, and the longest wait for more of them. */
const BATCH = 500;
const BATCH_WAIT_MS = 1000;
const RETRY_MS = 1000;
const UPKEEP_MS = 3_600_000;

type ConsumerConfig = Parameters<Bus['jsm']['consumers']['add']>[1];
type Consumer = Awaited<ReturnType<Bus['js']['consumers']['get']>>;
type Messages = Awaited<ReturnType<Consumer['fetch']>>;
type Delivery = Messages extends AsyncIterable<infer M> ? M : never;

export interface ArchiveConsumerOptions {
  sql: Sql;
  bus: Bus;
  logger: Logger;
  nowMs: () => number;
  partitions: DayPartitions;
}

/**
 * Reads the `TRACKS` stream through one durable consumer that all API processes share, in batches of one transaction
 * each. A batch is acknowledged after it was committed, so a crash in between makes it come again, and what is stored is
 * stored once by its key. Also makes the partitions of the days ahead, at the start and every hour.
 */
export class ArchiveConsumer {
  readonly #options: ArchiveConsumerOptions;
  #messages: Messages | undefined;
  #running: Promise<void> | undefined;
  #closed = false;
  #upkeepMs = Number.NEGATIVE_INFINITY;
  #wake: () => void = () => undefined;

  constructor(options: ArchiveConsumerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#messages?.stop();
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    let consumer: Consumer | undefined;
    while (!this.#closed) {
      try {
        await this.#upkeep();
        consumer ??= await this.#consumer();
        await this.#take(consumer);
      } catch (error) {
        // The stream or the consumer may be gone (its store was lost): both are made again.
        consumer = undefined;
        this.#options.partitions.forget();
        if (this.#closed) return;
        this.#options.logger.warn({ err: error }, 'tracks could not be stored; they wait in NATS and are tried again');
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          setTimeout(resolve, RETRY_MS);
        });
      }
    }
  }

  async #upkeep(): Promise<void> {
    const { partitions, nowMs } = this.#options;
    if (nowMs() - this.#upkeepMs < UPKEEP_MS) return;
    await partitions.maintain(nowMs());
    this.#upkeepMs = nowMs();
  }

  async #consumer(): Promise<Consumer> {
    const { js, jsm } = this.#options.bus;
    const config = { durable_name: DURABLE, ack_policy: 'explicit', ack_wait: ACK_WAIT_NS, max_ack_pending: 4 * BATCH } as ConsumerConfig;
    await jsm.consumers.add(streams.tracks.name, config);
    return js.consumers.get(streams.tracks.name, DURABLE);
  }

  async #take(consumer: Consumer): Promise<void> {
    const messages = await consumer.fetch({ max_messages: BATCH, expires: BATCH_WAIT_MS });
    this.#messages = messages;
    if (this.#closed) messages.stop();
    const batch: { message: Delivery; record: ArchiveRecord }[] = [];
    for await (const message of messages) {
      const record = this.#read(message);
      if (record) batch.push({ message, record });
    }
    if (batch.length > 0) await this.#store(batch);
  }

  #read(message: Delivery): ArchiveRecord | undefined {
    try {
      const value: unknown = message.json();
      if (matches(ArchiveRecord, value)) return value;
    } catch {
      // Told below, as for JSON that is no record.
    }
    this.#options.logger.error(
      { subject: message.subject, sequence: message.seq },
      'a record of the track archive is not valid and was put aside',
    );
    message.term();
    return undefined;
  }

  async #store(batch: { message: Delivery; record: ArchiveRecord }[]): Promise<void> {
    const { sql, logger, nowMs, partitions } = this.#options;
    const records = batch.map(({ record }) => record);
    try {
      const left = await storeArchive(sql, records, partitions, nowMs());
      if (left.length > 0)
        logger.warn(
          { records: left.length, cameraIds: [...new Set(left)] },
          'records of the track archive are out of its time and were left out',
        );
    } catch (error) {
      for (const { message } of batch) message.nak(RETRY_MS);
      throw error;
    }
    for (const { message } of batch) message.ack();
  }
}
