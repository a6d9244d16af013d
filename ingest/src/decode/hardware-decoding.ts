import { type Logger, startFfmpeg } from '@safecity/platform';

/** `cuda`: NVDEC, with a warning when it cannot be used; `auto`: NVDEC where it can be used. */
export const HARDWARE_DECODERS = ['off', 'auto', 'cuda'] as const;
export type HardwareDecoder = (typeof HARDWARE_DECODERS)[number];

/** How a worker decodes. */
export interface DecodingReport {
  wanted: HardwareDecoder;
  used: 'software' | 'cuda';
  /** Why it is not what was wanted. */
  problem?: string;
}

/** One grey H.264 picture of 256x144, which every NVDEC can decode. */
const GREY_PICTURE =
  'AAAAAWdkAAyscgRBATsBEAAAAwAQAAADACDxQphGAAAAAWjoQ48siwAAAWWIgQACv/73ye/An9Ktb+Tz0j8LLc+wio/blsTtO/xEbfZFkCEjyLnMQAAAIYAjEEqzvDk=';
/** What that picture is as packed greyscale. */
const GREY_BYTES = 256 * 144;
const TRY_LIMIT_MS = 20_000;
/** A decoder that dies says something about the hardware at most so often. */
const TRY_AGAIN_MS = 60_000;

/** In front of the input: decoded on the GPU, pictures come back to main memory by themselves. */
const CUDA_OPTIONS: readonly string[] = ['-hwaccel', 'cuda'];
/** Keeps the picture on the GPU until the filter takes it down, so that software decoding does not pass for hardware's. */
const PROOF_OPTIONS: readonly string[] = [...CUDA_OPTIONS, '-hwaccel_output_format', 'cuda'];

/** Decodes one picture on the GPU. Gives the reason when that does not work. */
export async function tryCudaDecoding(): Promise<string | undefined> {
  const ffmpeg = startFfmpeg({
    input: 'stdin',
    inputOptions: [...PROOF_OPTIONS, '-f', 'h264'],
    outputOptions: ['-vf', 'hwdownload,format=nv12,format=gray', '-frames:v', '1', '-f', 'rawvideo'],
  });
  const limit = setTimeout(ffmpeg.kill, TRY_LIMIT_MS);
  try {
    ffmpeg.stdin?.end(Buffer.from(GREY_PICTURE, 'base64'));
    let bytes = 0;
    for await (const chunk of ffmpeg.stdout) bytes += (chunk as Buffer).length;
    const { missing, stderrTail } = await ffmpeg.exited;
    if (bytes === GREY_BYTES) return undefined;
    if (missing) return 'ffmpeg is not there';
    // The first line is the cause, the last ones what follows from it.
    return stderrTail.find((line) => line.trim() !== '')?.replace(/^\[[^\]]*\]\s*/, '') ?? 'the try gave no picture';
  } finally {
    clearTimeout(limit);
    ffmpeg.kill();
  }
}

/** What hardware decoding needs from outside. */
export interface HardwareDecodingOptions {
  logger: Pick<Logger, 'info' | 'warn'>;
  /** Gives the reason when the hardware does not decode; default {@link tryCudaDecoding}. */
  tryDecoding?: () => Promise<string | undefined>;
  nowMs?: () => number;
}

/**
 * How all cameras of a worker are decoded. The hardware is tried once at the start, and again when a decoder dies before
 * its first picture; when it fails the whole worker decodes in software until it is started anew, so that no camera goes
 * to and fro.
 */
export class HardwareDecoding {
  readonly #options: Required<HardwareDecodingOptions>;
  #report: DecodingReport;
  #triedAtMs: number;
  #trying: Promise<void> | null = null;

  private constructor(wanted: HardwareDecoder, options: HardwareDecodingOptions) {
    this.#options = { tryDecoding: tryCudaDecoding, nowMs: Date.now, ...options };
    this.#report = { wanted, used: wanted === 'off' ? 'software' : 'cuda' };
    this.#triedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Tries what is wanted. */
  static async open(wanted: HardwareDecoder, options: HardwareDecodingOptions): Promise<HardwareDecoding> {
    const decoding = new HardwareDecoding(wanted, options);
    if (wanted === 'off') return decoding;
    await decoding.#try();
    if (decoding.#report.used === 'cuda') options.logger.info('video is decoded on the GPU (NVDEC)');
    return decoding;
  }

  get report(): DecodingReport {
    return this.#report;
  }

  /** ffmpeg's options in front of the input; none for software. */
  get inputOptions(): readonly string[] {
    return this.#report.used === 'cuda' ? CUDA_OPTIONS : [];
  }

  /** A decoder ended without a picture: that is the camera's own trouble, unless the hardware fails at the try as well. */
  async suspect(): Promise<void> {
    if (this.#report.used !== 'cuda' || this.#options.nowMs() - this.#triedAtMs < TRY_AGAIN_MS) return;
    this.#trying ??= this.#try().finally(() => {
      this.#trying = null;
    });
    await this.#trying;
  }

  async #try(): Promise<void> {
    const { tryDecoding, nowMs, logger } = this.#options;
    this.#triedAtMs = nowMs();
    const problem = await tryDecoding();
    if (problem === undefined) return;
    const { wanted } = this.#report;
    this.#report = { wanted, used: 'software', problem };
    const text = `video is decoded in software, because the GPU does not decode: ${problem}`;
    if (wanted === 'auto') logger.info(text);
    else logger.warn({ code: 'INGEST_HWACCEL_UNAVAILABLE' }, `${text}; run "safecity doctor", or set SAFECITY_HWACCEL=off`);
  }
}
