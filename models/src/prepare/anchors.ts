/** Size of a model's input in pixels. */
export interface InputSize {
  widthPx: number;
  heightPx: number;
}

/** One cell of the detector's grids: where it lies in the input and how many pixels a unit of distance is there. */
export interface Anchor {
  xPx: number;
  yPx: number;
  stridePx: number;
}

/**
 * Cells of all grids, row by row, grid after grid.
 * @param offset where the reference point of a cell lies, as a share of the cell: 0.5 its middle, 0 its top left corner
 */
export function anchorsOf(size: InputSize, stridesPx: readonly number[], offset: number): Anchor[] {
  return stridesPx.flatMap((stridePx) => {
    const columns = size.widthPx / stridePx;
    const rows = size.heightPx / stridePx;
    return Array.from({ length: rows * columns }, (_, i) => ({
      xPx: ((i % columns) + offset) * stridePx,
      yPx: (Math.floor(i / columns) + offset) * stridePx,
      stridePx,
    }));
  });
}
