import { SafecityError } from '@safecity/contracts';
import type { Logger } from '@safecity/platform';
import type { MediaFragment } from '../mp4/fragment.js';
import type { InitSegment } from '../mp4/init-segment.js';
import type { ClipFragment } from '../mp4/progressive-mp4.js';
import { FragmentedMp4Reader } from '../mp4/stream-reader.js';
import { type H264Process, startH264 } from '../transcode/h264-process.js';
import { playbackSize } from '../transcode/transcode-size.js';
import type { TranscodeSlots } from '../transcode/transcode-slots.js';
import { type Piece, type PieceWanted, type RecordedPictures, writtenPictures } from './piece.js';
import { type Stretch, stretchOf } from './piece-stretch.js';

export interface PieceTranscoderOptions {
  /** One for each piece while it is being made. */
  slots: TranscodeSlots;
  logger: Logger;
  /** How long a piece waits for a slot; default 3 s. */
  waitMs?: number;
  /** A process that has made no piece by then is stuck; default 20 s. */
  stuckAfterMs?: number;
}

const WAIT_MS = 3000;
const STUCK_AFTER_MS = 20_000;
/** Decoding times lie before presentation times, and media time may not be negative. */
const BEFORE_MS = 1000;

interface Encoded {
  init: InitSegment | null;
  fragments: MediaFragment[];
}

/** The capture time among `times` (in order) that is nearest to `ms`. */
function nearest(times: readonly number[], ms: number): number {
  const after = times.findIndex((time) => time >= ms);
  const [one, other] = [times[after < 0 ? times.length - 1 : after] ?? ms, times[Math.max(0, after - 1)] ?? ms];
  return Math.abs(one - ms) <= Math.abs(other - ms) ? one : other;
}

/**
 * Makes pieces of recordings that a browser cannot play into H.264, one process for each, killed as soon as nobody waits for
 * it. The pictures keep their capture times. `close()` ends all of them.
 */
export class PieceTranscoder {
  readonly #options: PieceTranscoderOptions;
  readonly #running = new Set<H264Process>();
  readonly #closing = new AbortController();
  #made = 0;
  #refused = 0;

  constructor(options: PieceTranscoderOptions) {
    this.#options = options;
  }

  get figures() {
    return { made: this.#made, refused: this.#refused };
  }

  /** Process ids of those that run now. */
  get pids(): number[] {
    return [...this.#running].flatMap(({ pid }) => (pid === null ? [] : [pid]));
  }

  /**
   * What is wanted of recorded pictures, as H.264 of a reduced size. It begins with the picture that is shown at `fromMs`.
   * @param signal aborted when nobody waits any more: the result is then of no meaning
   * @throws SafecityError `INGEST_TRANSCODE_EXHAUSTED` (503), `INGEST_TRANSCODE_FAILED` (503), `INGEST_FFMPEG_MISSING` (503)
   */
  async transcoded(recorded: RecordedPictures, wanted: PieceWanted, asking: AbortSignal): Promise<Piece> {
    const { slots, waitMs = WAIT_MS } = this.#options;
    const signal = AbortSignal.any([asking, this.#closing.signal]);
    const release = await slots.wait(waitMs, signal);
    if (!release) throw this.#exhausted(signal);
    try {
      const stretch = stretchOf(recorded, wanted);
      const encoded = await this.#encoded(recorded, stretch, signal);
      this.#made++;
      return pieceOf(encoded, stretch);
    } finally {
      release();
    }
  }

  close(): void {
    this.#closing.abort();
  }

  async #encoded({ fragments }: RecordedPictures, stretch: Stretch, signal: AbortSignal): Promise<ClipFragment[]> {
    const { init } = fragments[0] as ClipFragment;
    const originMs = (stretch.times[0] as number) - BEFORE_MS;
    const encoded: Encoded = { init: null, fragments: [] };
    const reader = new FragmentedMp4Reader({
      onInit: (found) => (encoded.init = found),
      onFragment: (fragment) => encoded.fragments.push(fragment),
    });
    const running = startH264({
      input: [init.data, ...writtenPictures(neededFor(stretch, fragments), stretch.endMs, originMs)],
      ...{ fromS: (stretch.fromMs - originMs) / 1000, beforeS: (stretch.beforeMs - originMs) / 1000 },
      ...playbackSize(init),
      onData: (chunk) => {
        try {
          reader.push(chunk, 0);
        } catch {
          kill();
        }
      },
    });
    let killed = false;
    const kill = () => {
      killed = true;
      running.kill();
    };
    const stuck = setTimeout(kill, this.#options.stuckAfterMs ?? STUCK_AFTER_MS);
    this.#running.add(running);
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    const exit = await running.exited;
    clearTimeout(stuck);
    signal.removeEventListener('abort', kill);
    this.#running.delete(running);
    const { init: made } = encoded;
    if (killed || !made || encoded.fragments.length === 0) throw this.#failed(exit, signal);
    return encoded.fragments.map((media) => ({ init: made, media, captureTimesMs: captureTimes(media, made, originMs, stretch) }));
  }

  #exhausted(signal: AbortSignal): SafecityError {
    if (!signal.aborted) this.#refused++;
    const { limit } = this.#options.slots;
    const message =
      limit === 0
        ? 'this worker does not transcode (SAFECITY_TRANSCODES is 0)'
        : `this worker transcodes at most ${limit} videos at a time: try again when somebody else has stopped watching, or raise SAFECITY_TRANSCODES`;
    return new SafecityError('INGEST_TRANSCODE_EXHAUSTED', message, { httpStatus: 503 });
  }

  #failed({ missing, stderrTail }: Awaited<H264Process['exited']>, signal: AbortSignal): SafecityError {
    const code = missing ? 'INGEST_FFMPEG_MISSING' : 'INGEST_TRANSCODE_FAILED';
    if (!signal.aborted) this.#options.logger.warn({ code, stderrTail }, 'a recording could not be transcoded');
    const message = missing ? 'the ffmpeg program is missing' : 'the recording cannot be transcoded: the log of ingest says why';
    return new SafecityError(code, message, { httpStatus: 503 });
  }
}

/** What lies behind the last picture that is shown, in order of decoding, need not be decoded. */
function neededFor({ beforeMs }: Stretch, fragments: readonly ClipFragment[]): readonly ClipFragment[] {
  const last = fragments.findLastIndex(({ captureTimesMs }) => captureTimesMs.some((ms) => ms < beforeMs));
  return fragments.slice(0, last + 1);
}

function captureTimes({ samples }: MediaFragment, { timescale }: InitSegment, originMs: number, { times }: Stretch): number[] {
  return samples.map(({ ptsTicks }) => nearest(times, originMs + (ptsTicks * 1000) / timescale));
}

function pieceOf(fragments: ClipFragment[], { toMs, endMs, nextMs }: Stretch): Piece {
  const { init, captureTimesMs } = fragments[0] as ClipFragment;
  return { init, parts: [init.data, ...writtenPictures(fragments, endMs, 0)], fromMs: captureTimesMs[0] ?? 0, toMs, nextMs };
}
