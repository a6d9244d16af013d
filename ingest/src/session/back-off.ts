/** Waiting times between attempts: each about twice the one before, with jitter, so that cameras of one switch spread out. */
export class BackOff {
  readonly #firstMs: number;
  readonly #mostMs: number;
  readonly #random: () => number;
  #attempts = 0;

  constructor(options: { firstMs?: number; mostMs?: number; random?: () => number } = {}) {
    this.#firstMs = options.firstMs ?? 500;
    this.#mostMs = options.mostMs ?? 2000;
    this.#random = options.random ?? Math.random;
  }

  /** Time to wait before the next attempt, ms: between 75 % and 125 % of the doubled time, never above the most. */
  next(): number {
    const base = Math.min(this.#mostMs, this.#firstMs * 2 ** this.#attempts);
    if (base < this.#mostMs) this.#attempts++;
    return Math.min(this.#mostMs, base * (0.75 + 0.5 * this.#random()));
  }

  /** The camera works again: the next wait is short. */
  reset(): void {
    this.#attempts = 0;
  }
}
