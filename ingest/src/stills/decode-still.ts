import { type Box, SafecityError } from '@safecity/contracts';
import { startFfmpeg } from '@safecity/platform';
import { RING_INPUT_OPTIONS } from '../decode/ring-input.js';
import type { Sample } from '../mp4/fragment.js';
import type { ClipFragment } from '../mp4/progressive-mp4.js';
import { boxOf, type Crop, cropWindow } from './crop-window.js';

/** A picture that can be decoded: `fragments` from its keyframe on, one init segment, in order of decoding. */
export interface StillCut {
  fragments: readonly ClipFragment[];
  picture: { fragment: ClipFragment; sample: Sample; capturedAtMs: number };
}

/** What of a picture is wanted. */
export interface StillForm {
  /** Smaller width, height follows; null for full resolution. */
  widthPx: number | null;
  /** Only this part of the picture. */
  crop?: Crop;
}

/** A JPEG of one picture, or of a part of it. */
export interface Still {
  jpeg: Buffer;
  /** Capture time of exactly this picture, epoch ms. */
  capturedAtMs: number;
  widthPx: number;
  heightPx: number;
  /** The part of the picture that it shows, 0..1; absent: all of it. */
  box?: Box;
}

/** ffmpeg's JPEG quality, 2 (best) to 31; 2 keeps plates readable, small pictures need less. */
const FULL_QUALITY = 2;
const SMALL_QUALITY = 4;
const TIME_LIMIT_MS = 10_000;

function sizeOf(full: { widthPx: number; heightPx: number }, widthPx: number | null): { widthPx: number; heightPx: number } {
  if (widthPx === null || widthPx >= full.widthPx) return { widthPx: full.widthPx, heightPx: full.heightPx };
  return { widthPx, heightPx: Math.max(1, Math.round((widthPx * full.heightPx) / full.widthPx)) };
}

function unavailable(message: string): SafecityError {
  return new SafecityError('INGEST_STILL_UNAVAILABLE', message, { httpStatus: 404 });
}

/**
 * Decodes one group of pictures up to the picture wanted and encodes that one, told by its exact presentation time.
 * @throws SafecityError `INGEST_STILL_UNAVAILABLE` when the picture cannot be decoded, or nothing of the crop lies in it
 */
export async function decodeStill(cut: StillCut, { widthPx, crop }: StillForm): Promise<Still> {
  const { init } = cut.picture.fragment;
  const window = crop ? cropWindow(crop, init) : null;
  if (crop && !window) throw unavailable('nothing of the box lies in the picture');
  const full = window ?? init;
  const size = sizeOf(full, widthPx);
  const small = size.widthPx < full.widthPx;
  const filters = [
    `select='eq(pts,${cut.picture.sample.ptsTicks})'`,
    ...(window ? [`crop=${window.widthPx}:${window.heightPx}:${window.xPx}:${window.yPx}`] : []),
    ...(small ? [`scale=${size.widthPx}:${size.heightPx}:flags=bicubic`] : []),
  ];
  const ffmpeg = startFfmpeg({
    input: 'stdin',
    inputOptions: RING_INPUT_OPTIONS,
    outputOptions: [
      ...['-map', '0:v:0', '-an', '-copyts', '-fps_mode', 'passthrough', '-vf', filters.join(','), '-frames:v', '1'],
      ...['-c:v', 'mjpeg', '-q:v', String(small ? SMALL_QUALITY : FULL_QUALITY), '-f', 'image2pipe'],
    ],
  });
  const limit = setTimeout(ffmpeg.kill, TIME_LIMIT_MS);
  try {
    ffmpeg.stdin?.write(init.data);
    for (const { media } of cut.fragments) ffmpeg.stdin?.write(media.data);
    ffmpeg.stdin?.end();
    const chunks: Buffer[] = [];
    for await (const chunk of ffmpeg.stdout) chunks.push(chunk as Buffer);
    const jpeg = Buffer.concat(chunks);
    if (jpeg.length === 0) throw unavailable('the picture of that time cannot be decoded');
    return { jpeg, capturedAtMs: cut.picture.capturedAtMs, ...size, ...(window ? { box: boxOf(window, init) } : {}) };
  } finally {
    clearTimeout(limit);
    ffmpeg.kill();
  }
}
