/** One picture as a camera's health is judged by: luma in two scales, gradients of the smaller, measures of each cell. */
export interface HealthPicture {
  /** Capture time, epoch ms. */
  atMs: number;
  widthPx: number;
  heightPx: number;
  /** `[heightPx, widthPx]`, 0..255, as decoded for detection, without padding. */
  luma: Uint8Array;
  small: SmallPicture;
  /** Mean luma of the picture, 0..255. */
  brightness: number;
}

/** The picture averaged down so that its longer side is about `SMALL_SIDE`. */
export interface SmallPicture {
  widthPx: number;
  heightPx: number;
  luma: Float32Array;
  /** Central differences of `luma`, `[heightPx, widthPx]`; 0 on the border. */
  gx: Float32Array;
  gy: Float32Array;
}

/** Packed RGB as detection decodes it; the picture lies at the top left, the rest is padding. */
export interface RgbInput {
  rgb: Buffer;
  inputWidthPx: number;
  pictureWidthPx: number;
  pictureHeightPx: number;
  capturedAtMs: number;
}

const SMALL_SIDE = 200;
/** Cells across the longer side; the other follows the picture's shape. */
const CELLS_ACROSS = 16;

/** Makes the features of one picture. Keeps nothing of the buffer it is given. */
export function healthPicture({ rgb, inputWidthPx, pictureWidthPx, pictureHeightPx, capturedAtMs }: RgbInput): HealthPicture {
  const luma = new Uint8Array(pictureWidthPx * pictureHeightPx);
  let sum = 0;
  for (let y = 0, to = 0; y < pictureHeightPx; y++) {
    for (let x = 0, from = y * inputWidthPx * 3; x < pictureWidthPx; x++, to++, from += 3) {
      // BT.601 in 8 bits.
      const value = (77 * (rgb[from] as number) + 150 * (rgb[from + 1] as number) + 29 * (rgb[from + 2] as number) + 128) >> 8;
      luma[to] = value;
      sum += value;
    }
  }
  const small = withGradients(shrink(luma, pictureWidthPx, pictureHeightPx));
  return { atMs: capturedAtMs, widthPx: pictureWidthPx, heightPx: pictureHeightPx, luma, small, brightness: sum / luma.length };
}

function shrink(luma: Uint8Array, widthPx: number, heightPx: number): { widthPx: number; heightPx: number; luma: Float32Array } {
  const factor = Math.max(1, Math.round(Math.max(widthPx, heightPx) / SMALL_SIDE));
  const w = Math.floor(widthPx / factor);
  const h = Math.floor(heightPx / factor);
  const out = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      let sum = 0;
      for (let dy = 0; dy < factor; dy++) {
        const row = (y * factor + dy) * widthPx + x * factor;
        for (let dx = 0; dx < factor; dx++) sum += luma[row + dx] as number;
      }
      out[y * w + x] = sum / (factor * factor);
    }
  }
  return { widthPx: w, heightPx: h, luma: out };
}

function withGradients(picture: { widthPx: number; heightPx: number; luma: Float32Array }): SmallPicture {
  const { widthPx: w, heightPx: h, luma } = picture;
  const gx = new Float32Array(w * h);
  const gy = new Float32Array(w * h);
  for (let y = 1; y < h - 1; y++) {
    for (let x = 1; x < w - 1; x++) {
      const at = y * w + x;
      gx[at] = ((luma[at + 1] as number) - (luma[at - 1] as number)) / 2;
      gy[at] = ((luma[at + w] as number) - (luma[at - w] as number)) / 2;
    }
  }
  return { ...picture, gx, gy };
}

/** A grid of cells over a picture of any scale, so that cell `i` is the same place in each. */
export interface CellGrid {
  columns: number;
  rows: number;
}

/** The grid of a picture of this shape. */
export function gridOf({ widthPx, heightPx }: { widthPx: number; heightPx: number }): CellGrid {
  const longer = Math.max(widthPx, heightPx);
  return {
    columns: Math.max(1, Math.round((CELLS_ACROSS * widthPx) / longer)),
    rows: Math.max(1, Math.round((CELLS_ACROSS * heightPx) / longer)),
  };
}

/** Pixels of cell `index`: from `x0`, `y0` (inclusive) to `x1`, `y1` (exclusive). */
export function cellBounds(grid: CellGrid, index: number, { widthPx, heightPx }: { widthPx: number; heightPx: number }) {
  const column = index % grid.columns;
  const row = Math.floor(index / grid.columns);
  return {
    x0: Math.floor((column * widthPx) / grid.columns),
    x1: Math.floor(((column + 1) * widthPx) / grid.columns),
    y0: Math.floor((row * heightPx) / grid.rows),
    y1: Math.floor(((row + 1) * heightPx) / grid.rows),
  };
}

/** Mean squared gradient of each cell: of the small picture (`coarse`) and of the full one (`fine`). */
export interface CellEnergies {
  coarse: Float32Array;
  fine: Float32Array;
}

/** Energies of every cell of the picture's grid. */
export function cellEnergies(picture: HealthPicture): CellEnergies {
  const grid = gridOf(picture);
  const count = grid.columns * grid.rows;
  const coarse = new Float32Array(count);
  const fine = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    coarse[index] = coarseEnergy(picture.small, cellBounds(grid, index, picture.small));
    fine[index] = fineEnergy(picture, cellBounds(grid, index, picture));
  }
  return { coarse, fine };
}

type Bounds = ReturnType<typeof cellBounds>;

function coarseEnergy({ widthPx, gx, gy }: SmallPicture, { x0, x1, y0, y1 }: Bounds): number {
  let sum = 0;
  for (let y = y0; y < y1; y++) {
    for (let at = y * widthPx + x0, end = y * widthPx + x1; at < end; at++) {
      const dx = gx[at] as number;
      const dy = gy[at] as number;
      sum += dx * dx + dy * dy;
    }
  }
  return sum / Math.max(1, (x1 - x0) * (y1 - y0));
}

function fineEnergy({ widthPx, heightPx, luma }: HealthPicture, { x0, x1, y0, y1 }: Bounds): number {
  let sum = 0;
  const right = Math.min(x1, widthPx - 1);
  const bottom = Math.min(y1, heightPx - 1);
  for (let y = y0; y < bottom; y++) {
    for (let at = y * widthPx + x0, end = y * widthPx + right; at < end; at++) {
      const here = luma[at] as number;
      const dx = (luma[at + 1] as number) - here;
      const dy = (luma[at + widthPx] as number) - here;
      sum += dx * dx + dy * dy;
    }
  }
  return sum / Math.max(1, (right - x0) * (bottom - y0));
}
