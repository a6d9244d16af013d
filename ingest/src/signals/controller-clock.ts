import { SlidingMinimum } from '../capture-time/sliding-minimum.js';

/** What the clock says of a message: when it was sent in the server's time, or why it does not count. */
export type ControllerPlacement = { kind: 'placed'; sentAtMs: number; offsetMs: number } | { kind: 'late' | 'out-of-order' };

/** Long enough to see a message that nothing held up, short enough to follow a cheap clock that drifts by 50 ppm within 15 ms. */
const WINDOW_MS = 5 * 60_000;
/** A message held up for longer than the quickest of the window is late (exclusive). */
const LATE_MS = 2000;
/** Sent longer before the newest than this, and the controller's clock was set back, rather than messages swapped (exclusive). */
const STEP_BACK_MS = 5000;
/** Messages in a row that are late: it is not the network, the clock was set back by a little. */
const LATE_IN_A_ROW = 5;

/**
 * The clock of one controller in the server's time. A message cannot arrive before it was sent, so the smallest (arrival -
 * sent) of a sliding window is the clock's offset and the least time that a message takes; a delay that never varies stays
 * as the error, and makes a change later than it was.
 */
export class ControllerClock {
  readonly #offsets = new SlidingMinimum(WINDOW_MS);
  #newestSentMs = Number.NEGATIVE_INFINITY;
  #lateInARow = 0;

  /** Takes one message, in order of arrival. Times in epoch ms; `sentAtMs` by the controller's clock. */
  observe(sentAtMs: number, arrivedAtMs: number): ControllerPlacement {
    const behindMs = this.#newestSentMs - sentAtMs;
    if (behindMs > STEP_BACK_MS) this.#restart();
    else if (behindMs >= 0) return { kind: 'out-of-order' };
    const offsetMs = arrivedAtMs - sentAtMs;
    this.#newestSentMs = sentAtMs;
    if (offsetMs - this.#offsets.value > LATE_MS && ++this.#lateInARow < LATE_IN_A_ROW) return { kind: 'late' };
    if (this.#lateInARow >= LATE_IN_A_ROW) this.#restart();
    this.#newestSentMs = sentAtMs;
    this.#lateInARow = 0;
    this.#offsets.add(arrivedAtMs, offsetMs);
    return { kind: 'placed', sentAtMs: sentAtMs + this.#offsets.value, offsetMs: this.#offsets.value };
  }

  #restart(): void {
    this.#offsets.clear();
    this.#lateInARow = 0;
    this.#newestSentMs = Number.NEGATIVE_INFINITY;
  }
}
