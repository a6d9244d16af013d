import { withoutUnused } from '../onnx/graph-view.js';
import type { GraphWriter } from '../onnx/graph-writer.js';
import { ELEMENT, type Node, type OnnxGraph, valueShape } from '../onnx/proto.js';
import type { InputSize } from './anchors.js';

/**
 * Joins the parts of a prepared model: input stage, network with its first convolution replaced, boxes.
 * Parts of the network that nothing reads any more are left out.
 */
export function preparedGraph(
  network: OnnxGraph,
  parts: { before: GraphWriter; first: Node; after: GraphWriter },
  shape: InputSize & { rows: number },
): OnnxGraph {
  const { before, first, after } = parts;
  const middle = network.nodes.map((node) => (node.output?.[0] === first.output?.[0] ? first : node));
  return withoutUnused({
    nodes: [...before.nodes, ...middle, ...after.nodes],
    initializers: [...before.initializers, ...network.initializers, ...after.initializers],
    inputs: [valueShape('images', ELEMENT.uint8, ['batch', shape.heightPx, shape.widthPx, 3])],
    outputs: [valueShape('boxes', ELEMENT.float, ['batch', shape.rows, 6])],
  });
}
