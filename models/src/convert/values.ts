import { SafecityError } from '@safecity/contracts';
import type { GraphWriter } from '../onnx/graph-writer.js';
import type { TfConstant } from './tfjs-model.js';

/** Zeros (or `value`) still to be put around a tensor; they become the padding of the convolution or pooling that reads it. */
export interface PendingPad {
  /** Per ONNX axis. */
  begins: number[];
  ends: number[];
  value: number;
}

/**
 * A TensorFlow tensor, held in ONNX under another order of axes: axis `i` of TensorFlow is axis `order[i]` of ONNX.
 * So a TensorFlow transpose costs nothing: only `order` changes. Pictures stay NCHW in ONNX throughout.
 */
export interface Held {
  kind: 'held';
  tensor: string;
  /** Size in TensorFlow's order at the graph's original input size; only ratios of it reach the ONNX graph. */
  shape: number[];
  order: number[];
  pad?: PendingPad;
}

export interface Constant extends TfConstant {
  kind: 'constant';
}

export type Value = Held | Constant;

/** TensorFlow's NHWC seen from ONNX's NCHW. */
export const NHWC_ORDER = [0, 2, 3, 1];

const sameOrder = (a: readonly number[], b: readonly number[]): boolean => a.every((axis, i) => axis === b[i]);

/** Puts pending padding into the graph as a node of its own. */
export function padded(writer: GraphWriter, value: Held): Held {
  if (!value.pad) return value;
  const { begins, ends, value: fill } = value.pad;
  const tensor = writer.add('Pad', [value.tensor, writer.ints([...begins, ...ends]), writer.floats([], [fill])]);
  return { kind: 'held', tensor, shape: value.shape, order: value.order };
}

/** The same tensor held in another order; adds a Transpose only when the order really changes. */
export function inOrder(writer: GraphWriter, value: Held, order: readonly number[]): Held {
  if (sameOrder(value.order, order)) return value;
  const perm = order.map((_, onnxAxis) => value.order[order.indexOf(onnxAxis)] as number);
  const pick = (list: readonly number[]): number[] => perm.map((axis) => list[axis] as number);
  const pad = value.pad && { pad: { begins: pick(value.pad.begins), ends: pick(value.pad.ends), value: value.pad.value } };
  return { ...value, ...pad, tensor: writer.add('Transpose', [value.tensor], { perm: { ints: perm } }), order: [...order] };
}

/** A TensorFlow transpose: no node, another order. */
export function transposed(value: Held, perm: readonly number[]): Held {
  const pick = (list: readonly number[]): number[] => perm.map((axis) => list[axis] as number);
  return { ...value, shape: pick(value.shape), order: pick(value.order) };
}

/** Adds pending padding; `paddings` holds begin and end for each axis in TensorFlow's order. */
export function withPad(writer: GraphWriter, value: Held, paddings: ArrayLike<number>, fill: number): Held {
  const plain = padded(writer, value);
  const begins = new Array<number>(plain.shape.length).fill(0);
  const ends = [...begins];
  plain.order.forEach((onnxAxis, axis) => {
    begins[onnxAxis] = paddings[2 * axis] as number;
    ends[onnxAxis] = paddings[2 * axis + 1] as number;
  });
  const shape = plain.shape.map((size, axis) => size + (paddings[2 * axis] as number) + (paddings[2 * axis + 1] as number));
  return { ...plain, shape, pad: { begins, ends, value: fill } };
}

/**
 * ONNX `pads` (`[top, left, bottom, right]`) that a convolution or pooling may take over from pending padding filled with
 * `fill`, or undefined when the padding needs a node of its own.
 */
export function spatialPads(value: Held, fill: number): number[] | undefined {
  if (!value.pad) return [0, 0, 0, 0];
  const { begins, ends } = value.pad;
  if (value.pad.value !== fill || begins[0] || begins[1] || ends[0] || ends[1]) return undefined;
  return [begins[2], begins[3], ends[2], ends[3]] as number[];
}

/** @throws SafecityError `MODELS_OP_UNSUPPORTED` when the value is computed at run time */
export function asConstant(value: Value, where: string): Constant {
  if (value.kind === 'constant') return value;
  throw new SafecityError('MODELS_OP_UNSUPPORTED', `${where}: an argument is computed at run time; only constants are converted there`);
}

/** @throws SafecityError `MODELS_OP_UNSUPPORTED` when the value is a constant */
export function asHeld(value: Value, where: string): Held {
  if (value.kind === 'held') return value;
  throw new SafecityError('MODELS_OP_UNSUPPORTED', `${where}: an argument is a constant; only computed tensors are converted there`);
}
