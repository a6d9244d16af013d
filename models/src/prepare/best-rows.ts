import type { GraphWriter } from '../onnx/graph-writer.js';

/** Rows of a prepared model's output at most. */
export const MAX_ROWS = 300;

/**
 * Keeps the anchors with the highest score: `scores` `[batch, anchors]`, `channels` `[batch, channelCount, anchors]`.
 * Everything that costs per class or per bin is done behind this point, on 300 anchors instead of thousands.
 * @returns names of `scores` `[batch, rows]` best first, `rows` `[batch, rows, channelCount]` and `indices` `[batch, rows]`
 */
export function bestRows(
  writer: GraphWriter,
  scores: string,
  channels: string,
  counts: { anchors: number; channels: number },
): { scores: string; rows: string; indices: string } {
  const rowCount = Math.min(MAX_ROWS, counts.anchors);
  const [best, indices] = writer.addMany('TopK', [scores, writer.ints([rowCount])], 2, { axis: { int: 1 } }) as [string, string];
  const row = writer.add('Unsqueeze', [indices, writer.ints([1])]);
  const spread = writer.add('Expand', [row, writer.ints([1, counts.channels, 1])]);
  const picked = writer.add('GatherElements', [channels, spread], { axis: { int: 2 } });
  return { scores: best, rows: writer.add('Transpose', [picked], { perm: { ints: [0, 2, 1] } }), indices };
}

/** One table row of four numbers for each kept anchor: `table` is row-major `[anchors, 4]`, the result `[batch, rows, 4]`. */
export function perRow(writer: GraphWriter, indices: string, table: readonly number[]): string {
  return writer.add('Gather', [writer.floats([table.length / 4, 4], table), indices], { axis: { int: 0 } });
}

/** Keeps boxes inside the input: x in 0..width, y in 0..height (both inclusive). */
export function insideInput(writer: GraphWriter, boxes: string, size: { widthPx: number; heightPx: number }): string {
  const largest = writer.floats([4], [size.widthPx, size.heightPx, size.widthPx, size.heightPx]);
  return writer.add('Min', [writer.add('Max', [boxes, writer.floats([], [0])]), largest]);
}

/** Joins boxes `[batch, rows, 4]`, scores `[batch, rows]` and class scores `[batch, rows, classes]` to the output `boxes` `[batch, rows, 6]`. */
export function writeBoxes(writer: GraphWriter, parts: { boxes: string; scores: string; classScores: string }): void {
  const classIndex = writer.add('Cast', [writer.add('ArgMax', [parts.classScores], { axis: { int: 2 }, keepdims: { int: 1 } })], {
    to: { int: 1 },
  });
  const score = writer.add('Unsqueeze', [parts.scores, writer.ints([2])]);
  writer.addOutput('Concat', [parts.boxes, score, classIndex], 'boxes', { axis: { int: 2 } });
}
