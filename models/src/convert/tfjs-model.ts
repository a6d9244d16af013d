import { SafecityError } from '@safecity/contracts';

/** A node of a TensorFlow.js graph, as its JSON holds it. */
export interface TfNode {
  name: string;
  op: string;
  input?: string[];
  attr?: Record<string, TfAttribute>;
}

/** An attribute: strings are base64, integers are text. */
export interface TfAttribute {
  s?: string;
  b?: boolean;
  f?: number;
  i?: string;
  list?: { i?: string[]; s?: string[]; f?: number[] };
  shape?: { dim?: { size: string }[] };
}

/** A constant of the graph, row-major over `shape`. */
export interface TfConstant {
  shape: number[];
  values: Float32Array | Int32Array;
}

/** A TensorFlow.js graph model: nodes by name, constants by name, input with its fixed shape, names of the outputs. */
export interface TfjsModel {
  nodes: Map<string, TfNode>;
  constants: Map<string, TfConstant>;
  input: { name: string; shape: number[] };
  outputs: string[];
}

interface WeightSpec {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: { dtype: string };
}

interface ModelJson {
  format: string;
  signature: { inputs: Record<string, { tensorShape: { dim: { size: string }[] } }>; outputs: Record<string, unknown> };
  modelTopology: { node: TfNode[] };
  weightsManifest: { weights: WeightSpec[] }[];
}

/** Value of an IEEE 754 half-precision number, from its 16 bits. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function readConstant(spec: WeightSpec, bytes: DataView, offset: number, length: number): TfConstant['values'] {
  const values = spec.dtype === 'int32' ? new Int32Array(length) : new Float32Array(length);
  const half = spec.quantization !== undefined;
  for (let i = 0; i < length; i += 1) {
    if (half) values[i] = halfToFloat(bytes.getUint16(offset + 2 * i, true));
    else if (spec.dtype === 'int32') values[i] = bytes.getInt32(offset + 4 * i, true);
    else values[i] = bytes.getFloat32(offset + 4 * i, true);
  }
  return values;
}

function bytesPerValue(spec: WeightSpec): number {
  if (spec.dtype === 'int32' || (spec.dtype === 'float32' && spec.quantization === undefined)) return 4;
  if (spec.dtype === 'float32' && spec.quantization?.dtype === 'float16') return 2;
  throw new SafecityError(
    'MODELS_OP_UNSUPPORTED',
    `weight ${spec.name} is stored as ${spec.dtype}/${spec.quantization?.dtype}: only float32, float16 and int32 are read`,
  );
}

function readConstants(specs: WeightSpec[], weights: Uint8Array, label: string): Map<string, TfConstant> {
  const bytes = new DataView(weights.buffer, weights.byteOffset, weights.byteLength);
  const constants = new Map<string, TfConstant>();
  let offset = 0;
  for (const spec of specs) {
    const length = spec.shape.reduce((product, size) => product * size, 1);
    const end = offset + length * bytesPerValue(spec);
    if (end > weights.byteLength)
      throw new SafecityError('MODELS_NOT_TFJS', `${label}: the weights end before ${spec.name}; pull the model again`);
    constants.set(spec.name, { shape: spec.shape, values: readConstant(spec, bytes, offset, length) });
    offset = end;
  }
  if (offset !== weights.byteLength)
    throw new SafecityError(
      'MODELS_NOT_TFJS',
      `${label}: ${weights.byteLength - offset} bytes of weights are left over; pull the model again`,
    );
  return constants;
}

function parseJson(json: string, label: string): ModelJson {
  let parsed: Partial<ModelJson>;
  try {
    parsed = JSON.parse(json) as Partial<ModelJson>;
  } catch (cause) {
    throw new SafecityError('MODELS_NOT_TFJS', `${label} is not JSON; pull the model again`, { cause });
  }
  if (parsed?.format !== 'graph-model' || !parsed.signature || !parsed.modelTopology?.node || !parsed.weightsManifest) {
    throw new SafecityError('MODELS_NOT_TFJS', `${label} is not a TensorFlow.js graph model; pull the model again`);
  }
  return parsed as ModelJson;
}

/** Tensor names of TensorFlow end in `:<output>`; `:0` is left out elsewhere. */
const bareName = (name: string): string => name.replace(/:0$/, '');

/**
 * Reads a TensorFlow.js graph model.
 * @param json text of `model.json`
 * @param weights bytes of its weight file (one file, in the order of the manifest)
 * @param label names the model in errors
 * @throws SafecityError `MODELS_NOT_TFJS`, `MODELS_OP_UNSUPPORTED` for a weight type that is not read
 */
export function readTfjsModel(json: string, weights: Uint8Array, label: string): TfjsModel {
  const model = parseJson(json, label);
  const specs = model.weightsManifest.flatMap((group) => group.weights);
  const inputs = Object.entries(model.signature.inputs);
  const [name, facts] = inputs[0] ?? [];
  if (inputs.length !== 1 || !name || !facts)
    throw new SafecityError('MODELS_OP_UNSUPPORTED', `${label} has ${inputs.length} inputs: graphs with one are converted`);
  return {
    nodes: new Map(model.modelTopology.node.map((node) => [node.name, node])),
    constants: readConstants(specs, weights, label),
    input: { name: bareName(name), shape: facts.tensorShape.dim.map((dim) => Number(dim.size)) },
    outputs: Object.keys(model.signature.outputs).map(bareName),
  };
}
