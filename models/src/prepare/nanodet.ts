import { GraphView } from '../onnx/graph-view.js';
import { GraphWriter } from '../onnx/graph-writer.js';
import { dimsOf, ELEMENT, floatsOf, type Node, type OnnxGraph } from '../onnx/proto.js';
import { anchorsOf, type InputSize } from './anchors.js';
import { bestRows, insideInput, MAX_ROWS, perRow, writeBoxes } from './best-rows.js';
import type { Precision } from './half-network.js';
import { preparedGraph } from './prepared-graph.js';

/** What the training of a NanoDet fixed. */
export interface NanodetFacts {
  /** Score output of each grid, in the order of `stridesPx`. */
  scoreOutputs: readonly string[];
  stridesPx: readonly number[];
  classCount: number;
  /** Bins of the distribution over which each distance is spread: 0, 1 ... in units of the stride. */
  bins: number;
  /** Per channel in the network's order, blue green red. */
  meanBgr: readonly number[];
  stdBgr: readonly number[];
}

/**
 * Puts the picture's normalisation in front of the network. Scale and order of the channels go into the weights of the
 * first convolution; the mean must be taken off before it, because its padding is zero in normalised values.
 * @returns the new nodes that come first, and the first convolution as it must be now
 */
function inputStage(writer: GraphWriter, view: GraphView, network: OnnxGraph, facts: NanodetFacts): Node {
  const planes = writer.add('Transpose', ['images'], { perm: { ints: [0, 3, 1, 2] } });
  const values = writer.add('Cast', [planes], { to: { int: ELEMENT.float } });
  const centred = writer.add('Sub', [values, writer.floats([1, 3, 1, 1], [...facts.meanBgr].reverse())]);
  const first = view.readers(network.inputs[0]?.name as string)[0] as Node;
  const [, weightName = '', ...rest] = view.producer(first.output?.[0] as string, 'Conv').input ?? [];
  const weights = view.constant(weightName);
  const dims = dimsOf(weights);
  const area = (dims[2] as number) * (dims[3] as number);
  const source = floatsOf(weights);
  const scaled = source.map((_, i) => {
    const rgb = Math.floor(i / area) % 3;
    const bgr = 2 - rgb;
    return (source[i + (bgr - rgb) * area] as number) / (facts.stdBgr[bgr] as number);
  });
  return { ...first, input: [centred, writer.floats(dims, scaled), ...rest] };
}

/** Anchor scores before the sigmoid (it keeps their order) and all channels, joined over the grids. */
function joinedHeads(
  writer: GraphWriter,
  view: GraphView,
  facts: NanodetFacts,
): { channels: string; scores: string; channelCount: number } {
  const channelCount = facts.classCount + 4 * facts.bins;
  const flat = facts.scoreOutputs.map((output) => {
    const head = view.ancestor(output, ['Transpose', 'Reshape', 'Sigmoid', 'Split']);
    return writer.add('Reshape', [head, writer.ints([0, channelCount, -1])]);
  });
  const channels = writer.add('Concat', flat, { axis: { int: 2 } });
  const [classScores] = writer.addMany('Split', [channels, writer.ints([facts.classCount, 4 * facts.bins])], 2, { axis: { int: 1 } });
  const scores = writer.add('ReduceMax', [classScores as string], { axes: { ints: [1] }, keepdims: { int: 0 } });
  return { channels, scores, channelCount };
}

/** Expected distances left, top, right, bottom in pixels around the middle of each cell (Generalized Focal Loss, section 3.2). */
function decodedBoxes(
  writer: GraphWriter,
  distributions: string,
  indices: string,
  geometry: { size: InputSize; facts: NanodetFacts },
): string {
  const { size, facts } = geometry;
  const anchors = anchorsOf(size, facts.stridesPx, 0.5);
  const spread = writer.add('Reshape', [distributions, writer.ints([0, -1, 4, facts.bins])]);
  const shares = writer.add('Softmax', [spread], { axis: { int: 3 } });
  const expected = writer.add('MatMul', [shares, writer.floats([facts.bins, 1], [...Array(facts.bins).keys()])]);
  const distances = writer.add('Reshape', [expected, writer.ints([0, -1, 4])]);
  const signed = anchors.flatMap(({ stridePx }) => [-stridePx, -stridePx, stridePx, stridePx]);
  const centres = anchors.flatMap(({ xPx, yPx }) => [xPx, yPx, xPx, yPx]);
  const offsets = writer.add('Mul', [distances, perRow(writer, indices, signed)]);
  return insideInput(writer, writer.add('Add', [perRow(writer, indices, centres), offsets]), size);
}

/**
 * Makes a converted NanoDet ready to serve at one size: uint8 RGB pictures in, boxes in input pixels out.
 * @param network the converted graph, NCHW and unchanged
 * @returns a graph with input `images` `[batch, height, width, 3]` uint8 and output `boxes` `[batch, rows, 6]` float32
 * @throws SafecityError `MODELS_GRAPH_UNEXPECTED`
 */
export function prepareNanodet(network: OnnxGraph, size: InputSize, facts: NanodetFacts, precision: Precision = 'fp32'): OnnxGraph {
  const view = new GraphView(network);
  const before = new GraphWriter('input_');
  const after = new GraphWriter('boxes_');
  const first = inputStage(before, view, network, facts);
  const heads = joinedHeads(after, view, facts);
  const anchorCount = anchorsOf(size, facts.stridesPx, 0.5).length;
  const best = bestRows(after, heads.scores, heads.channels, { anchors: anchorCount, channels: heads.channelCount });
  const parts = after.addMany('Split', [best.rows, after.ints([facts.classCount, 4 * facts.bins])], 2, { axis: { int: 2 } }) as [
    string,
    string,
  ];
  const boxes = decodedBoxes(after, parts[1], best.indices, { size, facts });
  writeBoxes(after, { boxes, scores: after.add('Sigmoid', [best.scores]), classScores: parts[0] });
  return preparedGraph(network, { before, first, after }, { ...size, rows: Math.min(MAX_ROWS, anchorCount), precision });
}
