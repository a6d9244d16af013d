import { SafecityError } from '@safecity/contracts';
import type { Recorded } from '../clips/clip-cutter.js';
import type { GopRing } from '../ring/gop-ring.js';
import { decodeStill, type Still, type StillCut, type StillForm } from './decode-still.js';
import { Limiter } from './limiter.js';
import { cutFrom } from './recorded-cut.js';

/** The picture of capture time `atMs`, or the newest when it is null. */
export interface StillWanted extends StillForm {
  atMs: number | null;
}

/** A picture further than this from the time wanted is not a picture of that time. */
const TOLERANCE_MS = 1500;
/** Small pictures are asked for by many viewers at once. */
const CACHE_MS = 1000;
const CACHE_ENTRIES = 32;
/** Decoding a group of pictures at full resolution takes a core for a moment; detection comes first. */
const AT_ONCE = 2;

interface Cached {
  still: Promise<Still>;
  sinceMs: number;
}

/** Cuts stills and parts of stills from the rings and recordings of all cameras of a worker, a few at a time. */
export class StillCutter {
  readonly #limiter = new Limiter(AT_ONCE);
  readonly #nowMs: () => number;
  readonly #recorded: Recorded | undefined;
  #cache = new Map<string, Cached>();

  /** `recorded` is asked for what the ring has forgotten. */
  constructor(options: { nowMs?: () => number; recorded?: Recorded } = {}) {
    this.#nowMs = options.nowMs ?? Date.now;
    this.#recorded = options.recorded;
  }

  /**
   * The picture nearest to `atMs`: from the ring, otherwise from the recording.
   * @throws SafecityError `INGEST_STILL_UNAVAILABLE` (404)
   */
  async cut(cameraId: string, ring: GopRing, wanted: StillWanted): Promise<Still> {
    const { atMs } = wanted;
    const kept = atMs === null ? ring.cutNewest() : ring.cutAt(atMs, TOLERANCE_MS);
    if (kept && wanted.widthPx !== null && !wanted.crop) return this.#cached(kept, `${cameraId}/${kept.picture.fragment.epoch}`, wanted);
    const cut = kept ?? (atMs === null ? null : await this.#cutRecorded(cameraId, atMs));
    if (!cut) throw unavailable(ring, atMs);
    return this.#limiter.run(() => decodeStill(cut, wanted));
  }

  async #cutRecorded(cameraId: string, atMs: number): Promise<StillCut | null> {
    const fragments = await this.#recorded?.(cameraId, atMs - TOLERANCE_MS, atMs + TOLERANCE_MS);
    return cutFrom(fragments ?? [], atMs, TOLERANCE_MS);
  }

  /** @param stream camera and connection: what was kept before a mask was set is not served after it */
  #cached(cut: StillCut, stream: string, wanted: StillWanted): Promise<Still> {
    const key = `${stream}/${wanted.atMs ?? 'newest'}/${wanted.widthPx}`;
    const nowMs = this.#nowMs();
    for (const [old, { sinceMs }] of this.#cache) {
      if (nowMs - sinceMs >= CACHE_MS || this.#cache.size > CACHE_ENTRIES) this.#cache.delete(old);
    }
    const found = this.#cache.get(key);
    if (found) return found.still;
    const still = this.#limiter.run(() => decodeStill(cut, wanted));
    this.#cache.set(key, { still, sinceMs: nowMs });
    still.catch(() => this.#cache.delete(key));
    return still;
  }
}

function unavailable(ring: GopRing, atMs: number | null): SafecityError {
  const { oldest, newest } = ring;
  if (!oldest || !newest)
    return new SafecityError('INGEST_STILL_UNAVAILABLE', 'the camera has not sent a picture yet', { httpStatus: 404 });
  const kept = `pictures from ${new Date(oldest.firstCaptureMs).toISOString()} to ${new Date(newest.lastCaptureMs).toISOString()} are kept`;
  const what = atMs === null ? 'the newest picture cannot be decoded' : `no picture of ${new Date(atMs).toISOString()} is kept`;
  return new SafecityError('INGEST_STILL_UNAVAILABLE', `${what}; ${kept}`, { httpStatus: 404 });
}
