/** Going on to watch the same camera within this time is the same watching. */
const SAME_WATCHING_MS = 600_000;
const MAX_KNOWN = 10_000;

/**
 * Tells which piece of a recording begins a watching that the audit log must hold: video is fetched in pieces of seconds,
 * and the log would hold little else. Forgets who has stopped.
 */
export class WatchAudit {
  readonly #known = new Map<string, { fromMs: number; atMs: number }>();

  /** True when somebody begins to watch a camera, or goes to a time more than ten minutes away. */
  begins(username: string, cameraId: string, fromMs: number, nowMs: number): boolean {
    const key = `${username} ${cameraId}`;
    const known = this.#known.get(key);
    const same = known && nowMs - known.atMs < SAME_WATCHING_MS && Math.abs(fromMs - known.fromMs) < SAME_WATCHING_MS;
    this.#known.delete(key);
    this.#known.set(key, { fromMs, atMs: nowMs });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    return !same;
  }
}
