import { RateMeter } from '../rate-meter.js';

/** Pictures of the last minute: those that were decoded, and how many of them were not whole. */
export interface DamageFigures {
  damaged: number;
  decoded: number;
}

const WINDOW_MS = 60_000;
/**
 * What ffmpeg (5.1, also 6 and 7) says once for each picture that it decoded with errors or not at all; of H.265 it notices
 * little else than references that are missing.
 */
const ONE_PICTURE =
  /corrupt decoded frame|Error while decoding stream|Error submitting packet to decoder|Could not find ref with POC|cu_qp_delta \S+ is outside/;
const REPEATED = /^\s*Last message repeated (\d+) times/;

/** Counts the pictures of one stream that could not be decoded cleanly, from the words of the ffmpeg that decodes it. */
export class DamagedPictures {
  readonly #damaged: RateMeter;
  readonly #decoded: RateMeter;
  #lineBefore = 0;

  constructor(nowMs: () => number = Date.now) {
    this.#damaged = new RateMeter(WINDOW_MS, nowMs);
    this.#decoded = new RateMeter(WINDOW_MS, nowMs);
  }

  /** So many pictures were given to the decoder. */
  noteDecoded(count: number): void {
    this.#decoded.add(count);
  }

  /** A line of ffmpeg's standard error. */
  noteLine(line: string): void {
    const repeated = REPEATED.exec(line);
    const count = repeated ? Number(repeated[1]) * this.#lineBefore : Number(ONE_PICTURE.test(line));
    if (!repeated) this.#lineBefore = count;
    if (count > 0) this.#damaged.add(count);
  }

  get figures(): DamageFigures {
    const decoded = this.#decoded.sum;
    return { damaged: Math.min(this.#damaged.sum, decoded), decoded };
  }
}
