import type { Region } from '../stills/decode-region.js';
import type { Picture } from './picture.js';

/** A whole picture: planes Y, U and V one after the other, U and V at half the size, rounded up. */
export interface YuvPicture {
  data: Uint8Array;
  widthPx: number;
  heightPx: number;
}

/** Converts a region to RGB (BT.601, limited range, as ffmpeg does by itself). */
export function rgbRegion({ data, widthPx, heightPx }: YuvPicture, { left, top, right, bottom }: Region): Picture {
  const chromaWidth = (widthPx + 1) >> 1;
  const uAt = widthPx * heightPx;
  const vAt = uAt + chromaWidth * ((heightPx + 1) >> 1);
  const width = right - left;
  // Clamps and rounds by itself.
  const rgb = new Uint8ClampedArray(width * (bottom - top) * 3);
  let to = 0;
  for (let y = top; y < bottom; y++) {
    const chromaRow = (y >> 1) * chromaWidth;
    for (let x = left; x < right; x++) {
      const chroma = chromaRow + (x >> 1);
      const luma = 1.164_383 * ((data[y * widthPx + x] as number) - 16);
      const u = (data[uAt + chroma] as number) - 128;
      const v = (data[vAt + chroma] as number) - 128;
      rgb[to++] = luma + 1.596_027 * v;
      rgb[to++] = luma - 0.391_762 * u - 0.812_968 * v;
      rgb[to++] = luma + 2.017_232 * u;
    }
  }
  return { data: new Uint8Array(rgb.buffer), widthPx: width, heightPx: bottom - top };
}
