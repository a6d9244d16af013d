import { SafecityError } from '@safecity/contracts';
import { GraphWriter } from '../onnx/graph-writer.js';
import { ELEMENT, type OnnxGraph, valueShape } from '../onnx/proto.js';
import { OPERATIONS } from './operations.js';
import type { TfjsModel, TfNode } from './tfjs-model.js';
import { asHeld, padded, type Value } from './values.js';

/** Splits `name:2` into the node and the number of its output. */
function outputOf(reference: string): [string, number] {
  const [, name, output] = /^(.*?)(?::(\d+))?$/.exec(reference) as unknown as [string, string, string | undefined];
  return [name, Number(output ?? 0)];
}

function countReaders(model: TfjsModel): Map<string, number> {
  const readers = new Map<string, number>();
  for (const node of model.nodes.values()) {
    for (const reference of node.input ?? []) {
      const [name] = outputOf(reference);
      readers.set(name, (readers.get(name) ?? 0) + 1);
    }
  }
  return readers;
}

/** Nodes that the outputs need, each after everything it reads. */
function inOrderOfUse(model: TfjsModel): TfNode[] {
  const ordered: TfNode[] = [];
  const seen = new Set<string>();
  const stack = [...model.outputs].reverse().map((name) => ({ name, ready: false }));
  for (let next = stack.pop(); next; next = stack.pop()) {
    const node = model.nodes.get(next.name);
    if (!node) throw new SafecityError('MODELS_NOT_TFJS', `the graph reads ${next.name}, which it does not hold`);
    if (next.ready) ordered.push(node);
    if (next.ready || seen.has(next.name)) continue;
    seen.add(next.name);
    stack.push({ name: next.name, ready: true });
    for (const reference of [...(node.input ?? [])].reverse()) stack.push({ name: outputOf(reference)[0], ready: false });
  }
  return ordered;
}

/** Batch and, for pictures, height and width become free; the other sizes stay. */
function freeInputShape(shape: readonly number[]): (number | string)[] {
  const names = ['batch', undefined, 'height', 'width'];
  return shape.map((size, axis) => names[axis] ?? size);
}

/** A batch, everything that depends on the picture's size, and the last axis as it is. */
function freeOutputShape(name: string, shape: readonly number[]): (number | string)[] {
  return shape.map((size, axis) => (axis === 0 ? 'batch' : axis === shape.length - 1 ? size : `${name}_${axis}`));
}

/**
 * Writes a TensorFlow.js graph as ONNX. Input NCHW `[batch, channels, height, width]` float32 as in the original, with
 * batch, height and width free; outputs carry the original's names and order of axes.
 * Transposes vanish into the order in which tensors are held, pads into the convolutions behind them, sums with a vector
 * into their biases.
 * @throws SafecityError `MODELS_OP_UNSUPPORTED`, `MODELS_NOT_TFJS`
 */
export function convertTfjs(model: TfjsModel): OnnxGraph {
  const writer = new GraphWriter('');
  const values = new Map<string, Value[]>();
  const readers = countReaders(model);
  for (const node of inOrderOfUse(model)) values.set(node.name, convertNode({ model, node, values, readers, writer }));

  const outputs = model.outputs.map((name) => {
    const value = padded(writer, asHeld((values.get(name) as Value[])[0] as Value, name));
    // TensorFlow's axis i is ONNX's axis order[i]: exactly what Transpose takes as its permutation.
    writer.addOutput('Transpose', [value.tensor], name, { perm: { ints: value.order } });
    return valueShape(name, ELEMENT.float, freeOutputShape(name, value.shape));
  });
  const inputs = [valueShape(model.input.name, ELEMENT.float, freeInputShape(model.input.shape))];
  return { nodes: writer.nodes, initializers: writer.initializers, inputs, outputs };
}

interface Conversion {
  model: TfjsModel;
  node: TfNode;
  /** Outputs of the nodes converted so far. */
  values: Map<string, Value[]>;
  readers: Map<string, number>;
  writer: GraphWriter;
}

function convertNode({ model, node, values, readers, writer }: Conversion): Value[] {
  if (node.name === model.input.name)
    return [{ kind: 'held', tensor: node.name, shape: model.input.shape, order: model.input.shape.map((_, i) => i) }];
  const stored = model.constants.get(node.name);
  if (stored) return [{ kind: 'constant', ...stored }];
  const operation = OPERATIONS[node.op];
  if (!operation)
    throw new SafecityError(
      'MODELS_OP_UNSUPPORTED',
      `${node.op} (${node.name}) is not converted: known are ${Object.keys(OPERATIONS).join(', ')}`,
    );
  const references = (node.input ?? []).map(outputOf);
  const soleReader = references.every(([name]) => model.constants.has(name) || readers.get(name) === 1);
  return operation({
    node,
    arguments: references.map(([name, output]) => (values.get(name) as Value[])[output] as Value),
    soleReader,
    writer,
  });
}
