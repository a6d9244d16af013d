import type { RingFragment } from '../ring/ring-fragment.js';

const TICKS_PER_SECOND = 90_000;
/** Presentation times of a transport stream have 33 bits: they begin anew after 26.5 hours. */
const WRAP_TICKS = 2 ** 33;
/** Half the step of the encoder's clock, and the rounding to ticks. */
const TOLERANCE_TICKS = 0.011 * TICKS_PER_SECOND;
/** More than a transcoder ever holds. */
const KEEP = 1000;

/** Distance on the circle of 33-bit times. */
function apart(a: number, b: number): number {
  const distance = Math.abs(a - b) % WRAP_TICKS;
  return Math.min(distance, WRAP_TICKS - distance);
}

/** The pictures given to a transcoder, by presentation time: says when the one that comes out was captured. */
export class FedPictures {
  #pictures: { ticks: number; capturedAtMs: number }[] = [];

  note({ media, init, captureTimesMs }: RingFragment): void {
    media.samples.forEach(({ ptsTicks }, index) => {
      const ticks = Math.round((ptsTicks * TICKS_PER_SECOND) / init.timescale) % WRAP_TICKS;
      this.#pictures.push({ ticks, capturedAtMs: captureTimesMs[index] as number });
    });
    this.#pictures.splice(0, this.#pictures.length - KEEP);
  }

  /** How many were captured later than that, epoch ms. */
  countAfter(capturedAtMs: number): number {
    return this.#pictures.filter((picture) => picture.capturedAtMs > capturedAtMs).length;
  }

  /**
   * Capture time of the picture of that presentation time (90 kHz, 33 bits), epoch ms; null when none was fed, so that a
   * picture whose age is not known is not shown. What was fed at the same time last counts.
   */
  capturedAt(ptsTicks: number): number | null {
    let best: number | null = null;
    let bestApart = TOLERANCE_TICKS;
    for (const { ticks, capturedAtMs } of this.#pictures) {
      const distance = apart(ticks, ptsTicks);
      if (distance > bestApart) continue;
      best = capturedAtMs;
      bestApart = distance;
    }
    return best;
  }
}
