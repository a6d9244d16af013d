interface Waiting {
  give(release: (() => void) | null): void;
}

/** How many transcodes a worker runs at a time, live and of recordings together. Whoever takes a slot gives it back, once. */
export class TranscodeSlots {
  readonly limit: number;
  #taken = 0;
  readonly #waiting = new Set<Waiting>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get taken(): number {
    return this.#taken;
  }

  /** A slot that is free now, as what gives it back; null when there is none. */
  take(): (() => void) | null {
    if (this.#taken >= this.limit) return null;
    this.#taken++;
    return this.#release();
  }

  /** A slot as soon as one is free, first come first served; null after `forMs`, when `signal` is aborted, and where none is allowed. */
  async wait(forMs: number, signal: AbortSignal): Promise<(() => void) | null> {
    if (signal.aborted || this.limit === 0) return null;
    const free = this.take();
    if (free) return free;
    return new Promise((resolve) => {
      const give = (release: (() => void) | null) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        this.#waiting.delete(waiting);
        resolve(release);
      };
      const giveUp = () => give(null);
      const waiting: Waiting = { give };
      const timer = setTimeout(giveUp, forMs);
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(waiting);
    });
  }

  #release(): () => void {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const [next] = this.#waiting;
      if (next) next.give(this.#release());
      else this.#taken--;
    };
  }
}
