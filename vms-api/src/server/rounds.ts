import type { Logger } from '@safecity/platform';

export interface RoundsOptions {
  /** A round is due at least so often. */
  everyMs: number;
  logger: Logger;
  /** What the log says when a round throws. */
  failed: string;
}

/**
 * Does a piece of work in rounds, one at a time: every so often, and when it is woken. What is asked for during a round is one more
 * round after it. A round that throws is noted, and the next one tries again; so nothing here ever throws.
 */
export class Rounds {
  readonly #work: (closing: AbortSignal) => Promise<void>;
  readonly #options: RoundsOptions;
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;
  #again = false;

  /** @param work is told by the signal when its result is wanted no more; it ends soon after */
  constructor(work: (closing: AbortSignal) => Promise<void>, options: RoundsOptions) {
    this.#work = work;
    this.#options = options;
  }

  /** Begins, with a round at once; resolves as `wake` does. */
  start(): Promise<void> {
    this.#timer = setInterval(() => this.wake(), this.#options.everyMs);
    return this.wake();
  }

  /** Asks for a round. Resolves when no round is under way or asked for; who asks need not wait. */
  wake(): Promise<void> {
    if (this.#closing.signal.aborted) return this.#running ?? Promise.resolve();
    this.#again = true;
    this.#running ??= this.#runAll().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Begins no more rounds, and waits for the one under way. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort(new Error('the API is closing'));
    await this.#running;
  }

  async #runAll(): Promise<void> {
    while (this.#again && !this.#closing.signal.aborted) {
      this.#again = false;
      try {
        await this.#work(this.#closing.signal);
      } catch (error) {
        this.#options.logger.warn({ err: error }, this.#options.failed);
      }
    }
  }
}
