import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onnx } from 'onnx-proto';

const { FLOAT, UINT8, INT64 } = onnx.TensorProto.DataType;
const ATTRIBUTE = onnx.AttributeProto.AttributeType;

/** What the tiny model is like; every departure from a proper prepared model is for a test of its refusal. */
export interface TinyModel {
  modelId?: string;
  widthPx?: number;
  heightPx?: number;
  boxesPerFrame?: number;
  inputName?: string;
  inputType?: number;
  outputName?: string;
  /** Columns per box; 6 in a proper model. */
  columns?: number;
  fixedBatch?: boolean;
  /** Loop iterations per unit by which the first byte of the first picture exceeds `idleByte`. */
  loopsPerByte?: number;
  /** First byte up to which the loop does nothing; the padding grey of warm-up is 114. */
  idleByte?: number;
}

function int64(name: string, values: number[], dims: number[] = [values.length]): onnx.ITensorProto {
  return { name, dataType: INT64, dims, int64Data: values };
}

function tensor(name: string, elemType: number, dims: (number | string)[]): onnx.IValueInfoProto {
  const dim = dims.map((side) => (typeof side === 'string' ? { dimParam: side } : { dimValue: side }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

function node(opType: string, input: string[], output: string[], attribute: onnx.IAttributeProto[] = []): onnx.INodeProto {
  return { opType, input, output, attribute };
}

/** A Loop that adds 0 to a number as often as the first byte says: a run as long as the test wants. */
function delayNodes(input: string): onnx.INodeProto[] {
  const body: onnx.IGraphProto = {
    name: 'delay',
    input: [tensor('turn', INT64, []), tensor('more', onnx.TensorProto.DataType.BOOL, []), tensor('sum', FLOAT, [])],
    output: [tensor('goOn', onnx.TensorProto.DataType.BOOL, []), tensor('sumNext', FLOAT, [])],
    node: [node('Identity', ['more'], ['goOn']), node('Add', ['sum', 'zero'], ['sumNext'])],
  };
  return [
    node('Slice', [input, 'from0', 'to1', 'axis1'], ['firstColumn']),
    node('Slice', ['firstColumn', 'from0', 'to1', 'axis0'], ['firstByte']),
    node('Cast', ['firstByte'], ['firstByteInt'], [{ name: 'to', type: ATTRIBUTE.INT, i: INT64 }]),
    node('Sub', ['firstByteInt', 'idleByte'], ['above']),
    node('Max', ['above', 'none'], ['units']),
    node('Mul', ['units', 'loopsPerByte'], ['trips']),
    node('Squeeze', ['trips'], ['tripCount']),
    node('Loop', ['tripCount', '', 'zero'], ['delayed'], [{ name: 'body', type: ATTRIBUTE.GRAPH, g: body }]),
    node('Add', [input, 'delayed'], ['values']),
  ];
}

/** The bytes of an ONNX model whose boxes are the first `boxesPerFrame x columns` bytes of each picture, as numbers. */
export function tinyModelBytes(options: TinyModel = {}): Uint8Array {
  const {
    widthPx = 16,
    heightPx = 8,
    boxesPerFrame = 4,
    columns = 6,
    inputName = 'images',
    inputType = UINT8,
    outputName = 'boxes',
  } = options;
  const batch = options.fixedBatch ? 1 : 'batch';
  const hasLoop = options.loopsPerByte !== undefined;
  const graph: onnx.IGraphProto = {
    name: 'tiny',
    input: [tensor(inputName, inputType, [batch, heightPx, widthPx, 3])],
    output: [tensor(outputName, FLOAT, [batch, boxesPerFrame, columns])],
    initializer: [
      int64('from0', [0]),
      int64('to1', [1]),
      int64('axis0', [0]),
      int64('axis1', [1]),
      int64('toValues', [boxesPerFrame * columns]),
      int64('boxesShape', [0, boxesPerFrame, columns]),
      int64('idleByte', [options.idleByte ?? 114]),
      int64('none', [0]),
      int64('loopsPerByte', [options.loopsPerByte ?? 0]),
      { name: 'zero', dataType: FLOAT, dims: [], floatData: [0] },
    ],
    node: [
      node('Cast', [inputName], ['asFloat'], [{ name: 'to', type: ATTRIBUTE.INT, i: FLOAT }]),
      node('Flatten', ['asFloat'], [hasLoop ? 'flat' : 'values'], [{ name: 'axis', type: ATTRIBUTE.INT, i: 1 }]),
      ...(hasLoop ? delayNodes('flat') : []),
      node('Slice', ['values', 'from0', 'toValues', 'axis1'], ['picked']),
      node('Reshape', ['picked', 'boxesShape'], [outputName]),
    ],
  };
  return onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ domain: '', version: 13 }], producerName: 'test', graph }).finish();
}

/** Writes a tiny model (or `bytes`) and its sidecar into `directory`; returns the path of the .onnx. `sha256` lets a test lie. */
export function writeTinyModel(
  directory: string,
  options: TinyModel & { sha256?: string; fileName?: string; bytes?: Uint8Array } = {},
): string {
  const { modelId = 'tiny', widthPx = 16, heightPx = 8 } = options;
  const bytes = options.bytes ?? tinyModelBytes(options);
  const base = join(directory, options.fileName ?? `${modelId}-${widthPx}x${heightPx}`);
  const sha256 = options.sha256 ?? createHash('sha256').update(bytes).digest('hex');
  writeFileSync(`${base}.onnx`, bytes);
  writeFileSync(
    `${base}.json`,
    JSON.stringify({ modelId, sha256, widthPx, heightPx, classes: ['person', 'car'], nmsIou: 0.6, source: 'test', licence: 'none' }),
  );
  return `${base}.onnx`;
}
