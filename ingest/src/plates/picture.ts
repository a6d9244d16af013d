import type { Point } from '@safecity/contracts';

/** A decoded picture: RGB, row after row, `Uint8Array [heightPx, widthPx, 3]`. */
export interface Picture {
  data: Uint8Array;
  widthPx: number;
  heightPx: number;
}

/** Four corners in pixels: top left, top right, bottom right, bottom left as the text is read. */
export type Quad = readonly [Point, Point, Point, Point];

/** Samples per axis and output pixel at most: a reduction by more than this aliases a little. */
const MOST_SAMPLES = 4;

/**
 * Coefficients `[a, b, c, d, e, f, g, h]` of the projection that takes the unit square to a quadrilateral:
 * x = (a u + b v + c) / (g u + h v + 1), y = (d u + e v + f) / (g u + h v + 1). (Heckbert 1989, section 2.2.3.)
 */
function unitSquareTo([p0, p1, p2, p3]: Quad): number[] {
  const sx = p0[0] - p1[0] + p2[0] - p3[0];
  const sy = p0[1] - p1[1] + p2[1] - p3[1];
  const dx1 = p1[0] - p2[0];
  const dx2 = p3[0] - p2[0];
  const dy1 = p1[1] - p2[1];
  const dy2 = p3[1] - p2[1];
  const det = dx1 * dy2 - dx2 * dy1;
  const g = det === 0 ? 0 : (sx * dy2 - dx2 * sy) / det;
  const h = det === 0 ? 0 : (dx1 * sy - sx * dy1) / det;
  return [p1[0] - p0[0] + g * p1[0], p3[0] - p0[0] + h * p3[0], p0[0], p1[1] - p0[1] + g * p1[1], p3[1] - p0[1] + h * p3[1], p0[1], g, h];
}

const distance = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** Mean length of the upper and lower, and of the left and right side, in pixels. */
export function quadSize(quad: Quad): { widthPx: number; heightPx: number } {
  const [a, b, c, d] = quad;
  return { widthPx: (distance(a, b) + distance(d, c)) / 2, heightPx: (distance(a, d) + distance(b, c)) / 2 };
}

/** Corners of an upright box `[x1, y1, x2, y2]`. */
export function quadOfBox([x1, y1, x2, y2]: readonly [number, number, number, number]): Quad {
  return [
    [x1, y1],
    [x2, y1],
    [x2, y2],
    [x1, y2],
  ];
}

/** The upright box around a quadrilateral, `[x1, y1, x2, y2]`. */
export function boxAround(points: readonly Point[]): [number, number, number, number] {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/**
 * The picture inside a quadrilateral, pulled straight: bilinear, averaged where it is made smaller. Outside the picture its
 * border goes on.
 */
export function rectify(picture: Picture, quad: Quad, size: { widthPx: number; heightPx: number }): Picture {
  const { widthPx, heightPx } = size;
  const [a, b, c, d, e, f, g, h] = unitSquareTo(quad) as [number, number, number, number, number, number, number, number];
  const source = quadSize(quad);
  const samplesX = Math.max(1, Math.min(MOST_SAMPLES, Math.round(source.widthPx / widthPx)));
  const samplesY = Math.max(1, Math.min(MOST_SAMPLES, Math.round(source.heightPx / heightPx)));
  const data = new Uint8Array(widthPx * heightPx * 3);
  const maxX = picture.widthPx - 1;
  const maxY = picture.heightPx - 1;
  const count = samplesX * samplesY;
  const pixels = picture.data;
  const stride = picture.widthPx * 3;
  for (let row = 0; row < heightPx; row++) {
    for (let column = 0; column < widthPx; column++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let sample = 0; sample < count; sample++) {
        const u = (column + ((sample % samplesX) + 0.5) / samplesX) / widthPx;
        const v = (row + (Math.floor(sample / samplesX) + 0.5) / samplesY) / heightPx;
        const w = g * u + h * v + 1;
        const x = Math.min(maxX, Math.max(0, (a * u + b * v + c) / w - 0.5));
        const y = Math.min(maxY, Math.max(0, (d * u + e * v + f) / w - 0.5));
        const x0 = Math.floor(x);
        const y0 = Math.floor(y);
        const right = x0 < maxX ? 3 : 0;
        const down = y0 < maxY ? stride : 0;
        const at = y0 * stride + x0 * 3;
        const fx = x - x0;
        const fy = y - y0;
        const w00 = (1 - fx) * (1 - fy);
        const w10 = fx * (1 - fy);
        const w01 = (1 - fx) * fy;
        const w11 = fx * fy;
        const at10 = at + right;
        const at01 = at + down;
        const at11 = at01 + right;
        red +=
          (pixels[at] as number) * w00 + (pixels[at10] as number) * w10 + (pixels[at01] as number) * w01 + (pixels[at11] as number) * w11;
        green +=
          (pixels[at + 1] as number) * w00 +
          (pixels[at10 + 1] as number) * w10 +
          (pixels[at01 + 1] as number) * w01 +
          (pixels[at11 + 1] as number) * w11;
        blue +=
          (pixels[at + 2] as number) * w00 +
          (pixels[at10 + 2] as number) * w10 +
          (pixels[at01 + 2] as number) * w01 +
          (pixels[at11 + 2] as number) * w11;
      }
      const to = (row * widthPx + column) * 3;
      data[to] = red / count + 0.5;
      data[to + 1] = green / count + 0.5;
      data[to + 2] = blue / count + 0.5;
    }
  }
  return { data, widthPx, heightPx };
}
