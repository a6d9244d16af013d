/** Cells across the longer side of the input. */
const CELLS = 64;
/** Change of the mean luma of a cell that counts, 0..255, beyond the change of the whole picture. */
const CELL_CHANGE = 10;
/** So many changed cells are motion (inclusive). */
const LEAST_CELLS = 2;

/** Judges motion between two keyframes on their luma, averaged over cells; a change of the light as a whole does not count. */
export class PictureMotion {
  #before: Float32Array | null = null;

  /**
   * Takes a picture in.
   * @param rgb packed `[heightPx, widthPx, 3]`
   * @param sensitivity 1 is the usual; above, a bigger change is needed
   * @returns true when it differs from the one before; false for the first
   */
  take(rgb: Buffer, input: { widthPx: number; heightPx: number }, sensitivity: number): boolean {
    const cells = cellsOf(rgb, input);
    const before = this.#before;
    this.#before = cells;
    if (before?.length !== cells.length) return false;
    const changes = cells.map((value, index) => value - (before[index] ?? 0));
    const common = median(changes);
    let changed = 0;
    for (const change of changes) if (Math.abs(change - common) > CELL_CHANGE * sensitivity) changed++;
    return changed >= LEAST_CELLS;
  }

  reset(): void {
    this.#before = null;
  }
}

/** Mean luma of each cell, every other picture point of every other row: enough for a mean. */
function cellsOf(rgb: Buffer, { widthPx, heightPx }: { widthPx: number; heightPx: number }): Float32Array {
  const side = Math.max(2, Math.ceil(Math.max(widthPx, heightPx) / CELLS));
  const columns = Math.ceil(widthPx / side);
  const sums = new Float32Array(columns * Math.ceil(heightPx / side));
  const counts = new Uint16Array(sums.length);
  for (let y = 0; y < heightPx; y += 2) {
    const row = Math.floor(y / side) * columns;
    for (let x = 0; x < widthPx; x += 2) {
      const at = (y * widthPx + x) * 3;
      const cell = row + Math.floor(x / side);
      sums[cell] = (sums[cell] ?? 0) + 0.299 * (rgb[at] ?? 0) + 0.587 * (rgb[at + 1] ?? 0) + 0.114 * (rgb[at + 2] ?? 0);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
  }
  return sums.map((sum, index) => sum / Math.max(1, counts[index] ?? 1));
}

function median(values: Float32Array): number {
  const sorted = values.toSorted();
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
