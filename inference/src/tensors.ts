import type { TensorDatatype, TensorSpec } from '@safecity/contracts';
import type { Tensor } from 'onnxruntime-node';

export type TensorArray = Uint8Array | Uint16Array | Int32Array | Float32Array | BigInt64Array;

interface ElementType {
  bytes: number;
  /** The runtime's name for it. */
  onnx: Tensor.Type;
  view(buffer: ArrayBuffer, byteOffset: number, length: number): TensorArray;
}

const ELEMENTS: Record<TensorDatatype, ElementType> = {
  BOOL: { bytes: 1, onnx: 'bool', view: (buffer, at, length) => new Uint8Array(buffer, at, length) },
  UINT8: { bytes: 1, onnx: 'uint8', view: (buffer, at, length) => new Uint8Array(buffer, at, length) },
  FP16: { bytes: 2, onnx: 'float16', view: (buffer, at, length) => new Uint16Array(buffer, at, length) },
  INT32: { bytes: 4, onnx: 'int32', view: (buffer, at, length) => new Int32Array(buffer, at, length) },
  FP32: { bytes: 4, onnx: 'float32', view: (buffer, at, length) => new Float32Array(buffer, at, length) },
  INT64: { bytes: 8, onnx: 'int64', view: (buffer, at, length) => new BigInt64Array(buffer, at, length) },
};

/** Where one input's elements lie in a request's bytes. */
export interface InputView {
  name: string;
  datatype: TensorDatatype;
  shape: number[];
  byteOffset: number;
}

/** One tensor that a run gave. */
export interface RunOutput {
  name: string;
  datatype: TensorDatatype;
  shape: number[];
  data: TensorArray;
}

export const elementsOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

export const bytesOf = (datatype: TensorDatatype, shape: readonly number[]): number => ELEMENTS[datatype].bytes * elementsOf(shape);

export const onnxTypeOf = (datatype: TensorDatatype): Tensor.Type => ELEMENTS[datatype].onnx;

/** The protocol's name of a runtime's element type; undefined when it is none that can be served. */
export function datatypeOf(onnxType: string): TensorDatatype | undefined {
  return (Object.keys(ELEMENTS) as TensorDatatype[]).find((datatype) => ELEMENTS[datatype].onnx === onnxType);
}

/** Elements of one input as the runtime takes them: a view where the alignment allows it, otherwise a copy. */
export function arrayOf(buffer: ArrayBuffer, { datatype, shape, byteOffset }: InputView): TensorArray {
  const { bytes, view } = ELEMENTS[datatype];
  const length = elementsOf(shape);
  if (byteOffset % bytes === 0) return view(buffer, byteOffset, length);
  return view(buffer.slice(byteOffset, byteOffset + length * bytes), 0, length);
}

/** The largest shape that a spec allows. */
export const largestShape = ({ shape, maxShape }: TensorSpec): number[] =>
  shape.map((side, axis) => (side < 0 ? (maxShape?.[axis] ?? 1) : side));

/** Bytes of all inputs at their largest. */
export function largestBytes(inputs: readonly TensorSpec[]): number {
  return inputs.reduce((sum, input) => sum + bytesOf(input.datatype, largestShape(input)), 0);
}

/** True when a tensor of this shape may go in (or come out) under this spec; free sides are 1..max, inclusive. */
export function fitsSpec(shape: readonly unknown[], { shape: wanted, maxShape }: TensorSpec): boolean {
  if (shape.length !== wanted.length) return false;
  return shape.every((side, axis) => {
    if (!Number.isInteger(side)) return false;
    if (wanted[axis]! >= 0) return side === wanted[axis];
    return (side as number) >= (maxShape ? 1 : 0) && (side as number) <= (maxShape?.[axis] ?? Number.MAX_SAFE_INTEGER);
  });
}

/** `[-1,48,-1,3] up to [8,48,640,3]`. */
export function shownSpec({ shape, maxShape }: TensorSpec): string {
  return `[${shape.join(',')}]${maxShape ? ` up to [${maxShape.join(',')}]` : ''}`;
}

/** Puts values into a buffer as elements of a view; the view is aligned (see {@link alignViews}). */
export function fillArray(buffer: ArrayBuffer, view: InputView, values: readonly number[]): void {
  const array = arrayOf(buffer, view);
  for (const [index, value] of values.entries()) {
    if (array instanceof BigInt64Array) array[index] = BigInt(value);
    else array[index] = value;
  }
}

/** The same views one after the other, each where its elements may begin. */
export function alignViews(views: readonly InputView[]): { views: InputView[]; bytes: number } {
  let at = 0;
  const aligned = views.map((view) => {
    const { bytes } = ELEMENTS[view.datatype];
    const byteOffset = Math.ceil(at / bytes) * bytes;
    at = byteOffset + bytesOf(view.datatype, view.shape);
    return { ...view, byteOffset };
  });
  return { views: aligned, bytes: at };
}
