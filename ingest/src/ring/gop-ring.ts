import { nearestPicture, type PlacedFragment, type RingFragment, type RingPicture } from './ring-fragment.js';

/** Bounds of a ring; both hold at any time. */
export interface RingLimits {
  maxSeconds: number;
  maxBytes: number;
}

export const DEFAULT_RING_LIMITS: RingLimits = { maxSeconds: 60, maxBytes: 64 * 1024 * 1024 };

/** A picture that can be decoded: `fragments` from its keyframe on, one init segment, in order of decoding. */
export interface GopCut {
  fragments: RingFragment[];
  picture: RingPicture;
}

/**
 * The last seconds of one camera's compressed video, in memory: fragments in order, indexed by capture time and
 * keyframe. It owns nothing but memory; readers that fall behind lose what it forgets.
 */
export class GopRing {
  readonly #limits: RingLimits;
  #fragments: RingFragment[] = [];
  #bytes = 0;
  #nextSequence = 0;
  #closed = false;
  #listeners = new Set<() => void>();

  constructor(limits: RingLimits = DEFAULT_RING_LIMITS) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#fragments.length;
  }

  get newest(): RingFragment | null {
    return this.#fragments[this.#fragments.length - 1] ?? null;
  }

  get oldest(): RingFragment | null {
    return this.#fragments[0] ?? null;
  }

  /** Sequence of the fragment that comes next. */
  get nextSequence(): number {
    return this.#nextSequence;
  }

  /** Adds a fragment, forgets what no longer fits, wakes the readers. */
  append(placed: PlacedFragment): RingFragment {
    const fragment: RingFragment = {
      ...placed,
      sequence: this.#nextSequence++,
      firstCaptureMs: Math.min(...placed.captureTimesMs),
      lastCaptureMs: Math.max(...placed.captureTimesMs),
    };
    this.#fragments.push(fragment);
    this.#bytes += fragment.media.data.length;
    this.#evict();
    for (const wake of [...this.#listeners]) wake();
    return fragment;
  }

  /** Forgets everything it holds; readers go on with what comes. */
  forget(): void {
    this.#fragments = [];
    this.#bytes = 0;
  }

  /** The camera is gone: forgets everything, and readers end. */
  close(): void {
    this.#closed = true;
    this.forget();
    for (const wake of [...this.#listeners]) wake();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Calls `wake` after each fragment and at the end; returns how to stop it. */
  onAppend(wake: () => void): () => void {
    this.#listeners.add(wake);
    return () => this.#listeners.delete(wake);
  }

  bySequence(sequence: number): RingFragment | null {
    const first = this.#fragments[0];
    return first ? (this.#fragments[sequence - first.sequence] ?? null) : null;
  }

  /** Newest fragment that starts with a keyframe; null when there is none. */
  lastKeyframe(): RingFragment | null {
    return this.#fragments.findLast(({ media }) => media.key) ?? null;
  }

  /** Capture time of the newest keyframe at or before `atMs`; null when there is none. */
  keyframeBefore(atMs: number): number | null {
    const fragment = this.#fragments.findLast(({ media, captureTimesMs }) => media.key && (captureTimesMs[0] ?? atMs + 1) <= atMs);
    return fragment?.captureTimesMs[0] ?? null;
  }

  /**
   * Cuts what is needed to decode the picture nearest to `atMs`: from the keyframe before it on, within one connection.
   * Null when the ring holds no picture within `toleranceMs` (inclusive), or not its keyframe.
   */
  cutAt(atMs: number, toleranceMs: number): GopCut | null {
    const fragment = this.#nearestFragment(atMs);
    if (!fragment) return null;
    const picture = nearestPicture(fragment, atMs);
    if (Math.abs(picture.capturedAtMs - atMs) > toleranceMs) return null;
    return this.#gopOf(picture);
  }

  /** Cuts what is needed to decode the newest picture. */
  cutNewest(): GopCut | null {
    const { newest } = this;
    return newest ? this.#gopOf(nearestPicture(newest, newest.lastCaptureMs)) : null;
  }

  #gopOf(picture: RingPicture): GopCut | null {
    const { fragment, sample } = picture;
    const fragments: RingFragment[] = [];
    for (let sequence = fragment.sequence; ; sequence--) {
      const candidate = this.bySequence(sequence);
      if (!candidate || candidate.epoch !== fragment.epoch || candidate.init !== fragment.init) return null;
      fragments.unshift(candidate);
      // A picture shown before its keyframe (open group) refers to the group before.
      const keyTicks = candidate.media.key ? candidate.media.samples[0]?.ptsTicks : undefined;
      if (keyTicks !== undefined && keyTicks <= sample.ptsTicks) return { fragments, picture };
    }
  }

  /** With B-frames the spans of fragments overlap, so the distance that counts is that of their pictures. */
  #nearestFragment(atMs: number): RingFragment | null {
    let best: RingFragment | null = null;
    let bestDistance = Number.POSITIVE_INFINITY;
    for (const fragment of this.#fragments) {
      const least = Math.max(fragment.firstCaptureMs - atMs, atMs - fragment.lastCaptureMs, 0);
      const distance = least < bestDistance ? pictureDistance(fragment, atMs) : Number.POSITIVE_INFINITY;
      if (distance >= bestDistance) continue;
      best = fragment;
      bestDistance = distance;
    }
    return best;
  }

  /** Whole groups of pictures go at once: what follows a forgotten keyframe cannot be decoded. */
  #evict(): void {
    const newest = this.#fragments[this.#fragments.length - 1] as RingFragment;
    let count = 0;
    let bytes = this.#bytes;
    const tooOld = (fragment: RingFragment) => newest.lastCaptureMs - fragment.lastCaptureMs > this.#limits.maxSeconds * 1000;
    while (count < this.#fragments.length - 1) {
      const fragment = this.#fragments[count] as RingFragment;
      if (bytes <= this.#limits.maxBytes && !tooOld(fragment) && (count === 0 || fragment.media.key)) break;
      bytes -= fragment.media.data.length;
      count++;
    }
    if (count === 0) return;
    this.#fragments.splice(0, count);
    this.#bytes = bytes;
  }
}

function pictureDistance(fragment: RingFragment, atMs: number): number {
  return Math.abs(nearestPicture(fragment, atMs).capturedAtMs - atMs);
}
