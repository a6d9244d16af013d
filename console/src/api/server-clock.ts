/**
 * Estimates the server's clock from the `Date` header of its answers, so that the age of a picture is right on a
 * workstation whose clock is not.
 *
 * A header with whole second D, received between `sentMs` and `receivedMs`, says that server minus workstation lies
 * in [D − received, D + 1000 − sent]. Bounds are intersected; while zero is possible the workstation is believed.
 */
export class ServerClock {
  private lowMs = Number.NEGATIVE_INFINITY;
  private highMs = Number.POSITIVE_INFINITY;

  /** Takes one answer's header; times are the workstation's, epoch ms. An unreadable header is ignored. */
  observe(dateHeader: string | null, sentMs: number, receivedMs: number): void {
    const second = dateHeader === null ? Number.NaN : Date.parse(dateHeader);
    if (!Number.isFinite(second)) return;
    const low = second - receivedMs;
    const high = second + 1000 - sentMs;
    const stepped = low > this.highMs || high < this.lowMs;
    this.lowMs = stepped ? low : Math.max(this.lowMs, low);
    this.highMs = stepped ? high : Math.min(this.highMs, high);
  }

  /** Server minus workstation, ms. */
  get offsetMs(): number {
    if (this.lowMs <= 0 && this.highMs >= 0) return 0;
    return (this.lowMs + this.highMs) / 2;
  }

  /** The server's time now, epoch ms. */
  nowMs(workstationMs: number = Date.now()): number {
    return workstationMs + this.offsetMs;
  }
}

/** The clock of the server that this page came from. */
export const serverClock = new ServerClock();
