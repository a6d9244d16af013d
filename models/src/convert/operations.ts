import { permute } from '../onnx/permute.js';
import type { Attribute } from '../onnx/proto.js';
import { attribute, constant, held, type Operation, type Step, unsupported } from './step.js';
import type { TfNode } from './tfjs-model.js';
import { asHeld, type Constant, type Held, inOrder, padded, transposed, type Value, withPad } from './values.js';
import { convolution, maxPool, resizeBilinear } from './window-operations.js';

/** A constant laid out so that ONNX broadcasts it against a tensor held in `order`. */
function broadcastConstant(step: Step, value: Constant, order: readonly number[]): string {
  const shape = [...new Array<number>(order.length - value.shape.length).fill(1), ...value.shape];
  const axes = order.map((_, onnxAxis) => order.indexOf(onnxAxis));
  const values = permute(Float32Array.from(value.values), shape, axes);
  return step.writer.floats(
    axes.map((axis) => shape[axis] as number),
    values,
  );
}

/** A vector over the channels added right behind a convolution is its bias. */
function addedBias(step: Step, tensor: Held, addend: Constant): boolean {
  const producer = step.writer.nodes.at(-1);
  const channels = tensor.shape.at(-1);
  if (producer?.opType !== 'Conv' || producer.output?.[0] !== tensor.tensor || producer.input?.length !== 2 || tensor.pad) return false;
  if (tensor.order.at(-1) !== 1 || addend.shape.length !== 1 || addend.shape[0] !== channels) return false;
  producer.input.push(step.writer.floats(addend.shape, Float32Array.from(addend.values)));
  return true;
}

function addConstants(step: Step, a: Constant, b: Constant): Constant {
  if (a.shape.join() !== b.shape.join()) throw unsupported(step, 'a sum of constants of two shapes');
  const values = a.values.map((value, i) => value + (b.values[i] as number));
  return { kind: 'constant', shape: a.shape, values };
}

function sameShape(a: Held, b: Held): boolean {
  return a.shape.join() === b.shape.join();
}

const add: Operation = (step) => {
  const [first, second] = step.arguments as [Value, Value];
  if (first.kind === 'constant' && second.kind === 'constant') return [addConstants(step, first, second)];
  if (first.kind === 'held' && second.kind === 'held') {
    if (!sameShape(first, second)) throw unsupported(step, 'a sum of tensors of two shapes');
    const a = padded(step.writer, first);
    const b = inOrder(step.writer, padded(step.writer, second), a.order);
    return [{ ...a, tensor: step.writer.add('Add', [a.tensor, b.tensor]) }];
  }
  const [tensor, addend] = first.kind === 'held' ? [first, second as Constant] : [second as Held, first];
  if (step.soleReader && addedBias(step, tensor, addend)) return [tensor];
  const plain = padded(step.writer, tensor);
  return [{ ...plain, tensor: step.writer.add('Add', [plain.tensor, broadcastConstant(step, addend, plain.order)]) }];
};

const elementwise = (opType: string, attributes: (node: TfNode) => Record<string, Attribute>): Operation => {
  return (step) => {
    const plain = padded(step.writer, held(step, 0));
    return [{ ...plain, tensor: step.writer.add(opType, [plain.tensor], attributes(step.node)) }];
  };
};

const concat: Operation = (step) => {
  const parts = step.arguments.slice(0, -1).map((value) => padded(step.writer, asHeld(value, step.node.name)));
  const [first] = parts as [Held];
  const axis = wrapAxis(constant(step, parts.length).values[0] as number, first.shape.length);
  const aligned = parts.map((part) => inOrder(step.writer, part, first.order));
  const names = aligned.map((part) => part.tensor);
  const tensor = step.writer.add('Concat', names, { axis: { int: first.order[axis] as number } });
  const size = aligned.reduce((sum, part) => sum + (part.shape[axis] as number), 0);
  return [{ ...first, tensor, shape: first.shape.with(axis, size) }];
};

const wrapAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

const split: Operation = (step) => {
  const input = padded(step.writer, held(step, 0));
  const sizes = [...constant(step, 1).values];
  const axis = wrapAxis(constant(step, 2).values[0] as number, input.shape.length);
  const names = step.writer.addMany('Split', [input.tensor, step.writer.ints(sizes)], sizes.length, {
    axis: { int: input.order[axis] as number },
  });
  return names.map((tensor, i) => ({ ...input, tensor, shape: input.shape.with(axis, sizes[i] as number) }));
};

/** A first size of 1 that was the batch stays the batch, whatever its size will be (ONNX: 0 copies the input's). */
const reshape: Operation = (step) => {
  const input = held(step, 0);
  const plain = inOrder(
    step.writer,
    padded(step.writer, input),
    input.shape.map((_, i) => i),
  );
  const target = [...constant(step, 1).values];
  if (target[0] !== plain.shape[0]) throw unsupported(step, 'a reshape across the batch');
  const total = plain.shape.reduce((product, size) => product * size, 1);
  const known = target.filter((size) => size !== -1).reduce((product, size) => product * size, 1);
  const shape = target.map((size) => (size === -1 ? total / known : size));
  const tensor = step.writer.add('Reshape', [plain.tensor, step.writer.ints([0, ...target.slice(1)])]);
  return [{ kind: 'held', tensor, shape, order: shape.map((_, i) => i) }];
};

/** Only as a way of writing a constant: `default` everywhere but at `indices`. */
const sparseToDense: Operation = (step) => {
  const [indices, shape, values, fill] = [0, 1, 2, 3].map((i) => constant(step, i)) as [Constant, Constant, Constant, Constant];
  if (shape.values.length !== 1) throw unsupported(step, `rank ${shape.values.length}`);
  const dense = new Int32Array(shape.values[0] as number).fill(fill.values[0] as number);
  indices.values.forEach((at, i) => {
    dense[at] = values.values[values.values.length === 1 ? 0 : i] as number;
  });
  return [{ kind: 'constant', shape: [dense.length], values: dense }];
};

const pad: Operation = (step) => [
  withPad(step.writer, held(step, 0), constant(step, 1).values, step.arguments.length > 2 ? (constant(step, 2).values[0] as number) : 0),
];

/** The operations that are converted, by TensorFlow's name. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  Add: add,
  AddV2: add,
  ConcatV2: concat,
  Conv2D: convolution,
  Identity: (step) => [step.arguments[0] as Value],
  LeakyRelu: elementwise('LeakyRelu', (node) => ({ alpha: { float: attribute(node, 'alpha').f ?? 0.2 } })),
  MaxPool: maxPool,
  Pad: pad,
  PadV2: pad,
  Reshape: reshape,
  ResizeBilinear: resizeBilinear,
  Sigmoid: elementwise('Sigmoid', () => ({})),
  SparseToDense: sparseToDense,
  SplitV: split,
  Transpose: (step) => [transposed(held(step, 0), [...constant(step, 1).values])],
};
