import type { GopRing } from '../ring/gop-ring.js';
import { readRing } from '../ring/ring-reader.js';
import { BackOff } from '../session/back-off.js';
import { BufferPool } from './buffer-pool.js';
import { type DecodedFrame, DecoderPipe } from './decoder-pipe.js';

export interface LiveDecoderOptions {
  ring: GopRing;
  /** The model's input size. */
  input: { widthPx: number; heightPx: number };
  targetFps: number;
  onFrame(frame: DecodedFrame): void;
  /** Called when decoding begins to fail, and when pictures come again. */
  onFailing(failing: boolean): void;
}

/** Up to here a late decoder catches up in order; beyond, it goes on at the newest keyframe. */
const MAX_BEHIND_MS = 3000;

/**
 * Decodes a camera's ring from its last keyframe on, at full rate, and hands out the pictures of the target rate.
 * A decoder that dies is replaced after a pause; a new connection or init segment gets a new one. `close()` ends it.
 */
export class LiveDecoder {
  readonly #options: LiveDecoderOptions;
  readonly #closing = new AbortController();
  readonly #backOff = new BackOff({ firstMs: 1000 });
  readonly #pool = new BufferPool();
  readonly #done: Promise<void>;
  #pipe: DecoderPipe | null = null;
  #failing = false;
  #starts = 0;

  constructor(options: LiveDecoderOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** Decoders started so far. */
  get starts(): number {
    return this.#starts;
  }

  /** Process id, for measurements; null when none runs. */
  get pid(): number | null {
    return this.#pipe?.pid ?? null;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#pipe?.kill();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      await this.#decode();
      if (this.#closing.signal.aborted) return;
      this.#setFailing(true);
      await pause(this.#backOff.next(), this.#closing.signal);
    }
  }

  /** Until the decoder dies or this is closed. */
  async #decode(): Promise<void> {
    const { ring, input, targetFps } = this.#options;
    for await (const { fragment } of readRing(ring, { maxBehindMs: MAX_BEHIND_MS, signal: this.#closing.signal })) {
      if (this.#pipe?.failed) break;
      if (!this.#pipe?.fits(fragment)) {
        this.#pipe?.end();
        this.#starts++;
        this.#pipe = new DecoderPipe({ first: fragment, input, targetFps, pool: this.#pool, onFrame: (frame) => this.#take(frame) });
      }
      await this.#pipe.feed(fragment);
    }
    this.#pipe?.kill();
    await this.#pipe?.exited;
    this.#pipe = null;
  }

  #take(frame: DecodedFrame): void {
    if (this.#closing.signal.aborted) return;
    this.#backOff.reset();
    this.#setFailing(false);
    this.#options.onFrame(frame);
  }

  #setFailing(failing: boolean): void {
    if (this.#failing === failing) return;
    this.#failing = failing;
    this.#options.onFailing(failing);
  }
}

function pause(forMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, forMs);
    signal.addEventListener('abort', wake, { once: true });
  });
}
