/**
 * Pairs rows with columns so that the sum of the pairs' gains is as large as it can be.
 *
 * A pair with gain 0 or less is never made; rows and columns may stay alone. Exact: shortest augmenting paths with
 * dual variables (R. Jonker, A. Volgenant, "A shortest augmenting path algorithm for dense and sparse linear
 * assignment problems", 1987; rectangular form as in D. F. Crouse, 2016, section II). Rows and columns that only have
 * each other are paired at once, which is most of them in a calm picture.
 * @param gains `[rows, columns]`, row by row; finite
 * @param pairs `[rows]`, written: column of each row, -1 when it stays alone
 */
export function assign(gains: Float64Array, rows: number, columns: number, pairs: Int32Array): void {
  pairs.fill(-1, 0, rows);
  const open = pairIsolated(gains, rows, columns, pairs);
  if (open.rows.length === 0 || open.columns.length === 0) return;
  const turned = open.rows.length > open.columns.length;
  const [short, long] = turned ? [open.columns, open.rows] : [open.rows, open.columns];
  const gainOf = turned
    ? (i: number, j: number) => gains[(long[j] as number) * columns + (short[i] as number)] as number
    : (i: number, j: number) => gains[(short[i] as number) * columns + (long[j] as number)] as number;
  const chosen = solve(short.length, long.length, (i, j) => -Math.max(0, gainOf(i, j)));
  chosen.forEach((j, i) => {
    if (gainOf(i, j) <= 0) return;
    if (turned) pairs[long[j] as number] = short[i] as number;
    else pairs[short[i] as number] = long[j] as number;
  });
}

/** Makes the pairs that have no rival; returns the rows and columns that are still to be decided. */
function pairIsolated(gains: Float64Array, rows: number, columns: number, pairs: Int32Array): { rows: number[]; columns: number[] } {
  const rivals = new Int32Array(columns);
  const onlyColumn = new Int32Array(rows).fill(-1);
  const choices = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      if ((gains[i * columns + j] as number) <= 0) continue;
      rivals[j] = (rivals[j] as number) + 1;
      choices[i] = (choices[i] as number) + 1;
      onlyColumn[i] = j;
    }
  }
  const openRows: number[] = [];
  for (let i = 0; i < rows; i++) {
    const j = onlyColumn[i] as number;
    if (choices[i] === 1 && rivals[j] === 1) {
      pairs[i] = j;
      rivals[j] = 0;
    } else if ((choices[i] as number) > 0) openRows.push(i);
  }
  const openColumns: number[] = [];
  for (let j = 0; j < columns; j++) if ((rivals[j] as number) > 0) openColumns.push(j);
  return { rows: openRows, columns: openColumns };
}

/** Least-cost column of each of `rows` rows, `rows ≤ columns`, every row gets one. */
function solve(rows: number, columns: number, cost: (row: number, column: number) => number): Int32Array {
  const rowDual = new Float64Array(rows);
  const columnDual = new Float64Array(columns);
  const rowOf = new Int32Array(columns).fill(-1);
  const columnOf = new Int32Array(rows).fill(-1);
  const distance = new Float64Array(columns);
  const cameFrom = new Int32Array(columns);
  const settled = new Uint8Array(columns);
  for (let start = 0; start < rows; start++) {
    distance.fill(Number.POSITIVE_INFINITY);
    settled.fill(0);
    let row = start;
    let reached = 0;
    let sink = -1;
    while (sink < 0) {
      let nearest = Number.POSITIVE_INFINITY;
      let next = -1;
      for (let j = 0; j < columns; j++) {
        if (settled[j]) continue;
        const through = reached + cost(row, j) - (rowDual[row] as number) - (columnDual[j] as number);
        if (through < (distance[j] as number)) {
          distance[j] = through;
          cameFrom[j] = row;
        }
        if ((distance[j] as number) < nearest) {
          nearest = distance[j] as number;
          next = j;
        }
      }
      reached = nearest;
      settled[next] = 1;
      if (rowOf[next] === -1) sink = next;
      else row = rowOf[next] as number;
    }
    rowDual[start] = (rowDual[start] as number) + reached;
    for (let j = 0; j < columns; j++) {
      if (!settled[j] || j === sink) continue;
      const slack = reached - (distance[j] as number);
      columnDual[j] = (columnDual[j] as number) - slack;
      rowDual[rowOf[j] as number] = (rowDual[rowOf[j] as number] as number) + slack;
    }
    for (let j = sink; ; ) {
      const i = cameFrom[j] as number;
      const previous = columnOf[i] as number;
      rowOf[j] = i;
      columnOf[i] = j;
      if (i === start) break;
      j = previous;
    }
  }
  return columnOf;
}
