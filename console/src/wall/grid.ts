/** How the wall is divided. Sizes in CSS pixels. */
export interface WallGrid {
  columns: number;
  /** Width of one tile. */
  tileWidthPx: number;
  /** The tiles do not all fit: the wall scrolls. */
  scrolls: boolean;
}

/** What the wall has to fit. */
export interface WallSpace {
  count: number;
  widthPx: number;
  heightPx: number;
  gapPx: number;
  /** Height of a tile's strip of words above its 16:9 picture. */
  stripPx: number;
}

const ASPECT = 16 / 9;
/** On a smaller tile nobody recognises anything. */
const LEAST_TILE_PX = 260;

/**
 * Chooses the number of columns that makes the tiles largest, so that all cameras are seen without scrolling for as
 * long as tiles of 260 px or more fit.
 */
export function wallGrid({ count, widthPx, heightPx, gapPx, stripPx }: WallSpace): WallGrid {
  const most = Math.max(1, Math.floor((widthPx + gapPx) / (LEAST_TILE_PX + gapPx)));
  let best: WallGrid | null = null;
  for (let columns = 1; columns <= Math.min(most, Math.max(1, count)); columns++) {
    const rows = Math.ceil(count / columns);
    const byWidth = (widthPx - gapPx * (columns - 1)) / columns;
    const byHeight = ((heightPx - gapPx * (rows - 1)) / rows - stripPx) * ASPECT;
    const tileWidthPx = Math.floor(Math.min(byWidth, byHeight));
    if (tileWidthPx >= Math.min(LEAST_TILE_PX, byWidth) && tileWidthPx > (best?.tileWidthPx ?? 0))
      best = { columns, tileWidthPx, scrolls: false };
  }
  return best ?? { columns: most, tileWidthPx: Math.floor((widthPx - gapPx * (most - 1)) / most), scrolls: true };
}
