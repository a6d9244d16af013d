import { SafecityError } from '@safecity/contracts';
import { GraphWriter } from '../onnx/graph-writer.js';
import { LARGEST_HALF } from '../onnx/half.js';
import { dimsOf, ELEMENT, floatsOf, halfTensor, makeNode, type Node, type OnnxGraph, type Tensor } from '../onnx/proto.js';

/** Weights and arithmetic of a prepared network: 32-bit floats, or half of that. */
export const PRECISIONS = ['fp32', 'fp16'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** Inputs that are 32-bit floats whatever the operator works on: `roi` and `scales` of Resize. */
const FIXED_INPUTS: Readonly<Record<string, readonly number[]>> = { Resize: [1, 2] };

const SUFFIX = '_half';

function halfOf(tensor: Tensor): Tensor {
  const values = floatsOf(tensor);
  const tooLarge = values.find((value) => !(Math.abs(value) <= LARGEST_HALF));
  if (tooLarge !== undefined)
    throw new SafecityError('MODELS_GRAPH_UNEXPECTED', `constant ${tensor.name} holds ${tooLarge}, which half precision cannot: use fp32`);
  return halfTensor(`${tensor.name}${SUFFIX}`, dimsOf(tensor), values);
}

/** The same node on half-precision constants; what casts to 32-bit floats casts to half. */
function halfNode(node: Node, constants: ReadonlyMap<string, Tensor>): Node {
  const fixed = FIXED_INPUTS[node.opType ?? ''] ?? [];
  const input = (node.input ?? []).map((name, index) => (constants.has(name) && !fixed.includes(index) ? `${name}${SUFFIX}` : name));
  if (node.opType !== 'Cast') return { ...node, input };
  return makeNode('Cast', input, node.output ?? [], { to: { int: ELEMENT.half } });
}

/**
 * The same network with weights and arithmetic in half precision, cast back to 32-bit floats where `after` reads it:
 * pixels of a wide picture need more digits than half precision has.
 * @param network everything from the picture to the last layer, the first convolution included
 * @param after what is read out of it, left as it is
 * @throws SafecityError `MODELS_GRAPH_UNEXPECTED` when a weight is too large
 */
export function halfNetwork(
  network: Pick<OnnxGraph, 'nodes' | 'initializers'>,
  after: readonly Node[],
): Pick<OnnxGraph, 'nodes' | 'initializers'> {
  const floats = network.initializers.filter(({ dataType }) => dataType === ELEMENT.float);
  const constants = new Map(floats.map((tensor) => [tensor.name as string, tensor]));
  const made = new Set(network.nodes.flatMap((node) => node.output ?? []));
  const read = new Set(after.flatMap((node) => node.input ?? []).filter((name) => made.has(name)));
  const casts = new GraphWriter('half_');
  // What is read keeps its name behind the cast, so that nothing behind it changes.
  const inner = (name: string) => (read.has(name) ? `${name}${SUFFIX}` : name);
  const nodes = network.nodes.map((node) => {
    const half = halfNode(node, constants);
    return { ...half, input: (half.input ?? []).map(inner), output: (half.output ?? []).map(inner) };
  });
  for (const name of read) casts.addOutput('Cast', [inner(name)], name, { to: { int: ELEMENT.float } });
  return { nodes: [...nodes, ...casts.nodes], initializers: [...network.initializers, ...floats.map(halfOf)] };
}
