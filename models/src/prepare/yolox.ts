import { SafecityError } from '@safecity/contracts';
import { GraphView } from '../onnx/graph-view.js';
import { GraphWriter } from '../onnx/graph-writer.js';
import { dimsOf, ELEMENT, floatsOf, makeNode, type Node, type OnnxGraph } from '../onnx/proto.js';
import { anchorsOf, type InputSize } from './anchors.js';
import { bestRows, insideInput, MAX_ROWS, perRow, writeBoxes } from './best-rows.js';
import type { Precision } from './half-network.js';
import { preparedGraph } from './prepared-graph.js';

/** What the training of a YOLOX fixed. */
export interface YoloxFacts {
  stridesPx: readonly number[];
  classCount: number;
}

/** Top left, bottom left, top right, bottom right: the order in which YOLOX stacks the four pixels of each 2x2 block. */
const FOCUS_PIXELS = [
  { dy: 0, dx: 0 },
  { dy: 1, dx: 0 },
  { dy: 0, dx: 1 },
  { dy: 1, dx: 1 },
];

/**
 * The weights of a 6x6 convolution with stride 2 on an RGB picture that equal stacking 2x2 blocks of a BGR picture into
 * 12 channels and a 3x3 convolution on those.
 */
function focusedWeights(source: Float32Array, channelsOut: number): Float32Array {
  const weights = new Float32Array(channelsOut * 3 * 36);
  for (let out = 0; out < channelsOut; out += 1) {
    FOCUS_PIXELS.forEach(({ dy, dx }, pixel) => {
      for (let i = 0; i < 27; i += 1) {
        const [bgr, ky, kx] = [Math.floor(i / 9), Math.floor(i / 3) % 3, i % 3];
        const at = ((out * 3 + (2 - bgr)) * 6 + 2 * ky + dy) * 6 + 2 * kx + dx;
        weights[at] = source[(out * 12 + pixel * 3 + bgr) * 9 + (i % 9)] as number;
      }
    });
  }
  return weights;
}

/** Replaces the stacking of 2x2 blocks and the convolution behind it by one convolution on the RGB picture. */
function inputStage(writer: GraphWriter, view: GraphView, network: OnnxGraph): Node {
  const slice = view.readers(network.inputs[0]?.name as string)[0] as Node;
  const stack = view.readers(view.readers(slice.output?.[0] as string)[0]?.output?.[0] as string)[0] as Node;
  const stacked = view.producer(stack.output?.[0] as string, 'Concat').output?.[0] as string;
  const first = view.readers(stacked)[0] as Node;
  const [, weightName = '', biasName = ''] = view.producer(first.output?.[0] as string, 'Conv').input ?? [];
  const weights = view.constant(weightName);
  const dims = dimsOf(weights);
  if (dims.slice(1).join() !== '12,3,3')
    throw new SafecityError('MODELS_GRAPH_UNEXPECTED', `the first convolution should read 12 channels through 3x3, not ${dims.join('x')}`);
  const planes = writer.add('Transpose', ['images'], { perm: { ints: [0, 3, 1, 2] } });
  const values = writer.add('Cast', [planes], { to: { int: ELEMENT.float } });
  const kernel = writer.floats([dims[0] as number, 3, 6, 6], focusedWeights(floatsOf(weights), dims[0] as number));
  return makeNode('Conv', [values, kernel, biasName], first.output ?? [], {
    kernel_shape: { ints: [6, 6] },
    strides: { ints: [2, 2] },
    pads: { ints: [2, 2, 2, 2] },
    dilations: { ints: [1, 1] },
    group: { int: 1 },
  });
}

/** Box, objectness and class channels of all grids before their sigmoids, `[batch, 5 + classes, anchors]`. */
function joinedHeads(writer: GraphWriter, view: GraphView, output: string, facts: YoloxFacts): string {
  const grids = view.producer(view.ancestor(output, ['Transpose']), 'Concat').input ?? [];
  if (grids.length !== facts.stridesPx.length)
    throw new SafecityError('MODELS_GRAPH_UNEXPECTED', `${output} joins ${grids.length} grids, not ${facts.stridesPx.length}`);
  const flat = grids.map((grid) => {
    const [boxes = '', objectness = '', classes = ''] = view.producer(view.ancestor(grid, ['Reshape']), 'Concat').input ?? [];
    const raw = writer.add('Concat', [boxes, view.ancestor(objectness, ['Sigmoid']), view.ancestor(classes, ['Sigmoid'])], {
      axis: { int: 1 },
    });
    return writer.add('Reshape', [raw, writer.ints([0, 5 + facts.classCount, -1])]);
  });
  return writer.add('Concat', flat, { axis: { int: 2 } });
}

/** Score of an anchor: its objectness times its best class, `[batch, anchors]`. */
function anchorScores(writer: GraphWriter, channels: string, facts: YoloxFacts): string {
  const [, objectness, classes] = writer.addMany('Split', [channels, writer.ints([4, 1, facts.classCount])], 3, { axis: { int: 1 } }) as [
    string,
    string,
    string,
  ];
  const best = writer.add('ReduceMax', [classes], { axes: { ints: [1] }, keepdims: { int: 1 } });
  const score = writer.add('Mul', [writer.add('Sigmoid', [objectness]), writer.add('Sigmoid', [best])]);
  return writer.add('Squeeze', [score, writer.ints([1])]);
}

/** Centre = (cell corner + offset) and side = e^value, both in units of the stride. */
function decodedBoxes(
  writer: GraphWriter,
  box: { centre: string; side: string; indices: string },
  geometry: { size: InputSize; facts: YoloxFacts },
): string {
  const anchors = anchorsOf(geometry.size, geometry.facts.stridesPx, 0);
  const strides = perRow(
    writer,
    box.indices,
    anchors.flatMap(({ stridePx }) => [stridePx, stridePx, stridePx / 2, stridePx / 2]),
  );
  const [full, half] = writer.addMany('Split', [strides, writer.ints([2, 2])], 2, { axis: { int: 2 } }) as [string, string];
  const corners = perRow(
    writer,
    box.indices,
    anchors.flatMap(({ xPx, yPx }) => [xPx, yPx, xPx, yPx]),
  );
  const shift = writer.add('Mul', [box.centre, full]);
  const reach = writer.add('Mul', [writer.add('Exp', [box.side]), half]);
  const offsets = writer.add('Concat', [writer.add('Sub', [shift, reach]), writer.add('Add', [shift, reach])], { axis: { int: 2 } });
  return insideInput(writer, writer.add('Add', [corners, offsets]), geometry.size);
}

/**
 * Makes a YOLOX ready to serve at one size: uint8 RGB pictures in, boxes in input pixels out.
 * Works on an export with fixed sizes as well: what depends on the size lies behind the point where the graph is cut.
 * @param network the graph as published, unchanged: BGR 0..255 NCHW in, `[batch, anchors, 5 + classes]` out
 * @returns a graph with input `images` `[batch, height, width, 3]` uint8 and output `boxes` `[batch, rows, 6]` float32
 * @throws SafecityError `MODELS_GRAPH_UNEXPECTED`
 */
export function prepareYolox(network: OnnxGraph, size: InputSize, facts: YoloxFacts, precision: Precision = 'fp32'): OnnxGraph {
  const view = new GraphView(network);
  const before = new GraphWriter('input_');
  const after = new GraphWriter('boxes_');
  const first = inputStage(before, view, network);
  const channels = joinedHeads(after, view, network.outputs[0]?.name as string, facts);
  const anchorCount = anchorsOf(size, facts.stridesPx, 0).length;
  const best = bestRows(after, anchorScores(after, channels, facts), channels, { anchors: anchorCount, channels: 5 + facts.classCount });
  const [centre, side, , classScores] = after.addMany('Split', [best.rows, after.ints([2, 2, 1, facts.classCount])], 4, {
    axis: { int: 2 },
  }) as [string, string, string, string];
  const boxes = decodedBoxes(after, { centre, side, indices: best.indices }, { size, facts });
  writeBoxes(after, { boxes, scores: best.scores, classScores });
  return preparedGraph(network, { before, first, after }, { ...size, rows: Math.min(MAX_ROWS, anchorCount), precision });
}
