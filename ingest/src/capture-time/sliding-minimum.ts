/** The smallest value of the last `windowMs`; times must not go back. At most one entry per value that can still win. */
export class SlidingMinimum {
  readonly #windowMs: number;
  #entries: { atMs: number; value: number }[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(atMs: number, value: number): void {
    while (this.#entries.length > 0 && (this.#entries[this.#entries.length - 1]?.value ?? 0) >= value) this.#entries.pop();
    this.#entries.push({ atMs, value });
    while ((this.#entries[0]?.atMs ?? atMs) < atMs - this.#windowMs) this.#entries.shift();
  }

  /** `Infinity` when nothing was added. */
  get value(): number {
    return this.#entries[0]?.value ?? Number.POSITIVE_INFINITY;
  }

  clear(): void {
    this.#entries = [];
  }
}
