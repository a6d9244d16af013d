import { SafecityError } from '@safecity/contracts';
import type { GopCut, GopRing } from '../ring/gop-ring.js';
import { decodeStill, type Still } from './decode-still.js';
import { Limiter } from './limiter.js';

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

/** Cuts stills from the rings of all cameras of a worker, a few at a time. */
export class StillCutter {
  readonly #limiter = new Limiter(AT_ONCE);
  readonly #nowMs: () => number;
  #cache = new Map<string, Cached>();

  constructor(options: { nowMs?: () => number } = {}) {
    this.#nowMs = options.nowMs ?? Date.now;
  }

  /**
   * The picture nearest to `atMs` (capture time), or the newest when it is null.
   * @param widthPx smaller width; null for full resolution
   * @throws SafecityError `INGEST_STILL_UNAVAILABLE` (404)
   */
  async cut(cameraId: string, ring: GopRing, wanted: { atMs: number | null; widthPx: number | null }): Promise<Still> {
    const cut = wanted.atMs === null ? ring.cutNewest() : ring.cutAt(wanted.atMs, TOLERANCE_MS);
    if (!cut) throw unavailable(ring, wanted.atMs);
    if (wanted.widthPx === null) return this.#limiter.run(() => decodeStill(cut, null));
    // With the connection in it: what was kept before a mask was set is not served after it.
    const { epoch } = cut.picture.fragment;
    return this.#cached(`${cameraId}/${epoch}/${wanted.atMs ?? 'newest'}/${wanted.widthPx}`, cut, wanted.widthPx);
  }

  #cached(key: string, cut: GopCut, widthPx: number): Promise<Still> {
    const nowMs = this.#nowMs();
    for (const [old, { sinceMs }] of this.#cache) {
      if (nowMs - sinceMs >= CACHE_MS || this.#cache.size > CACHE_ENTRIES) this.#cache.delete(old);
    }
    const found = this.#cache.get(key);
    if (found) return found.still;
    const still = this.#limiter.run(() => decodeStill(cut, widthPx));
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
