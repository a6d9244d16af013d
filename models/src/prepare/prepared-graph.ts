import { withoutUnused } from '../onnx/graph-view.js';
import type { GraphWriter } from '../onnx/graph-writer.js';
import { ELEMENT, type Node, type OnnxGraph, valueShape } from '../onnx/proto.js';
import type { InputSize } from './anchors.js';
import { halfNetwork, type Precision } from './half-network.js';

/**
 * Joins the parts of a prepared model: input stage, network with its first convolution replaced, boxes.
 * Parts of the network that nothing reads any more are left out.
 * @param shape with `fp16` input stage and network work in half precision; the boxes never do
 */
export function preparedGraph(
  network: OnnxGraph,
  parts: { before: GraphWriter; first: Node; after: GraphWriter },
  shape: InputSize & { rows: number; precision: Precision },
): OnnxGraph {
  const { before, first, after } = parts;
  const middle = network.nodes.map((node) => (node.output?.[0] === first.output?.[0] ? first : node));
  const whole = { nodes: [...before.nodes, ...middle], initializers: [...before.initializers, ...network.initializers] };
  const wanted = shape.precision === 'fp16' ? halfNetwork(whole, after.nodes) : whole;
  return withoutUnused({
    nodes: [...wanted.nodes, ...after.nodes],
    initializers: [...wanted.initializers, ...after.initializers],
    inputs: [valueShape('images', ELEMENT.uint8, ['batch', shape.heightPx, shape.widthPx, 3])],
    outputs: [valueShape('boxes', ELEMENT.float, ['batch', shape.rows, 6])],
  });
}
