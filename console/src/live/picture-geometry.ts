import type { Camera } from '../api/types.js';

/** A point in CSS pixels of the canvas. */
export interface PixelPoint {
  x: number;
  y: number;
}

/** A rectangle in CSS pixels of the canvas. */
export interface PixelRect extends PixelPoint {
  width: number;
  height: number;
}

/** Where a picture lies in its frame when it is shown whole, centred, with its aspect kept. */
export function fitRect(frame: { width: number; height: number }, picture: { width: number; height: number }): PixelRect {
  if (picture.width <= 0 || picture.height <= 0) return { x: 0, y: 0, width: frame.width, height: frame.height };
  const scale = Math.min(frame.width / picture.width, frame.height / picture.height);
  const width = picture.width * scale;
  const height = picture.height * scale;
  return { x: (frame.width - width) / 2, y: (frame.height - height) / 2, width, height };
}

/** A point of the picture (0..1) in CSS pixels. */
export function toPixels(point: readonly number[], rect: PixelRect): PixelPoint {
  const [x = 0, y = 0] = point;
  return { x: rect.x + x * rect.width, y: rect.y + y * rect.height };
}

/** A box of the picture (0..1, xyxy) in CSS pixels, cut off at the picture's edge. */
export function boxToPixels(box: readonly number[], rect: PixelRect): PixelRect {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = box;
  const cut = (value: number) => Math.min(1, Math.max(0, value));
  const a = toPixels([cut(x1), cut(y1)], rect);
  const b = toPixels([cut(x2), cut(y2)], rect);
  return { x: a.x, y: a.y, width: b.x - a.x, height: b.y - a.y };
}

/** Where to draw a tripwire's arrow and the names of its two sides. */
export interface LineMarks {
  middle: PixelPoint;
  /** Unit vector from A to B. */
  along: PixelPoint;
  left: PixelPoint;
  right: PixelPoint;
}

/**
 * Marks of a tripwire from A to B: left and right are the walker's, so on a screen (y downwards) left of a line that
 * runs to the right is above it.
 * @param awayPx how far from the line the side names stand
 */
export function lineMarks(a: PixelPoint, b: PixelPoint, awayPx: number): LineMarks {
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  const along = { x: (b.x - a.x) / length, y: (b.y - a.y) / length };
  const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  return {
    middle,
    along,
    left: { x: middle.x + along.y * awayPx, y: middle.y - along.x * awayPx },
    right: { x: middle.x - along.y * awayPx, y: middle.y + along.x * awayPx },
  };
}

/**
 * Zones and lines that hold where the camera stands.
 * @param presetId preset at which it stands; null or undefined: none that is known
 */
export function geometryInView(
  camera: Pick<Camera, 'zones' | 'lines'>,
  presetId: string | null | undefined,
): Pick<Camera, 'zones' | 'lines'> {
  const holds = (part: { presetId?: string }) => part.presetId === undefined || part.presetId === presetId;
  return { zones: camera.zones.filter(holds), lines: camera.lines.filter(holds) };
}
