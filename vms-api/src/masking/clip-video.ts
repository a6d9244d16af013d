import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FfmpegCommand, type FfmpegExit, type FfmpegProcess, startFfmpeg } from '@safecity/platform';
import { failure } from '../server/failure.js';
import type { RgbPicture } from './picture.js';
import type { Size } from './tiles.js';

/** Whoever looks at live video and everything else goes first. */
const NICENESS = 19;
/** Pictures are decoded one after the other: a second thread would only take the core that others need. */
const DECODING = ['-loglevel', 'error', '-threads', '1', '-copyts', '-f', 'mp4'];
const ENCODING = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '21', '-threads', '1', '-g', '50'];
/** Colours as high definition has them, told in the file, so that every player shows the same. */
const COLOURS = ['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'];
const TO_YUV = 'scale=out_color_matrix=bt709:out_range=tv,format=yuv420p';
const TICKS_PER_MS = 90;
/** Their times are handed to ffmpeg in one argument, which may have 128 kB. */
const MOST_PICTURES = 5000;

function lastWords({ stderrTail }: FfmpegExit): string | undefined {
  return stderrTail.findLast((line) => line.trim())?.trim();
}

function unreadable(exit: FfmpegExit): Error {
  if (exit.missing)
    return failure(
      'API_FFMPEG_MISSING',
      503,
      'ffmpeg was not found where the API runs: install it (Debian, Ubuntu: apt-get install ffmpeg)',
    );
  const why = lastWords(exit);
  // What it cannot read it complains of.
  if (!why) return failure('API_MASK_UNAVAILABLE', 503, 'ffmpeg was ended before it had read the clip: try again');
  return failure('API_CLIP_UNREADABLE', 409, `the clip cannot be decoded, so no masked copy can be made: ${why}`);
}

/** Runs ffmpeg over the bytes of a clip; ends it when `work` is over, or at once when the signal says so. */
async function withFfmpeg<T>(
  clip: Uint8Array,
  command: Pick<FfmpegCommand, 'outputOptions'>,
  signal: AbortSignal,
  work: (ffmpeg: FfmpegProcess) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const ffmpeg = startFfmpeg({ input: 'stdin', inputOptions: DECODING, niceness: NICENESS, ...command });
  signal.addEventListener('abort', ffmpeg.kill, { once: true });
  try {
    ffmpeg.stdin?.end(clip);
    const result = await work(ffmpeg);
    signal.throwIfAborted();
    return result;
  } finally {
    signal.removeEventListener('abort', ffmpeg.kill);
    ffmpeg.kill();
  }
}

/**
 * Media times of all pictures of a clip, ms, in their order: decoded, since that alone tells which there are.
 * @throws SafecityError `API_CLIP_UNREADABLE`, `API_CLIP_TOO_LONG`, `API_FFMPEG_MISSING`
 */
export async function pictureTimes(clip: Uint8Array, signal: AbortSignal): Promise<number[]> {
  const outputOptions = [
    ...['-map', '0:v:0', '-an', '-fps_mode', 'passthrough', '-vf', 'scale=16:16:flags=neighbor'],
    ...['-enc_time_base', `1/${TICKS_PER_MS * 1000}`, '-f', 'framecrc'],
  ];
  return withFfmpeg(clip, { outputOptions }, signal, async ({ stdout, exited }) => {
    let text = '';
    for await (const chunk of stdout) text += (chunk as Buffer).toString('latin1');
    const [, numerator, denominator] = /^#tb 0: (\d+)\/(\d+)$/m.exec(text) ?? [];
    const times: number[] = [];
    for (const [, ticks] of text.matchAll(/^0, *-?\d+, *(-?\d+),/gm)) {
      const atMs = (Number(ticks) * 1000 * Number(numerator)) / Number(denominator);
      times.push(Math.max(atMs, (times.at(-1) ?? Number.NEGATIVE_INFINITY) + 1 / TICKS_PER_MS));
    }
    const exit = await exited;
    if (times.length === 0) throw unreadable(exit);
    if (times.length > MOST_PICTURES)
      throw failure(
        'API_CLIP_TOO_LONG',
        409,
        `the clip has ${times.length} pictures, ${MOST_PICTURES} can be masked: lower postRollS of the camera`,
      );
    return times;
  });
}

/** Pictures of raw video, each in a buffer of its own. */
async function* picturesOf(stdout: AsyncIterable<unknown>, { widthPx, heightPx }: Size): AsyncGenerator<RgbPicture> {
  let data = new Uint8Array(widthPx * heightPx * 3);
  let filled = 0;
  for await (const piece of stdout) {
    const bytes = piece as Buffer;
    for (let at = 0; at < bytes.length; ) {
      const count = Math.min(data.length - filled, bytes.length - at);
      data.set(bytes.subarray(at, at + count), filled);
      filled += count;
      at += count;
      if (filled < data.length) continue;
      yield { data, widthPx, heightPx };
      data = new Uint8Array(widthPx * heightPx * 3);
      filled = 0;
    }
  }
}

/**
 * An expression of ffmpeg that is of many parts, one of which counts for each picture: found by halving, since ffmpeg reads 100 parts in
 * a row at most.
 * @param first the picture from which on (inclusive) each part counts
 */
function halved(variable: 'n' | 'N', parts: readonly { first: number; part: string }[]): string {
  const [only] = parts;
  if (parts.length < 2) return only?.part ?? '0';
  const middle = Math.floor(parts.length / 2);
  const later = parts.slice(middle);
  return `if(lt(${variable},${later[0]?.first}),${halved(variable, parts.slice(0, middle))},${halved(variable, later)})`;
}

/**
 * Decodes pictures of a clip and hands them over one by one.
 * @param only their places in the clip, from 0; absent: all
 * @returns how many there were
 */
export async function eachPicture(
  clip: Uint8Array,
  options: { size: Size; only?: readonly number[]; signal: AbortSignal },
  receive: (picture: RgbPicture, index: number) => Promise<void>,
): Promise<number> {
  const { size, only, signal } = options;
  const chosen = only
    ? [
        `select='${halved(
          'n',
          only.map((place) => ({ first: place, part: `eq(n,${place})` })),
        )}'`,
      ]
    : [];
  const filter = [...chosen, `scale=${size.widthPx}:${size.heightPx}`].join(',');
  const outputOptions = ['-map', '0:v:0', '-an', '-fps_mode', 'passthrough', '-vf', filter, '-f', 'rawvideo', '-pix_fmt', 'rgb24'];
  return withFfmpeg(clip, { outputOptions }, signal, async ({ stdout }) => {
    let count = 0;
    for await (const picture of picturesOf(stdout, size)) await receive(picture, count++);
    return count;
  });
}

/** An H.264 file being written from pictures. The caller closes it, also after an error. */
export interface ClipEncoder {
  /** Resolves when the next picture may come. */
  write(picture: RgbPicture): Promise<void>;
  /** The whole file: MP4 that plays while it loads. */
  finish(): Promise<Buffer>;
  close(): Promise<void>;
}

/**
 * Encodes pictures at given media times, in a folder of its own that goes with `close`.
 * @throws SafecityError `API_FFMPEG_MISSING`, or Error with ffmpeg's words
 */
export async function encodeClip(timesMs: readonly number[], { widthPx, heightPx }: Size): Promise<ClipEncoder> {
  const folder = await mkdtemp(join(tmpdir(), 'safecity-masked-'));
  const path = join(folder, 'clip.mp4');
  // Raw video has no times of its own.
  const ticks = timesMs.map((atMs, place) => ({ first: place, part: String(Math.round(atMs * TICKS_PER_MS)) }));
  const filter = `settb=1/${TICKS_PER_MS * 1000},setpts='${halved('N', ticks)}',${TO_YUV}`;
  const ffmpeg = startFfmpeg({
    input: 'stdin',
    inputOptions: ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${widthPx}x${heightPx}`, '-r', '25'],
    outputOptions: [
      ...['-vf', filter, '-fps_mode', 'passthrough', '-enc_time_base', `1/${TICKS_PER_MS * 1000}`],
      ...[...ENCODING, ...COLOURS, '-movflags', '+faststart', '-video_track_timescale', String(TICKS_PER_MS * 1000)],
    ],
    outputFile: path,
    niceness: NICENESS,
  });
  let ended = false;
  const done = ffmpeg.exited.finally(() => {
    ended = true;
  });
  return {
    write: async ({ data }) => {
      if (ended || ffmpeg.stdin === null || ffmpeg.stdin.write(data)) return;
      const waiting = new AbortController();
      await Promise.race([once(ffmpeg.stdin, 'drain', { signal: waiting.signal }).catch(() => undefined), done]);
      waiting.abort();
    },
    finish: async () => {
      ffmpeg.stdin?.end();
      const exit = await done;
      if (exit.missing) throw unreadable(exit);
      if (!exit.clean) throw new Error(`the masked clip cannot be encoded: ${lastWords(exit) ?? 'ffmpeg ended early'}`);
      return readFile(path);
    },
    close: async () => {
      ffmpeg.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
