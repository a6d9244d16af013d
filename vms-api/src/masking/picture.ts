import sharp from 'sharp';

/** A picture as packed RGB, `Uint8Array [heightPx, widthPx, 3]`. */
export interface RgbPicture {
  data: Uint8Array;
  widthPx: number;
  heightPx: number;
}

/** A box `[x1, y1, x2, y2]` in pixels of a picture. */
export type PixelBox = readonly [number, number, number, number];

/** What detectors were trained to see where a picture ends. */
const PAD = 114;

/** @throws Error when the bytes are no picture */
export async function decodePicture(bytes: Uint8Array): Promise<RgbPicture> {
  const { data, info } = await sharp(bytes).removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { data, widthPx: info.width, heightPx: info.height };
}

/** A JPEG of these pixels and of nothing else: no thumbnail, no EXIF, no colour profile. */
export function encodeJpeg({ data, widthPx, heightPx }: RgbPicture): Promise<Buffer> {
  return sharp(data, { raw: { width: widthPx, height: heightPx, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}

/** The picture `scale` times as large. */
export async function scaledPicture(picture: RgbPicture, scale: number): Promise<RgbPicture> {
  if (scale === 1) return picture;
  const [widthPx, heightPx] = [picture.widthPx, picture.heightPx].map((side) => Math.max(1, Math.round(side * scale))) as [number, number];
  const data = await sharp(picture.data, { raw: { width: picture.widthPx, height: picture.heightPx, channels: 3 } })
    .resize(widthPx, heightPx, { fit: 'fill' })
    .raw()
    .toBuffer();
  return { data, widthPx, heightPx };
}

/** A part of a picture from `left`, `top` on; what lies beyond the picture is grey. */
export function cutPicture(picture: RgbPicture, left: number, top: number, size: { widthPx: number; heightPx: number }): RgbPicture {
  const { widthPx, heightPx } = size;
  const data = new Uint8Array(widthPx * heightPx * 3).fill(PAD);
  const columns = Math.min(widthPx, picture.widthPx - left);
  const rows = Math.min(heightPx, picture.heightPx - top);
  for (let row = 0; row < rows; row++) {
    const from = ((top + row) * picture.widthPx + left) * 3;
    data.set(picture.data.subarray(from, from + columns * 3), row * widthPx * 3);
  }
  return { data, widthPx, heightPx };
}

export const areaOf = ([x1, y1, x2, y2]: PixelBox): number => Math.max(0, x2 - x1) * Math.max(0, y2 - y1);

/** Area that two boxes share. */
export function sharedArea(a: PixelBox, b: PixelBox): number {
  return areaOf([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
}

export function holdsCentre(outer: PixelBox, inner: PixelBox): boolean {
  const [x, y] = [(inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2];
  return x >= outer[0] && x <= outer[2] && y >= outer[1] && y <= outer[3];
}

/** A box so much larger on each side, as a share of its sides. */
export function grown([x1, y1, x2, y2]: PixelBox, share: number): PixelBox {
  const [x, y] = [(x2 - x1) * share, (y2 - y1) * share];
  return [x1 - x, y1 - y, x2 + x, y2 + y];
}
