/** What of a fragment's header decides where it is placed. */
export interface PlacedFragment {
  ptsMs: number;
  durationMs: number;
  key: boolean;
  discontinuity: boolean;
}

/** Where to append a fragment: `offsetS` is added to the stream's own times. */
export interface Placement {
  offsetS: number;
  startS: number;
  endS: number;
}

/** A larger step than this between fragments would stop the player, so the time line is closed up over it. */
const TOLERANCE_MS = 60;

/**
 * Lays fragments end to end on the media time line, whatever the stream's own time does: lost fragments, a time line
 * that starts again after a reconnect, a jump at the seam of a loop. Until a keyframe comes nothing is placed.
 */
export class FragmentPlacer {
  private offsetS = 0;
  private endS = 0;
  private expectedPtsMs: number | null = null;
  private needsKey = true;

  /** Call when a new initialisation segment begins or fragments were dropped: waits for a keyframe. */
  restart(): void {
    this.needsKey = true;
    this.expectedPtsMs = null;
  }

  /** Where the fragment goes, or null when it cannot be decoded for want of a keyframe before it. */
  place(fragment: PlacedFragment): Placement | null {
    if (fragment.discontinuity) this.restart();
    if (this.needsKey && !fragment.key) return null;
    this.needsKey = false;
    const jumped = this.expectedPtsMs === null || Math.abs(fragment.ptsMs - this.expectedPtsMs) > TOLERANCE_MS;
    if (jumped) this.offsetS = this.endS - fragment.ptsMs / 1000;
    const startS = fragment.ptsMs / 1000 + this.offsetS;
    this.expectedPtsMs = fragment.ptsMs + fragment.durationMs;
    this.endS = startS + fragment.durationMs / 1000;
    return { offsetS: this.offsetS, startS, endS: this.endS };
  }
}
