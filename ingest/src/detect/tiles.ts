import type { TileLayout } from '@safecity/contracts';
import { fitPicture } from '../decode/picture-fit.js';

interface Size {
  widthPx: number;
  heightPx: number;
}

/** How a camera's pictures are cut for detection; absent: they go whole. */
export interface Tiling {
  layout: TileLayout;
  /** Share of a tile's side that its neighbour sees too, 0..0.5. */
  overlap: number;
}

/** A part of the decoded picture in its pixels; x1 and y1 are exclusive. */
export interface Tile {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

const GRIDS: Record<TileLayout, { columns: number; rows: number }> = { '2x1': { columns: 2, rows: 1 }, '2x2': { columns: 2, rows: 2 } };
/** Share of a tile that its neighbour sees too, when nothing is said. */
const DEFAULT_TILE_OVERLAP = 0.2;
const WHOLE = { columns: 1, rows: 1 };
/** As decoding pads, and as models are trained. */
const PADDING = 0x72;

/** Side of what `count` tiles with an overlap cover, in sides of a tile. */
function reach(count: number, overlap: number): number {
  return count - (count - 1) * overlap;
}

/** The detection settings of a camera as a tiling; null for a camera whose pictures go whole. */
export function tilingOf({ tiles, tileOverlap }: { tiles?: TileLayout; tileOverlap?: number }): Tiling | null {
  return tiles === undefined ? null : { layout: tiles, overlap: tileOverlap ?? DEFAULT_TILE_OVERLAP };
}

export function sameTiling(a: Tiling | null, b: Tiling | null): boolean {
  return a?.layout === b?.layout && a?.overlap === b?.overlap;
}

/** The size that pictures are decoded in, so that each tile fills the model's input: less than twice its sides. */
export function decodedSize(input: Size, tiling: Tiling | null): Size {
  const { columns, rows } = tiling ? GRIDS[tiling.layout] : WHOLE;
  const overlap = tiling?.overlap ?? 0;
  // Even, as chroma subsampling has it.
  const side = (px: number, count: number) => (count === 1 ? px : 2 * Math.floor((px * reach(count, overlap)) / 2));
  return { widthPx: side(input.widthPx, columns), heightPx: side(input.heightPx, rows) };
}

/** The tiles of a picture of `source` size, row by row, in pixels of what is decoded. None is bigger than the input. */
export function tilesOf(source: Size, input: Size, tiling: Tiling): Tile[] {
  const { columns, rows } = GRIDS[tiling.layout];
  const { pictureWidthPx, pictureHeightPx } = fitPicture(source, decodedSize(input, tiling));
  const across = spans(pictureWidthPx, columns, tiling.overlap, input.widthPx);
  const down = spans(pictureHeightPx, rows, tiling.overlap, input.heightPx);
  return down.flatMap(([y0, y1]) => across.map(([x0, x1]) => ({ x0, y0, x1, y1 })));
}

function spans(px: number, count: number, overlap: number, mostPx: number): [from: number, to: number][] {
  const side = Math.min(mostPx, px, Math.ceil(px / reach(count, overlap)));
  return Array.from({ length: count }, (_, index) => {
    const from = count === 1 ? 0 : Math.round((index * (px - side)) / (count - 1));
    return [from, from + side];
  });
}

/** Cuts one tile out of a decoded picture: a new buffer of the model's input size, the tile at the top left, the rest grey. */
export function cutTile(rgb: Buffer, decoded: Size, input: Size, { x0, y0, x1, y1 }: Tile): Buffer {
  const cut = Buffer.allocUnsafe(input.widthPx * input.heightPx * 3);
  const rowBytes = (x1 - x0) * 3;
  const inputRowBytes = input.widthPx * 3;
  for (let y = y0, to = 0; y < y1; y++, to += inputRowBytes) {
    const from = (y * decoded.widthPx + x0) * 3;
    rgb.copy(cut, to, from, from + rowBytes);
    cut.fill(PADDING, to + rowBytes, to + inputRowBytes);
  }
  cut.fill(PADDING, (y1 - y0) * inputRowBytes);
  return cut;
}
