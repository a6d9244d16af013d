const HOUR_MS = 3_600_000;
const MAX_KNOWN = 10_000;

/**
 * Records that somebody looks at something once an hour of the clock: a list shows the same pictures again and again, and the log
 * would hold little else. Forgets who has looked longest ago; a process that starts anew records once more.
 */
export class HourlyViews {
  readonly #known = new Map<string, { hour: number; recorded: Promise<void> }>();

  /** Records the view whatever was looked at before; what follows in the hour is then known. */
  begin(username: string, subject: string, nowMs: number, write: () => Promise<void>): Promise<void> {
    this.#known.delete(`${username} ${subject}`);
    return this.record(username, subject, nowMs, write);
  }

  /** Resolves when the view is recorded, by this call or an earlier one of the hour; after a failure the next call tries again. */
  async record(username: string, subject: string, nowMs: number, write: () => Promise<void>): Promise<void> {
    const [key, hour] = [`${username} ${subject}`, Math.floor(nowMs / HOUR_MS)];
    const known = this.#known.get(key);
    if (known?.hour === hour) return known.recorded;
    const recorded = write();
    this.#known.delete(key);
    this.#known.set(key, { hour, recorded });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    try {
      await recorded;
    } catch (error) {
      if (this.#known.get(key)?.recorded === recorded) this.#known.delete(key);
      throw error;
    }
  }
}
