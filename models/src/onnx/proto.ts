import { SafecityError } from '@safecity/contracts';
import onnxProto, { type onnx } from 'onnx-proto';
import { halfBits } from './half.js';

/** ONNX operator set of every graph written here: the newest one in which `ReduceMax` still takes its axes as an attribute. */
export const OPSET_VERSION = 13;
const IR_VERSION = 7;

/** Element types of `TensorProto` that are used here. */
export const ELEMENT = { float: 1, uint8: 2, int64: 7, half: 10 } as const;

export type Node = onnx.INodeProto;
export type Tensor = onnx.ITensorProto;
export type ValueShape = onnx.IValueInfoProto;

/** An attribute with its ONNX type spelled out: JavaScript cannot tell 1 from 1.0. */
export type Attribute = { int: number } | { float: number } | { text: string } | { ints: readonly number[] };

/** The parts of an ONNX graph that conversion and preparation work on. */
export interface OnnxGraph {
  nodes: Node[];
  initializers: Tensor[];
  inputs: ValueShape[];
  outputs: ValueShape[];
  /** Operator set that the nodes are written in; {@link OPSET_VERSION} when absent. */
  opset?: number;
}

const { AttributeType } = onnxProto.onnx.AttributeProto;

function attributeProto(name: string, value: Attribute): onnx.IAttributeProto {
  if ('int' in value) return { name, type: AttributeType.INT, i: value.int };
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  if ('text' in value) return { name, type: AttributeType.STRING, s: Buffer.from(value.text) };
  return { name, type: AttributeType.INTS, ints: [...value.ints] };
}

/** One node of a graph; attributes keep the order in which they are given. */
export function makeNode(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Record<string, Attribute> = {},
): Node {
  return {
    name: `${opType}_${outputs[0]}`,
    opType,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
  };
}

/** A float32 constant; `values` is row-major over `dims`. */
export function floatTensor(name: string, dims: readonly number[], values: Float32Array): Tensor {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dims: [...dims], dataType: ELEMENT.float, rawData: bytes };
}

/** A half-precision constant, each value rounded to the nearest; `values` is row-major over `dims`. */
export function halfTensor(name: string, dims: readonly number[], values: Float32Array): Tensor {
  const bits = Uint16Array.from(values, halfBits);
  return { name, dims: [...dims], dataType: ELEMENT.half, rawData: new Uint8Array(bits.buffer) };
}

/** An int64 constant; `values` is row-major over `dims`. */
export function int64Tensor(name: string, dims: readonly number[], values: readonly number[]): Tensor {
  const data = BigInt64Array.from(values, (value) => BigInt(value));
  return { name, dims: [...dims], dataType: ELEMENT.int64, rawData: new Uint8Array(data.buffer) };
}

/** Float32 values of a constant, copied (raw bytes of a decoded file need not be aligned). */
export function floatsOf(tensor: Tensor): Float32Array {
  if (tensor.dataType !== ELEMENT.float) throw new SafecityError('MODELS_GRAPH_UNEXPECTED', `constant ${tensor.name} is not float32`);
  if (tensor.floatData && tensor.floatData.length > 0) return Float32Array.from(tensor.floatData);
  const bytes = Uint8Array.from(tensor.rawData ?? []);
  return new Float32Array(bytes.buffer);
}

export const dimsOf = (tensor: Tensor): number[] => (tensor.dims ?? []).map(Number);

/** A graph input or output; a dimension is a size or the name of one that is fixed only when the model runs. */
export function valueShape(name: string, elemType: number, dims: readonly (number | string)[]): ValueShape {
  const dim = dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

/** The bytes of an ONNX file. The same graph always gives the same bytes. */
export function encodeModel(graph: OnnxGraph, graphName: string): Uint8Array {
  const model = onnxProto.onnx.ModelProto.create({
    irVersion: IR_VERSION,
    producerName: 'safecity',
    opsetImport: [{ domain: '', version: graph.opset ?? OPSET_VERSION }],
    graph: { name: graphName, node: graph.nodes, initializer: graph.initializers, input: graph.inputs, output: graph.outputs },
  });
  return onnxProto.onnx.ModelProto.encode(model).finish();
}

/**
 * Reads an ONNX file.
 * @param label names the file in the error
 * @throws SafecityError `MODELS_NOT_ONNX`
 */
export function decodeModel(bytes: Uint8Array, label: string): OnnxGraph {
  try {
    const { graph, opsetImport } = onnxProto.onnx.ModelProto.decode(bytes);
    if (graph?.node?.length && graph.output?.length) {
      const opset = opsetImport.find(({ domain }) => !domain)?.version;
      return {
        nodes: graph.node,
        initializers: graph.initializer ?? [],
        inputs: graph.input ?? [],
        outputs: graph.output,
        ...(opset === undefined || opset === null ? {} : { opset: Number(opset) }),
      };
    }
  } catch (cause) {
    throw new SafecityError('MODELS_NOT_ONNX', `${label} is not an ONNX model: delete it and pull it again`, { cause });
  }
  throw new SafecityError('MODELS_NOT_ONNX', `${label} holds no ONNX graph: delete it and pull it again`);
}
