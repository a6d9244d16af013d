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
  pairIsolated(gains, rows, columns, pairs);
  const { openRows, openColumns } = scratch;
  if (scratch.rowCount === 0 || scratch.columnCount === 0) return;
  const turned = scratch.rowCount > scratch.columnCount;
  const short = turned ? scratch.columnCount : scratch.rowCount;
  const long = turned ? scratch.rowCount : scratch.columnCount;
  const costs = scratch.costs(short * long);
  for (let i = 0; i < short; i++) {
    for (let j = 0; j < long; j++) {
      const row = openRows[turned ? j : i] as number;
      const column = openColumns[turned ? i : j] as number;
      costs[i * long + j] = -Math.max(0, gains[row * columns + column] as number);
    }
  }
  solve(costs, short, long);
  for (let i = 0; i < short; i++) {
    const j = scratch.columnOf[i] as number;
    if ((costs[i * long + j] as number) >= 0) continue;
    pairs[openRows[turned ? j : i] as number] = openColumns[turned ? i : j] as number;
  }
}

/** Working memory, kept between calls because there is an assignment or three in every frame; no result lives in it. */
class Scratch {
  private size = 0;
  private costValues = new Float64Array(0);
  rowCount = 0;
  columnCount = 0;
  openRows = new Int32Array(0);
  openColumns = new Int32Array(0);
  rivals = new Int32Array(0);
  onlyColumn = new Int32Array(0);
  choices = new Int32Array(0);
  rowDual = new Float64Array(0);
  columnDual = new Float64Array(0);
  distance = new Float64Array(0);
  rowOf = new Int32Array(0);
  columnOf = new Int32Array(0);
  cameFrom = new Int32Array(0);
  settled = new Uint8Array(0);

  fit(size: number): void {
    if (size <= this.size) return;
    this.size = Math.max(2 * this.size, size, 64);
    for (const name of ['openRows', 'openColumns', 'rivals', 'onlyColumn', 'choices', 'rowOf', 'columnOf', 'cameFrom'] as const)
      this[name] = new Int32Array(this.size);
    for (const name of ['rowDual', 'columnDual', 'distance'] as const) this[name] = new Float64Array(this.size);
    this.settled = new Uint8Array(this.size);
  }

  costs(size: number): Float64Array {
    if (size > this.costValues.length) this.costValues = new Float64Array(2 * size);
    return this.costValues;
  }
}

const scratch = new Scratch();

/** Makes the pairs that have no rival; leaves the rows and columns that are still to be decided in `scratch`. */
function pairIsolated(gains: Float64Array, rows: number, columns: number, pairs: Int32Array): void {
  scratch.fit(Math.max(rows, columns));
  const { rivals, onlyColumn, choices, openRows, openColumns } = scratch;
  rivals.fill(0, 0, columns);
  choices.fill(0, 0, rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      if ((gains[i * columns + j] as number) <= 0) continue;
      rivals[j] = (rivals[j] as number) + 1;
      choices[i] = (choices[i] as number) + 1;
      onlyColumn[i] = j;
    }
  }
  scratch.rowCount = 0;
  scratch.columnCount = 0;
  for (let i = 0; i < rows; i++) {
    const j = onlyColumn[i] as number;
    if (choices[i] === 1 && rivals[j] === 1) {
      pairs[i] = j;
      rivals[j] = 0;
    } else if ((choices[i] as number) > 0) openRows[scratch.rowCount++] = i;
  }
  for (let j = 0; j < columns; j++) if ((rivals[j] as number) > 0) openColumns[scratch.columnCount++] = j;
}

/** Least-cost column of each of `rows` rows, `rows ≤ columns`, every row gets one: in `scratch.columnOf`. */
function solve(costs: Float64Array, rows: number, columns: number): void {
  const { rowDual, columnDual, rowOf, columnOf, distance, cameFrom, settled } = scratch;
  rowDual.fill(0, 0, rows);
  columnDual.fill(0, 0, columns);
  rowOf.fill(-1, 0, columns);
  columnOf.fill(-1, 0, rows);
  for (let start = 0; start < rows; start++) {
    distance.fill(Number.POSITIVE_INFINITY, 0, columns);
    settled.fill(0, 0, columns);
    let row = start;
    let reached = 0;
    let sink = -1;
    while (sink < 0) {
      const base = reached - (rowDual[row] as number);
      const offset = row * columns;
      let nearest = Number.POSITIVE_INFINITY;
      let next = -1;
      for (let j = 0; j < columns; j++) {
        if (settled[j] === 1) continue;
        const through = base + (costs[offset + j] as number) - (columnDual[j] as number);
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
    moveDuals(start, columns, reached, sink);
    augment(start, sink);
  }
}

function moveDuals(start: number, columns: number, reached: number, sink: number): void {
  const { rowDual, columnDual, rowOf, distance, settled } = scratch;
  rowDual[start] = (rowDual[start] as number) + reached;
  for (let j = 0; j < columns; j++) {
    if (settled[j] === 0 || j === sink) continue;
    const slack = reached - (distance[j] as number);
    columnDual[j] = (columnDual[j] as number) - slack;
    const row = rowOf[j] as number;
    rowDual[row] = (rowDual[row] as number) + slack;
  }
}

function augment(start: number, sink: number): void {
  const { rowOf, columnOf, cameFrom } = scratch;
  for (let j = sink; ; ) {
    const i = cameFrom[j] as number;
    const previous = columnOf[i] as number;
    rowOf[j] = i;
    columnOf[i] = j;
    if (i === start) return;
    j = previous;
  }
}
