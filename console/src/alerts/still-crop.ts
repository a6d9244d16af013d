/** A part of a picture, 0..1, origin top left. */
export interface PictureWindow {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The subject fills at most this share of the window's width and height. */
const SUBJECT_SHARE = 0.5;
/** Less of the picture than this would show a subject without its surroundings. */
const LEAST_WIDTH = 0.4;

/**
 * The part of a still to show in a small frame so that the subject can be recognised: around the box, inside the
 * picture, of the frame's aspect. Without a box: the middle.
 * @param picture size of the still in pixels
 * @param aspect width by height of the frame
 */
export function cropAround(box: readonly number[] | null, picture: { widthPx: number; heightPx: number }, aspect: number): PictureWindow {
  // In shares of the picture a frame of this aspect is `ratio` times as high as wide.
  const ratio = picture.widthPx / picture.heightPx / aspect;
  const widest = Math.min(1, 1 / ratio);
  const [x1 = 0, y1 = 0, x2 = 1, y2 = 1] = box ?? [];
  const needed = box === null ? widest : Math.max((x2 - x1) / SUBJECT_SHARE, (y2 - y1) / SUBJECT_SHARE / ratio, LEAST_WIDTH);
  const width = Math.min(widest, needed);
  const height = width * ratio;
  const inside = (middle: number, size: number) => Math.min(1 - size, Math.max(0, middle - size / 2));
  return { x: inside((x1 + x2) / 2, width), y: inside((y1 + y2) / 2, height), width, height };
}
