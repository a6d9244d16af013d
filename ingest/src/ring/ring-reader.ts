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
 * Reads a ring at the reader's own pace, beginning at the newest keyframe: every fragment in order as long as the
 * reader keeps up, otherwise on from the newest keyframe. Ends when `signal` is aborted or the ring
 * is closed.
 */
export async function* readRing(ring: GopRing, options: RingReaderOptions): AsyncGenerator<RingRead> {
  let next = ring.lastKeyframe()?.sequence ?? ring.nextSequence;
  let needsKey = true;
  while (!options.signal.aborted && !ring.closed) {
    const fragment = ring.bySequence(next);
    if (!fragment) {
      const lost = ring.oldest !== null && next < ring.oldest.sequence;
      if (lost) next = ring.lastKeyframe()?.sequence ?? ring.nextSequence;
      else await appended(ring, options.signal);
      needsKey ||= lost;
      continue;
    }
    const jump = behindMs(ring, fragment) > options.maxBehindMs ? ring.lastKeyframe() : null;
    if (jump && jump.sequence > fragment.sequence) {
      next = jump.sequence;
      needsKey = true;
      continue;
    }
    next = fragment.sequence + 1;
    if (needsKey && !fragment.media.key) continue;
    yield { fragment, skipped: needsKey };
    needsKey = false;
  }
}

function behindMs(ring: GopRing, fragment: RingFragment): number {
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
