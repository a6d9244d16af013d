import { readFile } from 'node:fs/promises';
import { SafecityError } from '@safecity/contracts';
import type { Picture } from '@safecity/ingest';
import sharp from 'sharp';

/** More pixels than any camera sends. */
const MOST_PIXELS = 100_000_000;

/**
 * Decodes a picture of any kind that sharp knows to RGB, upright as its EXIF says; transparency on black.
 * @throws SafecityError `CLI_USAGE` when it is missing, damaged, cut short or no picture
 */
export async function readPicture(path: string): Promise<Picture> {
  try {
    const bytes = await readFile(path);
    const { data, info } = await sharp(bytes, { failOn: 'error', limitInputPixels: MOST_PIXELS })
      .rotate()
      .toColourspace('srgb')
      .flatten()
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.channels === 3) return { data, widthPx: info.width, heightPx: info.height };
    const rgb = new Uint8Array(info.width * info.height * 3);
    for (let at = 0; at < info.width * info.height; at++) rgb.fill(data[at * info.channels] as number, at * 3, at * 3 + 3);
    return { data: rgb, widthPx: info.width, heightPx: info.height };
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'does not exist'
        : `cannot be decoded (${(cause as Error).message.split('\n')[0]})`;
    throw new SafecityError('CLI_USAGE', `${path} ${reason}: give a whole JPEG, PNG or WebP picture`, { cause });
  }
}
