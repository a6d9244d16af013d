import type { MediaFragment } from '../mp4/fragment.js';

/** Fragments before anything is judged: about two seconds. */
const WARM_UP = 10;
/** Share of the newest fragment in the learnt level: forgets in about 10 s of 200 ms fragments. */
const LEARN = 0.02;
/** A rise by this share in one fragment, when it is also this many deviations: something big, at once. */
const LEAP = { share: 0.15, deviations: 7 };
/** A smaller rise that lasts: the sum of what goes beyond `allowance` deviations reaches `limit` (CUSUM, Page 1954). */
const CREEP = { allowance: 0.75, most: 4, limit: 6 };
/** Least deviation believed: a synthetic stream has none. */
const LEAST_DEVIATION = 0.02;
/** Standard deviation of normal noise over its mean absolute deviation. */
const DEVIATION_OF_SPREAD = 1.25;
/** Added to every size, so that a few bytes in an almost empty picture are no motion. */
const FLOOR_BYTES = 64;

/**
 * Judges motion from the sizes of the pictures between keyframes, before anything is decoded: an encoder spends bytes
 * where the scene changes. The quiet level and its spread are learnt per camera, in logarithms, since noise and rate
 * control scale them.
 */
export class PacketMotion {
  #level = 0;
  #spread = 0;
  #learnt = 0;
  #creep = 0;

  /**
   * Takes one fragment in.
   * @param sensitivity 1 is the usual; above, a bigger rise is needed
   * @param isQuiet false while something is known to move: then nothing is learnt
   * @returns true when something moves; keyframes alone say nothing
   */
  take(media: MediaFragment, sensitivity: number, isQuiet: boolean): boolean {
    const between = media.samples.filter(({ key }) => !key);
    if (between.length === 0) return false;
    const size = Math.log(FLOOR_BYTES + between.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / between.length);
    const rise = size - this.#level;
    const deviation = Math.max(LEAST_DEVIATION, DEVIATION_OF_SPREAD * this.#spread);
    const deviations = rise / deviation;
    const isJudged = this.#learnt >= WARM_UP;
    this.#creep = isJudged ? Math.max(0, this.#creep + Math.min(deviations, CREEP.most) - CREEP.allowance) : 0;
    const isLeap = rise > LEAP.share * sensitivity && deviations > LEAP.deviations * sensitivity;
    const moved = isJudged && (isLeap || this.#creep > CREEP.limit * sensitivity);
    if (moved) this.#creep = 0;
    // A rise counts for no more than noise would, so that what moves does not lift the level at once.
    if (isQuiet) this.#learn(isJudged ? Math.min(rise, 2 * deviation) : rise);
    return moved;
  }

  /** Another stream: everything is learnt anew. */
  reset(): void {
    this.#learnt = 0;
    this.#creep = 0;
    this.#level = 0;
    this.#spread = 0;
  }

  #learn(rise: number): void {
    const weight = Math.max(LEARN, 1 / (this.#learnt + 1));
    this.#level += weight * rise;
    if (this.#learnt > 0) this.#spread += weight * (Math.abs(rise) - this.#spread);
    this.#learnt++;
  }
}
