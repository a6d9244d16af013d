import { SafecityError } from '@safecity/contracts';
import { startFfmpeg } from '@safecity/platform';
import { RING_INPUT_OPTIONS } from '../decode/ring-input.js';
import type { GopCut } from '../ring/gop-ring.js';

/** Part of a picture in whole pixels; left and top inclusive, right and bottom exclusive. */
export interface Region {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const TIME_LIMIT_MS = 5000;

/** A keyframe needs nothing before it and nothing after it. */
function isKeyframe({ picture, fragments }: GopCut): boolean {
  return fragments.length === 1 && picture.sample.key;
}

/**
 * Decodes one group of pictures up to the picture wanted and gives a region of that one, as RGB row after row.
 * @throws SafecityError `INGEST_STILL_UNAVAILABLE` when the picture cannot be decoded
 */
export async function decodeRegion(cut: GopCut, { left, top, right, bottom }: Region): Promise<Buffer> {
  const { init } = cut.picture.fragment;
  const width = right - left;
  const height = bottom - top;
  // Chroma is shared by two pixels each way: the filter must not round the place.
  const filters = [`select='eq(pts,${cut.picture.sample.ptsTicks})'`, `crop=${width}:${height}:${left}:${top}:exact=1`];
  const ffmpeg = startFfmpeg({
    input: 'stdin',
    inputOptions: [...(isKeyframe(cut) ? ['-skip_frame', 'nokey'] : []), ...RING_INPUT_OPTIONS],
    outputOptions: [
      ...['-map', '0:v:0', '-an', '-copyts', '-fps_mode', 'passthrough', '-vf', filters.join(','), '-frames:v', '1'],
      ...['-pix_fmt', 'rgb24', '-f', 'rawvideo'],
    ],
  });
  const limit = setTimeout(ffmpeg.kill, TIME_LIMIT_MS);
  try {
    ffmpeg.stdin?.write(init.data);
    for (const { media } of cut.fragments) ffmpeg.stdin?.write(media.data);
    ffmpeg.stdin?.end();
    const chunks: Buffer[] = [];
    for await (const chunk of ffmpeg.stdout) chunks.push(chunk as Buffer);
    const rgb = Buffer.concat(chunks);
    if (rgb.length === width * height * 3) return rgb;
    throw new SafecityError('INGEST_STILL_UNAVAILABLE', 'the picture of that time cannot be decoded', { httpStatus: 404 });
  } finally {
    clearTimeout(limit);
    ffmpeg.kill();
  }
}
