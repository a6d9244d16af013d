import type { Box } from '@safecity/contracts';

/** A part of a picture that is cut out. */
export interface Crop {
  /** `xyxy`, 0..1; what reaches beyond the picture is left out. */
  box: Box;
  /** Share of the box's width and height that is added on every side, so that the surroundings are seen; 0 and more. */
  margin: number;
}

/** A rectangle of pixels; even numbers, because video shares its colours between two. */
export interface CropWindow {
  xPx: number;
  yPx: number;
  widthPx: number;
  heightPx: number;
}

/** What arithmetic with fractions is off by, in pixels, is no pixel more. */
const ROUNDING = 1e-6;

/** First even number at or below, and size of an even stretch that holds `low`..`high` (0..1 of `sizePx`). */
function stretch(low: number, high: number, sizePx: number): { at: number; size: number } {
  const from = Math.max(0, Math.floor((low * sizePx) / 2 + ROUNDING) * 2);
  const to = Math.min(Math.floor(sizePx / 2) * 2, Math.ceil((high * sizePx) / 2 - ROUNDING) * 2);
  return { at: from, size: to - from };
}

/** Where in a picture of that size the crop lies, rounded outwards; null when nothing of it lies in the picture. */
export function cropWindow({ box, margin }: Crop, picture: { widthPx: number; heightPx: number }): CropWindow | null {
  const [x1, y1, x2, y2] = box;
  const [aroundX, aroundY] = [(x2 - x1) * margin, (y2 - y1) * margin];
  const x = stretch(x1 - aroundX, x2 + aroundX, picture.widthPx);
  const y = stretch(y1 - aroundY, y2 + aroundY, picture.heightPx);
  if (!(x.size > 0 && y.size > 0)) return null;
  return { xPx: x.at, yPx: y.at, widthPx: x.size, heightPx: y.size };
}

/** The window as a box, 0..1. */
export function boxOf({ xPx, yPx, widthPx, heightPx }: CropWindow, picture: { widthPx: number; heightPx: number }): Box {
  const { widthPx: w, heightPx: h } = picture;
  return [xPx / w, yPx / h, (xPx + widthPx) / w, (yPx + heightPx) / h];
}
