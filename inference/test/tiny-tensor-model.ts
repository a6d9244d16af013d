import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onnx } from 'onnx-proto';

const { FLOAT, UINT8, INT64 } = onnx.TensorProto.DataType;
const INT = onnx.AttributeProto.AttributeType.INT;

/** What the sidecar of the tiny reader says; a test may say something else. */
export const READER = {
  kind: 'tensor',
  modelId: 'reader',
  inputs: [
    { name: 'crops', datatype: 'UINT8', shape: [-1, 2, -1, 3], maxShape: [8, 2, 10, 3] },
    { name: 'gain', datatype: 'FP32', shape: [5] },
  ],
  outputs: [
    { name: 'best', datatype: 'INT64', shape: [-1, 2] },
    { name: 'scores', datatype: 'FP32', shape: [-1, 2, 5] },
  ],
};

function value(name: string, elemType: number, dims: (number | string)[]): onnx.IValueInfoProto {
  const dim = dims.map((side) => (typeof side === 'string' ? { dimParam: side } : { dimValue: side }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

function node(opType: string, input: string[], output: string, attributes: Record<string, number> = {}): onnx.INodeProto {
  const attribute = Object.entries(attributes).map(([name, i]) => ({ name, type: INT, i }));
  return { opType, input, output: [output], attribute };
}

/**
 * A model shaped like a reader of text: crops of any number and width and a second input in, letters with their scores
 * out. A crop with a byte of 255 makes the graph throw: it looks every byte up in a table of 255 places.
 */
function readerBytes(): Uint8Array {
  const weights = Array.from({ length: 15 }, (_, index) => Math.sin(index * 7.1) / 100);
  const graph: onnx.IGraphProto = {
    name: 'reader',
    input: [value('crops', UINT8, ['n', 2, 'w', 3]), value('gain', FLOAT, [5])],
    output: [value('best', INT64, ['n', 2]), value('scores', FLOAT, ['n', 2, 5])],
    initializer: [
      { name: 'weights', dataType: FLOAT, dims: [3, 5], floatData: weights },
      { name: 'table', dataType: FLOAT, dims: [255], floatData: new Array(255).fill(0) },
    ],
    node: [
      node('Cast', ['crops'], 'pixels', { to: FLOAT }),
      node('MatMul', ['pixels', 'weights'], 'columns'),
      node('Mul', ['columns', 'gain'], 'weighted'),
      node('Cast', ['crops'], 'places', { to: INT64 }),
      node('Gather', ['table', 'places'], 'zeros'),
      {
        opType: 'ReduceMean',
        input: ['weighted'],
        output: ['means'],
        attribute: [
          { name: 'axes', type: onnx.AttributeProto.AttributeType.INTS, ints: [2] },
          { name: 'keepdims', type: INT, i: 0 },
        ],
      },
      node('ReduceMax', ['zeros'], 'zero', { keepdims: 0 }),
      node('Add', ['means', 'zero'], 'sums'),
      node('Softmax', ['sums'], 'scores', { axis: 2 }),
      node('ArgMax', ['scores'], 'best', { axis: 2, keepdims: 0 }),
    ],
  };
  return onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ domain: '', version: 13 }], producerName: 'test', graph }).finish();
}

/** Writes the tiny reader and its sidecar, changed by `sidecar`, into `directory`; returns the path of the .onnx. */
export function writeTinyReader(
  directory: string,
  { sidecar = {}, fileName = 'reader' }: { sidecar?: object; fileName?: string } = {},
): string {
  const bytes = readerBytes();
  const base = join(directory, fileName);
  writeFileSync(`${base}.onnx`, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(`${base}.json`, JSON.stringify({ ...READER, sha256, source: 'test', licence: 'none', ...sidecar }));
  return `${base}.onnx`;
}
