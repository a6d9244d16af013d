/** Longest silence that is waited for, ms: four pictures of a camera that sends one a minute. */
const MOST_MS = 240_000;
/** So many of its usual pauses a camera may be silent; ffmpeg gives the first picture out when the third has come. */
const PAUSES = 3;
/** After a silence that was too long, the next connection waits so many times longer. */
const GROWTH = 4;
/** After so many fragments in one connection the camera's pace is known. */
const KNOWN_AFTER = 50;

/**
 * How long a camera may be silent before its connection is given up: the camera's own pace, learned over its connections.
 * A camera that sends a picture a minute is not connected anew for ever; one that sends 25 a second and hangs is given up
 * soon.
 */
export class Patience {
  readonly #leastMs: number;
  readonly #leastFirstMs: number;
  #ms: number;
  /** What the last connections have shown to be needed. */
  #learntMs: number;
  #fragments = 0;
  #longestGapMs = 0;
  #lastMs = 0;
  #hadPictures = false;

  /** The least that is borne: between two pictures, and from connecting until the first. */
  constructor(leastMs: number, leastFirstMs: number) {
    this.#leastMs = leastMs;
    this.#leastFirstMs = leastFirstMs;
    this.#ms = leastMs;
    this.#learntMs = leastMs;
  }

  /** Silence that is borne between two pictures, ms. */
  get ms(): number {
    return this.#ms;
  }

  /** The same from connecting until the first picture is out, ms. */
  get firstMs(): number {
    return this.#ms === this.#leastMs ? this.#leastFirstMs : Math.max(this.#leastFirstMs, this.#bounded(this.#ms * PAUSES));
  }

  /** A new connection is tried. */
  begin(nowMs: number): void {
    this.#fragments = 0;
    this.#longestGapMs = 0;
    this.#lastMs = nowMs;
    this.#hadPictures = false;
  }

  /** A fragment came. */
  note(nowMs: number): void {
    const gapMs = this.#hadPictures ? nowMs - this.#lastMs : 0;
    this.#hadPictures = true;
    this.#lastMs = nowMs;
    this.#longestGapMs = Math.max(this.#longestGapMs, gapMs);
    this.#set(Math.max(this.#ms, gapMs * PAUSES));
    if (++this.#fragments < KNOWN_AFTER) return;
    this.#set(this.#longestGapMs * PAUSES);
    this.#fragments = 0;
    this.#longestGapMs = 0;
  }

  /**
   * The connection ended. After a silence as long as could be borne the next one is given more; a camera that did not
   * even answer (`reached` false) is asked with the least, so that it is found soon when it is back.
   * @returns whether it ended for its silence
   */
  end(nowMs: number, reached: boolean): boolean {
    const silent = reached && nowMs - this.#lastMs >= this.#ms * 0.9;
    if (silent) this.#set(Math.max(this.#ms * GROWTH, this.#learntMs));
    else if (reached) this.#ms = this.#learntMs;
    else this.#ms = this.#leastMs;
    return silent;
  }

  #set(ms: number): void {
    this.#ms = this.#bounded(ms);
    this.#learntMs = this.#ms;
  }

  #bounded(ms: number): number {
    return Math.min(Math.max(MOST_MS, this.#leastMs), Math.max(this.#leastMs, ms));
  }
}
