/** How much comes per second, over the last `windowMs` or since the beginning if that is less. */
export class RateMeter {
  readonly #windowMs: number;
  readonly #nowMs: () => number;
  readonly #startedAtMs: number;
  #entries: { atMs: number; amount: number }[] = [];
  #sum = 0;

  constructor(windowMs: number, nowMs: () => number) {
    this.#windowMs = windowMs;
    this.#nowMs = nowMs;
    this.#startedAtMs = nowMs();
  }

  add(amount: number): void {
    this.#entries.push({ atMs: this.#nowMs(), amount });
    this.#sum += amount;
    this.#forget();
  }

  /** What came in the last `windowMs`. */
  get sum(): number {
    this.#forget();
    return this.#sum;
  }

  perSecond(): number {
    this.#forget();
    const seconds = Math.min(this.#windowMs, Math.max(1000, this.#nowMs() - this.#startedAtMs)) / 1000;
    return this.#sum / seconds;
  }

  #forget(): void {
    const since = this.#nowMs() - this.#windowMs;
    while (this.#entries.length > 0 && (this.#entries[0]?.atMs ?? 0) < since) this.#sum -= this.#entries.shift()?.amount ?? 0;
  }
}
