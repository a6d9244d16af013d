import { SafecityError } from '@safecity/contracts';
import { startFfmpeg } from '@safecity/platform';
import { probeVideo } from '../ffmpeg/probe-video.js';
import { type MaskPolygons, privacyMaskFilter } from '../session/privacy-mask-filter.js';
import { cutStrip, type LampStrip } from '../signals/lamp-strip.js';
import { NutReader } from './nut-reader.js';
import { decodeOutputOptions } from './picture-fit.js';

export interface DecodeFileOptions {
  /** A video file, or a picture. */
  path: string;
  /** The model's input size. */
  widthPx: number;
  heightPx: number;
  /** At most so many pictures per second of the file; a higher rate than the file's gives every picture. */
  targetFps: number;
  /** Painted black, as live; in a file they are painted for this reading only. */
  masks?: MaskPolygons;
  /** Lamps that are decoded beside the picture. */
  strip?: LampStrip | null;
}

export interface FileFrame {
  /** Time since the start of the file, ms. */
  ptsMs: number;
  /** Packed RGB `[heightPx, widthPx, 3]`; the receiver owns it. */
  frame: Buffer;
  /** The lamps of signals, where they are asked for; with `frame` the receiver's. */
  strip?: Buffer;
  /** Size of the original picture. */
  sourceWidthPx: number;
  sourceHeightPx: number;
}

/**
 * Decodes a file picture by picture through the filter chain of live decoding, as fast as the consumer takes them.
 * Leaving the loop early ends ffmpeg.
 * @throws SafecityError `INGEST_FILE_UNREADABLE`, `INGEST_FFMPEG_MISSING`
 */
export async function* decodeFile(options: DecodeFileOptions): AsyncGenerator<FileFrame, void, undefined> {
  const facts = await probeVideo(options.path);
  const size = { sourceWidthPx: facts.widthPx, sourceHeightPx: facts.heightPx };
  const maskFilter = options.masks?.length ? await privacyMaskFilter(options.masks) : undefined;
  const lamps = options.strip ? { strip: options.strip, source: facts } : null;
  const outputOptions = decodeOutputOptions(options, options.targetFps, { before: maskFilter, lamps });
  const ffmpeg = startFfmpeg({ input: options.path, inputOptions: [], outputOptions });
  const ready: FileFrame[] = [];
  let msPerTick = 0;
  let count = 0;
  const reader = new NutReader({
    onTimeBase: (numerator, denominator) => {
      msPerTick = (numerator * 1000) / denominator;
    },
    onFrame: (ptsTicks, decoded) => {
      const { picture, strip } = cutStrip(decoded, options);
      ready.push({ ptsMs: ptsTicks * msPerTick, frame: picture, ...(lamps ? { strip } : {}), ...size });
    },
  });
  try {
    for await (const chunk of ffmpeg.stdout) {
      reader.push(chunk as Buffer);
      for (let next = ready.shift(); next; next = ready.shift()) {
        count++;
        yield next;
      }
    }
    const exit = await ffmpeg.exited;
    if (count === 0)
      throw new SafecityError(
        'INGEST_FILE_UNREADABLE',
        `${options.path} gives no picture: ${exit.stderrTail.findLast((line) => line.trim()) ?? 'it is empty'}`,
      );
  } finally {
    ffmpeg.kill();
  }
}
