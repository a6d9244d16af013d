/** A condition that must hold for a while before it counts, and be away for a while before it is over. */
export interface DebounceTimes {
  /** It counts when it held for so long (inclusive), ms of capture time. */
  holdMs: number;
  /** It is over when it was away for so long (inclusive). */
  clearMs: number;
}

/** Looks at which it must be seen before it counts, or is over: one picture decides nothing. */
const LEAST_LOOKS = 3;

/** Debounces one condition by capture time, in both directions. */
export class Debounce {
  readonly #times: DebounceTimes;
  #since: number | null = null;
  #changingSinceMs: number | null = null;
  #looks = 0;

  constructor(times: DebounceTimes) {
    this.#times = times;
  }

  /** When the condition began, if it counts now; else null. */
  get sinceMs(): number | null {
    return this.#since;
  }

  /**
   * Takes one look in.
   * @param met null when it cannot be judged now: nothing changes, and the time does not count
   * @param holdMs in place of the usual one, where some evidence weighs less
   */
  take(met: boolean | null, atMs: number, holdMs = this.#times.holdMs): void {
    if (met === null || met === (this.#since !== null)) {
      this.#changingSinceMs = null;
      this.#looks = 0;
      return;
    }
    this.#changingSinceMs ??= atMs;
    this.#looks++;
    const wanted = met ? holdMs : this.#times.clearMs;
    if (this.#looks < LEAST_LOOKS || atMs - this.#changingSinceMs < wanted) return;
    this.#since = met ? this.#changingSinceMs : null;
    this.#changingSinceMs = null;
    this.#looks = 0;
  }

  /** It was known before, for example in the worker's last life. */
  reset(): void {
    this.#since = null;
    this.#changingSinceMs = null;
    this.#looks = 0;
  }
}
