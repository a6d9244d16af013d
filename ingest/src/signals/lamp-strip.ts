import type { CameraConfig, Lamp, PictureSource, Signal } from '@safecity/contracts';

/** Side of the square that each lamp is scaled to, px. */
export const LAMP_SIDE_PX = 16;
/** Bytes of one lamp, packed RGB `[LAMP_SIDE_PX, LAMP_SIDE_PX, 3]`. */
export const LAMP_BYTES = LAMP_SIDE_PX * LAMP_SIDE_PX * 3;
/** A crop is never narrower than this: chroma is shared by two pixels. */
const LEAST_PX = 2;

interface Size {
  widthPx: number;
  heightPx: number;
}

/** One signal head that is read from the picture. */
export interface Head {
  signalId: string;
  lamps: readonly Lamp[];
}

function pictureSourceOf({ source, check }: Signal): PictureSource | undefined {
  if (source.kind === 'picture') return source;
  return check?.kind === 'picture' ? check : undefined;
}

/** The heads of a camera that are read from its picture; empty for most cameras. */
export function headsOf({ signals }: Pick<CameraConfig, 'signals'>): Head[] {
  return signals.flatMap((signal) => {
    const source = pictureSourceOf(signal);
    return source ? [{ signalId: signal.id, lamps: source.lamps }] : [];
  });
}

/** Where the lamps lie under the picture in the decoded buffer: in rows of as many as fit, in the order of the heads. */
export interface LampStrip {
  /** Regions 0..1 of the picture. */
  regions: readonly Lamp['region'][];
  /** Lamps side by side in one row. */
  perRow: number;
  /** Height that is added to the decoded picture, px. */
  heightPx: number;
}

/** The strip of these heads under an input of this width; null when there is nothing to read. */
export function lampStrip(heads: readonly Head[], inputWidthPx: number): LampStrip | null {
  const regions = heads.flatMap(({ lamps }) => lamps.map(({ region }) => region));
  if (regions.length === 0) return null;
  const perRow = Math.max(1, Math.floor(inputWidthPx / LAMP_SIDE_PX));
  return { regions, perRow, heightPx: Math.ceil(regions.length / perRow) * LAMP_SIDE_PX };
}

/** True when the same lamps are read for the same signals. */
export function sameHeads(a: readonly Head[], b: readonly Head[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** From and length in whole pixels, inside the picture. */
function span(from: number, to: number, sizePx: number): [fromPx: number, lengthPx: number] {
  const start = Math.min(Math.max(0, Math.round(from * sizePx)), Math.max(0, sizePx - LEAST_PX));
  const end = Math.min(sizePx, Math.max(start + LEAST_PX, Math.round(to * sizePx)));
  return [start, end - start];
}

/**
 * One lamp at full resolution. Cropped twice: first by even pixels, as chroma subsampling wants it, then exactly in RGB,
 * so that only some pixels of the picture are converted.
 */
function lampFilter([x1, y1, x2, y2]: Lamp['region'], { widthPx, heightPx }: Size): string {
  const [x, w] = span(x1, x2, widthPx);
  const [y, h] = span(y1, y2, heightPx);
  const [left, top] = [x - (x % 2), y - (y % 2)];
  const width = Math.min(widthPx - left, 2 * Math.ceil((x + w - left) / 2));
  const height = Math.min(heightPx - top, 2 * Math.ceil((y + h - top) / 2));
  return [
    `crop=${width}:${height}:${left}:${top}`,
    'format=rgb24',
    `crop=${w}:${h}:${x - left}:${y - top}`,
    `scale=${LAMP_SIDE_PX}:${LAMP_SIDE_PX}:flags=area`,
  ].join(',');
}

/**
 * The end of a filter chain that fits the picture into the input by `fit` and puts the lamps under it. `source` is the
 * size of the pictures that come in.
 */
export function withLamps(fit: string, strip: LampStrip, source: Size, input: Size): string {
  const { regions, perRow } = strip;
  const names = regions.map((_, index) => `l${index}`);
  const places = regions.map((_, index) => {
    const row = Math.floor(index / perRow);
    return `${(index % perRow) * LAMP_SIDE_PX}_${input.heightPx + row * LAMP_SIDE_PX}`;
  });
  return [
    `split=${regions.length + 1}[p]${names.map((name) => `[${name}]`).join('')}`,
    `[p]${fit}[fit]`,
    ...regions.map((region, index) => `[l${index}]${lampFilter(region, source)}[s${index}]`),
    `[fit]${names.map((_, index) => `[s${index}]`).join('')}xstack=inputs=${regions.length + 1}:layout=0_0|${places.join('|')}:fill=black`,
  ].join(';');
}

/** Cuts a decoded buffer into the picture and the strip under it, without a copy. */
export function cutStrip(decoded: Buffer, { widthPx, heightPx }: Size): { picture: Buffer; strip: Buffer } {
  const pictureBytes = widthPx * heightPx * 3;
  return { picture: decoded.subarray(0, pictureBytes), strip: decoded.subarray(pictureBytes) };
}

/** Packed RGB of lamp `index`, copied out of the strip. */
export function lampPixels(strip: Buffer, index: number, { perRow }: LampStrip, inputWidthPx: number): Buffer {
  const pixels = Buffer.allocUnsafe(LAMP_BYTES);
  const rowBytes = LAMP_SIDE_PX * 3;
  const left = (index % perRow) * rowBytes;
  const top = Math.floor(index / perRow) * LAMP_SIDE_PX;
  for (let y = 0; y < LAMP_SIDE_PX; y++) {
    const from = (top + y) * inputWidthPx * 3 + left;
    strip.copy(pixels, y * rowBytes, from, from + rowBytes);
  }
  return pixels;
}
