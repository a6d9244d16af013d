import { type RecordingParts, settleAllRecordings } from './hold-recordings.js';

const EVERY_MS = 5 * 60_000;

/**
 * Keeps the recordings of holds locked while their alerts go on and cameras are told with them, and releases what is held no more.
 * Several processes may run it: each hold is settled by one at a time.
 */
export class HoldKeeper {
  readonly #parts: RecordingParts;
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;

  constructor(parts: RecordingParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => this.#turn(), EVERY_MS);
    this.#turn();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort();
    await this.#running;
  }

  #turn(): void {
    if (this.#closing.signal.aborted) return;
    this.#running ??= settleAllRecordings(this.#parts, this.#closing.signal)
      .catch((error: unknown) => this.#parts.logger.warn({ err: error }, 'recordings of holds could not be settled; trying again'))
      .finally(() => {
        this.#running = null;
      });
  }
}
