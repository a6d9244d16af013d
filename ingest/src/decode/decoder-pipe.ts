import { once } from 'node:events';
import type { Discontinuity, SignalReading } from '@safecity/contracts';
import { type FfmpegProcess, startFfmpeg } from '@safecity/platform';
import type { DamagedPictures } from '../ffmpeg/damaged-pictures.js';
import type { Sample } from '../mp4/fragment.js';
import { partOfFragment } from '../mp4/part-of-fragment.js';
import type { RingFragment } from '../ring/ring-fragment.js';
import { cutStrip } from '../signals/lamp-strip.js';
import type { BufferPool } from './buffer-pool.js';
import { NutReader } from './nut-reader.js';
import { RING_INPUT_OPTIONS } from './ring-input.js';

/** One decoded picture. */
export interface DecodedFrame {
  /** As the output options have it, for detection packed RGB `[inputHeight, inputWidth, 3]`; the receiver's until it calls `release`. */
  data: Buffer;
  /** The lamps of signals, as `LampStrip` says; with `data` the receiver's. Absent: none are read. */
  strip?: Buffer;
  /** What was read from it; set by the reader. */
  signals?: SignalReading[];
  /** Capture time of exactly this picture, epoch ms. */
  capturedAtMs: number;
  /** Size of the original picture. */
  widthPx: number;
  heightPx: number;
  /** It was decoded to catch up with a camera that woke: it must not be left out for a newer one. */
  keep?: boolean;
  /** The camera was idle: nothing between the picture before and this one was decoded. */
  idle?: boolean;
  /** The video was watched from this capture time on without a hole. */
  watchedSinceMs?: number;
  /** Why tracks cannot be carried over from the frame before. */
  discontinuity?: Discontinuity;
  /** Gives `data` back to be filled again; call it once, or not at all. */
  release(): void;
}

export interface DecoderPipeOptions {
  /** The first fragment to be decoded: gives the init segment and the epoch. */
  first: RingFragment;
  /** How ffmpeg makes frames of pictures: `decodeOutputOptions` or `wholeOutputOptions`. */
  outputOptions: readonly string[];
  /** ffmpeg's options in front of the input, for hardware; default: none. */
  hardwareOptions?: readonly string[];
  /** Size of the picture under which the lamps of signals lie; absent: there are none. */
  stripUnder?: { widthPx: number; heightPx: number } | null;
  onFrame(frame: DecodedFrame): void;
  /** Where the buffers of frames come from. */
  pool: BufferPool;
  /** Told what comes damaged; absent: nobody counts it. */
  damage?: DamagedPictures;
}

/** What is known of pictures when they are fed, and goes with them. */
export type FedFacts = Pick<DecodedFrame, 'keep' | 'idle' | 'watchedSinceMs'>;

interface FedPicture {
  capturedAtMs: number;
  sequence: number;
  facts: FedFacts;
}

/** Pictures whose times are remembered while the decoder holds them; more than any reordering needs. */
const REMEMBERED_PICTURES = 1024;
/** A picture is written in one piece instead of in blocks of 32 kB. */
const WHOLE_WRITES = ['-avioflags', 'direct'];
/** A decoder that takes nothing for so long hangs. */
const FEED_LIMIT_MS = 10_000;

/** One decoding ffmpeg for one init segment; fed with fragments, gives the selected pictures with their capture times. */
export class DecoderPipe {
  readonly #options: DecoderPipeOptions;
  readonly #ffmpeg: FfmpegProcess;
  readonly #fed = new Map<number, FedPicture>();
  #notedSequence = -1;
  #discontinuities: { sequence: number; reason: Discontinuity }[] = [];
  #ticksPerNutTick = 1;
  #failed = false;
  #ended = false;

  constructor(options: DecoderPipeOptions) {
    this.#options = options;
    const { timescale } = options.first.init;
    const reader = new NutReader(
      {
        onTimeBase: (numerator, denominator) => {
          this.#ticksPerNutTick = (numerator * timescale) / denominator;
        },
        onFrame: (ptsTicks, data) => this.#take(Math.round(ptsTicks * this.#ticksPerNutTick), data),
      },
      (sizeBytes) => options.pool.take(sizeBytes),
    );
    // Read to its end in any case, because only then the pipe is closed.
    const received = (count: number) => {
      try {
        if (!this.#failed) reader.received(count);
      } catch {
        this.kill();
      }
      return true;
    };
    const outputOptions = [...options.outputOptions, '-copyts', ...WHOLE_WRITES];
    const into = { target: () => reader.target(), received };
    const inputOptions = [...(options.hardwareOptions ?? []), ...RING_INPUT_OPTIONS];
    const onLine = (line: string) => options.damage?.noteLine(line);
    this.#ffmpeg = startFfmpeg({ input: 'stdin', inputOptions, outputOptions, into, onLine });
    this.#ffmpeg.stdout.resume();
    void this.#ffmpeg.exited.then(() => {
      this.#failed = true;
    });
    this.#ffmpeg.stdin?.write(options.first.init.data);
  }

  /** Process id, for measurements; null when it does not run. */
  get pid(): number | null {
    return this.#ffmpeg.pid;
  }

  fits(fragment: RingFragment): boolean {
    return !this.#failed && fragment.init === this.#options.first.init && fragment.epoch === this.#options.first.epoch;
  }

  get failed(): boolean {
    return this.#failed && !this.#ended;
  }

  /** Takes note of a fragment that is not fed, or not yet: a break in it marks the next picture. */
  note({ sequence, discontinuity }: RingFragment): void {
    if (sequence <= this.#notedSequence) return;
    this.#notedSequence = sequence;
    if (discontinuity) this.#discontinuities.push({ sequence, reason: discontinuity });
  }

  /**
   * Hands over a fragment, or only `samples` of it; resolves when ffmpeg has taken most of it, or has ended. What a
   * picture refers to must have been fed before it.
   */
  async feed(fragment: RingFragment, facts: FedFacts = {}, samples: readonly Sample[] = fragment.media.samples): Promise<void> {
    this.note(fragment);
    if (samples.length === 0) return;
    this.#options.damage?.noteDecoded(samples.length);
    const wanted = new Set(samples);
    fragment.media.samples.forEach((sample, index) => {
      if (!wanted.has(sample)) return;
      this.#fed.set(sample.ptsTicks, { capturedAtMs: fragment.captureTimesMs[index] ?? 0, sequence: fragment.sequence, facts });
    });
    for (const ptsTicks of this.#fed.keys()) {
      if (this.#fed.size <= REMEMBERED_PICTURES) break;
      this.#fed.delete(ptsTicks);
    }
    const isWhole = samples.length === fragment.media.samples.length;
    const data = isWhole ? fragment.media.data : partOfFragment(fragment.media, samples, fragment.init.trackId);
    await this.#write(data);
  }

  async #write(data: Buffer): Promise<void> {
    const { stdin } = this.#ffmpeg;
    if (this.#failed || !stdin || stdin.write(data)) return;
    const waiting = new AbortController();
    const limit = setTimeout(() => this.kill(), FEED_LIMIT_MS);
    const drained = once(stdin, 'drain', { signal: waiting.signal }).catch(() => undefined);
    await Promise.race([drained, this.#ffmpeg.exited]);
    clearTimeout(limit);
    waiting.abort();
  }

  /**
   * Feeds a keyframe once more, one tick (or `ticks`) later: with B-frames a decoder holds a keyframe back until pictures come that
   * cannot precede it, and the next keyframe may be seconds away. The filter drops the copy.
   */
  async pushOut(fragment: RingFragment, key: Sample, ticks = 1): Promise<void> {
    const again = { ...key, dtsTicks: key.dtsTicks + ticks, ptsTicks: key.ptsTicks + ticks };
    await this.#write(partOfFragment(fragment.media, [again], fragment.init.trackId));
  }

  /** No more fragments: what is in the decoder still comes out, then the process ends by itself. */
  end(): void {
    this.#ended = true;
    this.#ffmpeg.stdin?.end();
    const late = setTimeout(() => this.kill(), 2000);
    void this.#ffmpeg.exited.then(() => clearTimeout(late));
  }

  /** Ends it at once. */
  kill(): void {
    this.#failed = true;
    this.#ffmpeg.kill();
  }

  /** Resolves when the process is gone. */
  get exited(): Promise<unknown> {
    return this.#ffmpeg.exited;
  }

  #take(ptsTicks: number, data: Buffer): void {
    const fed = this.#fed.get(ptsTicks);
    if (!fed) return;
    const { init } = this.#options.first;
    const reason = this.#discontinuities.findLast(({ sequence }) => sequence <= fed.sequence)?.reason;
    if (reason) this.#discontinuities = this.#discontinuities.filter(({ sequence }) => sequence > fed.sequence);
    const { stripUnder } = this.#options;
    const { picture, strip } = stripUnder ? cutStrip(data, stripUnder) : { picture: data };
    this.#options.onFrame({
      data: picture,
      ...(strip ? { strip } : {}),
      release: () => this.#options.pool.give(data),
      capturedAtMs: fed.capturedAtMs,
      widthPx: init.widthPx,
      heightPx: init.heightPx,
      ...fed.facts,
      ...(reason ? { discontinuity: reason } : {}),
    });
  }
}
