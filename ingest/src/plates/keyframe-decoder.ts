import { SafecityError } from '@safecity/contracts';
import { BufferPool } from '../decode/buffer-pool.js';
import { type DecodedFrame, DecoderPipe } from '../decode/decoder-pipe.js';
import { wholeOutputOptions } from '../decode/picture-fit.js';
import type { RingFragment } from '../ring/ring-fragment.js';
import type { YuvPicture } from './yuv-region.js';

/** A keyframe that has not come out after this never will. */
const TIME_LIMIT_MS = 5000;
/** One that has not come out after this is pushed once more, and so on: some encoders announce more reordering than they use. */
const PUSH_AGAIN_MS = 500;

type Sample = RingFragment['media']['samples'][number];

/**
 * Decodes single keyframes of one stream at full resolution, in order. Its ffmpeg lives from the first one on: starting one
 * for each costs ten times the decoding.
 */
export class KeyframeDecoder {
  readonly #pool = new BufferPool();
  readonly #pipe: DecoderPipe;
  #wanted: { capturedAtMs: number; take(frame: DecodedFrame): void } | null = null;
  #last: DecodedFrame | null = null;

  constructor(first: RingFragment) {
    this.#pipe = new DecoderPipe({
      first,
      outputOptions: wholeOutputOptions(),
      pool: this.#pool,
      onFrame: (frame) => {
        if (frame.capturedAtMs === this.#wanted?.capturedAtMs) this.#wanted.take(frame);
        else frame.release();
      },
    });
  }

  /** False for a fragment of another connection, for one before the last, and when ffmpeg has ended: make another decoder. */
  fits(fragment: RingFragment): boolean {
    return this.#pipe.fits(fragment) && (this.#last?.capturedAtMs ?? Number.NEGATIVE_INFINITY) <= (fragment.captureTimesMs[0] as number);
  }

  /**
   * The keyframe that begins a fragment; the picture is only good until the next call.
   * @param reordered pictures that a decoder of this stream holds back, see `reorderDepth`
   * @throws SafecityError `INGEST_STILL_UNAVAILABLE`
   */
  async decode(fragment: RingFragment, reordered: number): Promise<YuvPicture> {
    const [key] = fragment.media.samples;
    if (!key) throw unavailable();
    if (this.#last?.capturedAtMs !== fragment.captureTimesMs[0]) {
      const frame = await this.#frameOf(fragment, key, reordered);
      this.#last?.release();
      this.#last = frame;
    }
    return this.#last as DecodedFrame;
  }

  async #frameOf(fragment: RingFragment, key: Sample, reordered: number): Promise<DecodedFrame> {
    let copies = 0;
    const push = () => this.#pipe.pushOut(fragment, key, ++copies);
    const frame = new Promise<DecodedFrame>((resolve) => {
      this.#wanted = { capturedAtMs: fragment.captureTimesMs[0] as number, take: resolve };
    });
    const again = setInterval(() => void push(), PUSH_AGAIN_MS);
    let limit: NodeJS.Timeout | undefined;
    const failed = new Promise<null>((resolve) => {
      limit = setTimeout(() => resolve(null), TIME_LIMIT_MS);
      void this.#pipe.exited.then(() => resolve(null));
    });
    try {
      await this.#pipe.feed(fragment, {}, [key]);
      while (copies < reordered) await push();
      const first = await Promise.race([frame, failed]);
      if (first) return first;
      this.#pipe.kill();
      throw unavailable();
    } finally {
      clearTimeout(limit);
      clearInterval(again);
      this.#wanted = null;
    }
  }

  async close(): Promise<void> {
    this.#pipe.kill();
    await this.#pipe.exited;
  }
}

/** How many pictures come before one in decoding that is shown before them: so many a decoder holds back. 0 without B-frames. */
export function reorderDepth(samples: readonly Sample[]): number {
  const depths = samples.map(({ ptsTicks }, index) => samples.slice(0, index).filter((earlier) => earlier.ptsTicks > ptsTicks).length);
  return Math.max(0, ...depths);
}

function unavailable(): SafecityError {
  return new SafecityError('INGEST_STILL_UNAVAILABLE', 'the picture of that time cannot be decoded', { httpStatus: 404 });
}
