import { SafecityError } from '@safecity/contracts';
import { GraphView } from '../onnx/graph-view.js';
import { GraphWriter } from '../onnx/graph-writer.js';
import { ELEMENT, type Node, type OnnxGraph } from '../onnx/proto.js';
import type { InputSize } from './anchors.js';
import { bestRows, insideInput, MAX_ROWS, perRow, writeBoxes } from './best-rows.js';
import type { Precision } from './half-network.js';
import { preparedGraph } from './prepared-graph.js';

/** What the training of an UltraFace fixed. */
export interface UltrafaceFacts {
  /** One grid each; sides that the stride does not divide are rounded up. */
  stridesPx: readonly number[];
  /** Sides of the square prior boxes of a cell, pixels of the input, for each grid. */
  priorSidesPx: readonly (readonly number[])[];
  /** Factors of what the network gives for centre and side. */
  variances: { centre: number; side: number };
  mean: number;
  std: number;
}

/** Background and face before the softmax, then centre and side. */
const CHANNELS = 6;

/** Prior boxes `[x, y, side, side]` in pixels, in the order in which the network gives its rows. */
function priorsOf(size: InputSize, { stridesPx, priorSidesPx }: UltrafaceFacts): number[][] {
  return stridesPx.flatMap((stridePx, grid) => {
    const [columns, rows] = [Math.ceil(size.widthPx / stridePx), Math.ceil(size.heightPx / stridePx)];
    const cells = Array.from({ length: columns * rows }, (_, i) => [(i % columns) + 0.5, Math.floor(i / columns) + 0.5]);
    return cells.flatMap(([x = 0, y = 0]) =>
      (priorSidesPx[grid] ?? []).map((sidePx) => [
        (x / columns) * size.widthPx,
        (y / rows) * size.heightPx,
        Math.min(sidePx, size.widthPx),
        Math.min(sidePx, size.heightPx),
      ]),
    );
  });
}

/** The network pads with zero in normalised values, so scale and mean stay in front of its first convolution. */
function inputStage(writer: GraphWriter, view: GraphView, network: OnnxGraph, { mean, std }: UltrafaceFacts): Node {
  const planes = writer.add('Transpose', ['images'], { perm: { ints: [0, 3, 1, 2] } });
  const values = writer.add('Cast', [planes], { to: { int: ELEMENT.float } });
  const centred = writer.add('Sub', [values, writer.floats([], [mean])]);
  const scaled = writer.add('Mul', [centred, writer.floats([], [1 / std])]);
  const first = view.readers(network.inputs[0]?.name as string)[0] as Node;
  const [, ...rest] = view.producer(first.output?.[0] as string, 'Conv').input ?? [];
  return { ...first, input: [scaled, ...rest] };
}

/** The rows of all grids behind one another, `[batch, priors, channels]`, cut off before anything that knows the input's size. */
function joinedGrids(writer: GraphWriter, view: GraphView, joined: string, facts: UltrafaceFacts, channels: number): string {
  const grids = view.producer(joined, 'Concat').input ?? [];
  if (grids.length !== facts.stridesPx.length)
    throw new SafecityError('MODELS_GRAPH_UNEXPECTED', `${joined} joins ${grids.length} grids, not ${facts.stridesPx.length}`);
  const flat = grids.map((grid) => writer.add('Reshape', [view.ancestor(grid, ['Reshape']), writer.ints([0, -1, channels])]));
  return writer.add('Concat', flat, { axis: { int: 1 } });
}

/** Centre and side as an SSD gives them: offsets in units of the prior box, sides as logarithms. */
function decodedBoxes(
  writer: GraphWriter,
  parts: { centre: string; side: string; indices: string },
  size: InputSize,
  facts: UltrafaceFacts,
) {
  const priors = perRow(writer, parts.indices, priorsOf(size, facts).flat());
  const [middle, extent] = writer.addMany('Split', [priors, writer.ints([2, 2])], 2, { axis: { int: 2 } }) as [string, string];
  const factor = (value: number) => writer.floats([], [value]);
  const shift = writer.add('Mul', [writer.add('Mul', [parts.centre, factor(facts.variances.centre)]), extent]);
  const centre = writer.add('Add', [middle, shift]);
  const grown = writer.add('Exp', [writer.add('Mul', [parts.side, factor(facts.variances.side)])]);
  const reach = writer.add('Mul', [writer.add('Mul', [grown, extent]), factor(0.5)]);
  const corners = [writer.add('Sub', [centre, reach]), writer.add('Add', [centre, reach])];
  return insideInput(writer, writer.add('Concat', corners, { axis: { int: 2 } }), size);
}

/**
 * Makes an UltraFace ready to serve at one size: uint8 RGB pictures in, face boxes in input pixels out, class 0 of one.
 * The export has one size and decodes for it; the graph is cut before that, so any size will do.
 * @param network the graph as published: RGB (value - mean) / std NCHW in, `scores` `[1, priors, 2]` and `boxes` `[1, priors, 4]` out
 * @returns a graph with input `images` `[batch, height, width, 3]` uint8 and output `boxes` `[batch, rows, 6]` float32
 * @throws SafecityError `MODELS_GRAPH_UNEXPECTED`
 */
export function prepareUltraface(network: OnnxGraph, size: InputSize, facts: UltrafaceFacts, precision: Precision = 'fp32'): OnnxGraph {
  const view = new GraphView(network);
  const before = new GraphWriter('input_');
  const after = new GraphWriter('boxes_');
  const first = inputStage(before, view, network, facts);
  const scoreGrids = view.ancestor('scores', ['Softmax']);
  const boxGrids = view.ancestor('boxes', ['Concat', 'Sub', 'Slice', 'Concat', 'Add', 'Mul', 'Mul', 'Slice']);
  const rows = after.add('Concat', [joinedGrids(after, view, scoreGrids, facts, 2), joinedGrids(after, view, boxGrids, facts, 4)], {
    axis: { int: 2 },
  });
  const channels = after.add('Transpose', [rows], { perm: { ints: [0, 2, 1] } });
  const [background, face] = after.addMany('Split', [channels, after.ints([1, 1, 4])], 3, { axis: { int: 1 } }) as [string, string, string];
  // A softmax over two is the sigmoid of their difference, which keeps its order.
  const score = after.add('Squeeze', [after.add('Sub', [face, background]), after.ints([1])]);
  const anchors = priorsOf(size, facts).length;
  const best = bestRows(after, score, channels, { anchors, channels: CHANNELS });
  const [, kept, centre, side] = after.addMany('Split', [best.rows, after.ints([1, 1, 2, 2])], 4, { axis: { int: 2 } }) as [
    string,
    string,
    string,
    string,
  ];
  const boxes = decodedBoxes(after, { centre, side, indices: best.indices }, size, facts);
  writeBoxes(after, { boxes, scores: after.add('Sigmoid', [best.scores]), classScores: kept });
  // Its own last node makes a tensor of the name that ours must have.
  const headless = { ...network, nodes: network.nodes.filter(({ output }) => output?.[0] !== 'boxes') };
  return preparedGraph(headless, { before, first, after }, { ...size, rows: Math.min(MAX_ROWS, anchors), precision });
}
