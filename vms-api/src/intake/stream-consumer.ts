import type { Bus, Logger } from '@safecity/platform';

const RETRY_MS = 1000;

type ConsumerConfig = Parameters<Bus['jsm']['consumers']['add']>[1];
type Messages = Awaited<ReturnType<Awaited<ReturnType<Bus['js']['consumers']['get']>>['consume']>>;
type Delivery = Messages extends AsyncIterable<infer M> ? M : never;

export interface StreamConsumerOptions {
  bus: Bus;
  logger: Logger;
  stream: string;
  /** Name of the durable consumer, which all API processes share. */
  durable: string;
  /** What the messages are, for the log: `a plate`. */
  what: string;
  /** Stores one message; false: it is not valid, and put aside. */
  store(value: unknown): Promise<boolean>;
}

/** Stores the messages of a stream in their order, each acknowledged after it is stored; what cannot be stored comes again. */
export class StreamConsumer {
  readonly #options: StreamConsumerOptions;
  #messages: Messages | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: StreamConsumerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#messages?.stop();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { logger, what } = this.#options;
    while (!this.#closed) {
      try {
        await this.#consume();
      } catch (error) {
        if (!this.#closed) logger.warn({ err: error }, `${what}: the stream could not be read from NATS; trying again`);
      }
      if (!this.#closed) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  async #consume(): Promise<void> {
    const { bus, stream, durable } = this.#options;
    await bus.jsm.consumers.add(stream, { durable_name: durable, ack_policy: 'explicit' } as ConsumerConfig);
    const consumer = await bus.js.consumers.get(stream, durable);
    const messages = await consumer.consume();
    this.#messages = messages;
    if (this.#closed) messages.stop();
    for await (const message of messages) await this.#take(message);
  }

  async #take(message: Delivery): Promise<void> {
    const { logger, what, store } = this.#options;
    try {
      if (await store(JSON.parse(message.string()))) message.ack();
      else message.term();
    } catch (error) {
      if (error instanceof SyntaxError) {
        message.term();
        return;
      }
      logger.warn({ err: error, sequence: message.seq }, `${what} could not be stored; it will come again`);
      message.nak(RETRY_MS);
    }
  }
}
