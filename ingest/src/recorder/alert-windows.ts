import type { AlertSpan } from '@safecity/contracts';

/** An alert of which nothing more was heard counts as over then: its end may have been lost. */
const LONGEST_SILENCE_MS = 3_600_000;

/** When alerts of one camera want it to be recorded; capture time, epoch ms. */
export class AlertWindows {
  #windows = new Map<string, { fromMs: number; untilMs: number }>();

  /** Takes an alert, whatever its phase: the newest word about it counts. */
  take({ alertId, phase, startMs, updatedMs, endMs }: AlertSpan, roll: { preRollMs: number; postRollMs: number }): void {
    const overMs = phase === 'closed' ? (endMs ?? updatedMs) : updatedMs + LONGEST_SILENCE_MS;
    this.#windows.set(alertId, { fromMs: startMs - roll.preRollMs, untilMs: overMs + roll.postRollMs });
  }

  /** The earliest beginning of what is wanted at `atMs` or later (inclusive); null when nothing is. Forgets what is over. */
  wanted(atMs: number): { fromMs: number } | null {
    let fromMs = Number.POSITIVE_INFINITY;
    for (const [alertId, window] of this.#windows) {
      if (window.untilMs < atMs) this.#windows.delete(alertId);
      else fromMs = Math.min(fromMs, window.fromMs);
    }
    return Number.isFinite(fromMs) ? { fromMs } : null;
  }
}
