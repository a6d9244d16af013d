/**
 * Solves `matrix · x = right` by elimination with row pivots. Mutates both.
 * @param matrix `[n][n]`
 * @returns null when the matrix is singular, or so nearly that the answer would mean nothing
 */
export function solve(matrix: number[][], right: number[]): number[] | null {
  const n = right.length;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++)
      if (Math.abs(matrix[row]?.[column] ?? 0) > Math.abs(matrix[pivot]?.[column] ?? 0)) pivot = row;
    const pivotRow = matrix[pivot] as number[];
    const head = pivotRow[column] as number;
    if (!(Math.abs(head) > 1e-12)) return null;
    [matrix[column], matrix[pivot]] = [pivotRow, matrix[column] as number[]];
    [right[column], right[pivot]] = [right[pivot] as number, right[column] as number];
    for (let row = column + 1; row < n; row++) {
      const target = matrix[row] as number[];
      const factor = (target[column] as number) / head;
      for (let k = column; k < n; k++) target[k] = (target[k] as number) - factor * (pivotRow[k] as number);
      right[row] = (right[row] as number) - factor * (right[column] as number);
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let row = n - 1; row >= 0; row--) {
    let sum = right[row] as number;
    for (let k = row + 1; k < n; k++) sum -= (matrix[row]?.[k] as number) * (x[k] as number);
    x[row] = sum / (matrix[row]?.[row] as number);
  }
  return x.every(Number.isFinite) ? x : null;
}

/** Middle value; NaN for an empty list. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}
