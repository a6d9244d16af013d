import type { GopRing } from './gop-ring.js';
import type { RingFragment } from './ring-fragment.js';

/** What a reader gets: the fragment, and whether fragments between it and the one before were left out. */
export interface RingRead {
  fragment: RingFragment;
  skipped: boolean;
}

export interface RingReaderOptions {
  /** Further behind the newest picture than this, the reader goes on at the newest keyframe. */
  maxBehindMs: number;
  signal: AbortSignal;
}

/**
 * Reads a ring at its own pace, beginning at the newest keyframe: every fragment in order as long as it keeps up,
 * otherwise on from the newest keyframe.
 */
export class RingReader {
  /** Further behind the newest picture than this, it goes on at the newest keyframe. May be changed between reads. */
  maxBehindMs: number;
  readonly #ring: GopRing;
  readonly #signal: AbortSignal;
  #next: number;
  #needsKey = true;

  constructor(ring: GopRing, options: RingReaderOptions) {
    this.#ring = ring;
    this.#signal = options.signal;
    this.maxBehindMs = options.maxBehindMs;
    this.#next = ring.lastKeyframe()?.sequence ?? ring.nextSequence;
  }

  /** The next fragment, as soon as there is one; null when the signal is aborted or the ring is closed. */
  async read(): Promise<RingRead | null> {
    const ring = this.#ring;
    while (!this.#signal.aborted && !ring.closed) {
      const fragment = ring.bySequence(this.#next);
      if (!fragment) {
        const lost = ring.oldest !== null && this.#next < ring.oldest.sequence;
        if (lost) this.#next = ring.lastKeyframe()?.sequence ?? ring.nextSequence;
        else await appended(ring, this.#signal);
        this.#needsKey ||= lost;
        continue;
      }
      const jump = behindMs(ring, fragment) > this.maxBehindMs ? ring.lastKeyframe() : null;
      if (jump && jump.sequence > fragment.sequence) {
        this.#next = jump.sequence;
        this.#needsKey = true;
        continue;
      }
      this.#next = fragment.sequence + 1;
      if (this.#needsKey && !fragment.media.key) continue;
      const skipped = this.#needsKey;
      this.#needsKey = false;
      return { fragment, skipped };
    }
    return null;
  }

  /** Goes back: `sequence` is read next, when the ring still holds it. */
  rewindTo(sequence: number): void {
    this.#next = sequence;
  }
}

/** The same as a sequence: ends when `signal` is aborted or the ring is closed. */
export async function* readRing(ring: GopRing, options: RingReaderOptions): AsyncGenerator<RingRead> {
  const reader = new RingReader(ring, options);
  for (let read = await reader.read(); read; read = await reader.read()) yield read;
}

/** How far a fragment lies behind the newest picture, ms. */
export function behindMs(ring: GopRing, fragment: RingFragment): number {
  return (ring.newest?.lastCaptureMs ?? 0) - fragment.firstCaptureMs;
}

function appended(ring: GopRing, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stop();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const stop = ring.onAppend(done);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
