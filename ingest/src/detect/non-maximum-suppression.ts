/** Columns of a model's output row: x1, y1, x2, y2 in input pixels, score 0..1, class index. */
export const ROW_COLUMNS = 6;

function overlap(boxes: Float32Array, a: number, b: number): number {
  const at = (row: number, column: number) => boxes[row * ROW_COLUMNS + column] ?? 0;
  const width = Math.min(at(a, 2), at(b, 2)) - Math.max(at(a, 0), at(b, 0));
  const height = Math.min(at(a, 3), at(b, 3)) - Math.max(at(a, 1), at(b, 1));
  if (width <= 0 || height <= 0) return 0;
  const area = (row: number) => (at(row, 2) - at(row, 0)) * (at(row, 3) - at(row, 1));
  const shared = width * height;
  return shared / (area(a) + area(b) - shared);
}

/**
 * Greedy non-maximum suppression within each group of classes.
 * @param boxes `Float32Array [K, 6]`, columns as above
 * @param rows indices of the rows to look at
 * @param iou a box that overlaps a better one of its group by more than this (exclusive) is dropped
 * @param groupOf group of a class index; without it each class is a group of its own
 * @returns kept rows, best score first; equal scores keep the order of `rows`
 */
export function nonMaximumSuppression(
  boxes: Float32Array,
  rows: readonly number[],
  iou: number,
  groupOf: (classIndex: number) => string | number = (classIndex) => classIndex,
): number[] {
  const score = (row: number) => boxes[row * ROW_COLUMNS + 4] ?? 0;
  const group = (row: number) => groupOf(boxes[row * ROW_COLUMNS + 5] ?? 0);
  const kept: number[] = [];
  for (const row of [...rows].sort((a, b) => score(b) - score(a))) {
    if (kept.every((better) => group(better) !== group(row) || overlap(boxes, better, row) <= iou)) kept.push(row);
  }
  return kept;
}
