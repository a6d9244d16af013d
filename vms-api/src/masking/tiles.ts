/** A size in pixels. */
export interface Size {
  widthPx: number;
  heightPx: number;
}

/** Share of a tile that it has in common with the next one: what is cut by one edge is whole in another tile. */
const OVERLAP = 0.2;

function startsOf(side: number, tile: number): number[] {
  if (side <= tile) return [0];
  const count = Math.ceil((side - tile * OVERLAP) / (tile * (1 - OVERLAP)));
  return Array.from({ length: count }, (_, index) => Math.round((index * (side - tile)) / (count - 1)));
}

/** Top left corners of tiles that cover a picture; the last ones end at its edges. */
export function tileCorners(picture: Size, tile: Size): [left: number, top: number][] {
  const lefts = startsOf(picture.widthPx, tile.widthPx);
  return startsOf(picture.heightPx, tile.heightPx).flatMap((top) => lefts.map((left): [number, number] => [left, top]));
}

/** How large the whole picture may be to fit into the input. */
export const fitScale = (picture: Size, input: Size): number =>
  Math.min(input.widthPx / picture.widthPx, input.heightPx / picture.heightPx);
