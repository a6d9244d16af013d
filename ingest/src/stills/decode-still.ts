import { SafecityError } from '@safecity/contracts';
import { RING_INPUT_OPTIONS } from '../decode/ring-input.js';
import { startFfmpeg } from '../ffmpeg/ffmpeg-process.js';
import type { GopCut } from '../ring/gop-ring.js';

/** A JPEG cut from the ring. */
export interface Still {
  jpeg: Buffer;
  /** Capture time of exactly this picture, epoch ms. */
  capturedAtMs: number;
  widthPx: number;
  heightPx: number;
}

/** ffmpeg's JPEG quality, 2 (best) to 31; 2 keeps plates readable, small pictures need less. */
const FULL_QUALITY = 2;
const SMALL_QUALITY = 4;
const TIME_LIMIT_MS = 10_000;

function sizeOf(cut: GopCut, widthPx: number | null): { widthPx: number; heightPx: number } {
  const { init } = cut.picture.fragment;
  if (widthPx === null || widthPx >= init.widthPx) return { widthPx: init.widthPx, heightPx: init.heightPx };
  return { widthPx, heightPx: Math.max(1, Math.round((widthPx * init.heightPx) / init.widthPx)) };
}

/**
 * Decodes one group of pictures up to the picture wanted and encodes that one, told by its exact presentation time.
 * @param widthPx smaller width, height follows; null for full resolution
 * @throws SafecityError `INGEST_STILL_UNAVAILABLE` when the picture cannot be decoded
 */
export async function decodeStill(cut: GopCut, widthPx: number | null): Promise<Still> {
  const { init } = cut.picture.fragment;
  const size = sizeOf(cut, widthPx);
  const small = size.widthPx < init.widthPx;
  const filters = [
    `select='eq(pts,${cut.picture.sample.ptsTicks})'`,
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
    if (jpeg.length === 0)
      throw new SafecityError('INGEST_STILL_UNAVAILABLE', 'the picture of that time cannot be decoded', { httpStatus: 404 });
    return { jpeg, capturedAtMs: cut.picture.capturedAtMs, ...size };
  } finally {
    clearTimeout(limit);
    ffmpeg.kill();
  }
}
