import type { Suppression } from '@safecity/contracts';

/** Longer than the longest suppression lasts. */
export const SUPPRESSION_KEPT_MS = 8 * 86_400_000;

/** What operators have suppressed lately, kept for cameras that come, come back or begin anew later. */
export class SuppressionsInForce {
  private readonly byId = new Map<string, Suppression>();

  constructor(private readonly nowMs: () => number) {}

  /** Keeps one, or its newest version; those that are long over go. */
  keep(suppression: Suppression): void {
    for (const { id, untilMs } of this.byId.values()) if (untilMs < this.nowMs() - SUPPRESSION_KEPT_MS) this.byId.delete(id);
    this.byId.set(suppression.id, suppression);
  }

  of(cameraId: string): Suppression[] {
    return [...this.byId.values()].filter((suppression) => suppression.cameraId === cameraId);
  }
}
