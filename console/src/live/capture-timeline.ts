/** Where a fragment lies on the media element's time line, and when its first picture was captured. */
export interface FragmentSpan {
  /** Seconds on the media time line. */
  startS: number;
  endS: number;
  /** Capture time at `startS`, epoch ms. */
  captureMs: number;
}

/** Pictures are asked for by a frame's own time, which may lie a rounding error before its fragment. */
const SLACK_S = 0.05;

/**
 * Turns the media element's time into capture time. Fragments are added in the order in which they are appended;
 * capture time may jump between them (a reconnect, the seam of a recording's loop).
 */
export class CaptureTimeline {
  private spans: FragmentSpan[] = [];

  add(span: FragmentSpan): void {
    this.spans.push(span);
  }

  /** Capture time of the picture shown at `mediaS`, epoch ms; null where no fragment lies. */
  captureAt(mediaS: number): number | null {
    for (let i = this.spans.length - 1; i >= 0; i--) {
      const span = this.spans[i] as FragmentSpan;
      if (mediaS < span.startS) continue;
      if (mediaS > span.endS + SLACK_S) return null;
      return span.captureMs + (mediaS - span.startS) * 1000;
    }
    const first = this.spans[0];
    return first && first.startS - mediaS <= SLACK_S ? first.captureMs : null;
  }

  /** Capture time at the end of the newest fragment, epoch ms; null when there is none. */
  get edgeCaptureMs(): number | null {
    const last = this.spans.at(-1);
    return last ? last.captureMs + (last.endS - last.startS) * 1000 : null;
  }

  /** Forgets fragments that end at or before `mediaS`. */
  trimBefore(mediaS: number): void {
    this.spans = this.spans.filter((span) => span.endS > mediaS);
  }

  get length(): number {
    return this.spans.length;
  }
}
