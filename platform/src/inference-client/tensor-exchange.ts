import { SafecityError, TENSOR_DATATYPES, type TensorDatatype } from '@safecity/contracts';
import { type AnswerOutput, badAnswer, parseHeader, type RunTimes, timesOf } from './open-inference.js';

/** Elements of a tensor; FP16 values are their bits, BOOL values 0 or 1. */
export type TensorData = Uint8Array | Uint16Array | Int32Array | Float32Array | BigInt64Array;

/** A tensor that goes in or comes out; `data` is row-major over `shape`, FP16 as its bits. */
export interface NamedTensor {
  name: string;
  datatype: TensorDatatype;
  shape: readonly number[];
  data: TensorData;
}

const ARRAYS: Record<TensorDatatype, { bytes: number; of(buffer: ArrayBuffer): TensorData }> = {
  BOOL: { bytes: 1, of: (buffer) => new Uint8Array(buffer) },
  UINT8: { bytes: 1, of: (buffer) => new Uint8Array(buffer) },
  FP16: { bytes: 2, of: (buffer) => new Uint16Array(buffer) },
  INT32: { bytes: 4, of: (buffer) => new Int32Array(buffer) },
  FP32: { bytes: 4, of: (buffer) => new Float32Array(buffer) },
  INT64: { bytes: 8, of: (buffer) => new BigInt64Array(buffer) },
};

const isShape = (shape: unknown): shape is number[] => Array.isArray(shape) && shape.every((side) => Number.isInteger(side) && side >= 0);

const bytesOf = (datatype: TensorDatatype, shape: readonly number[]): number =>
  ARRAYS[datatype].bytes * shape.reduce((product, side) => product * side, 1);

/**
 * Head and JSON of a request, then each input's bytes; nothing is copied.
 * @throws SafecityError `PLATFORM_INFERENCE_TENSOR_SIZE`
 */
export function tensorRequestParts(modelId: string, inputs: readonly NamedTensor[]): Uint8Array[] {
  for (const { name, datatype, shape, data } of inputs) {
    const wanted = bytesOf(datatype, shape);
    if (data.byteLength === wanted) continue;
    const text = `tensor ${name} has ${data.byteLength} bytes, ${datatype} [${shape.join(', ')}] needs ${wanted}`;
    throw new SafecityError('PLATFORM_INFERENCE_TENSOR_SIZE', text);
  }
  const json = Buffer.from(
    JSON.stringify({
      parameters: { binary_data_output: true },
      inputs: inputs.map(({ name, datatype, shape, data }) => ({
        name,
        shape,
        datatype,
        parameters: { binary_data_size: data.byteLength },
      })),
    }),
  );
  const tensorBytes = inputs.reduce((sum, { data }) => sum + data.byteLength, 0);
  const head = [
    `POST /v2/models/${encodeURIComponent(modelId)}/infer HTTP/1.1`,
    'Host: inference',
    'Content-Type: application/octet-stream',
    `Inference-Header-Content-Length: ${json.length}`,
    `Content-Length: ${json.length + tensorBytes}`,
  ];
  const start = Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), json]);
  return [start, ...inputs.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}

/**
 * Reads every output of an answer; the elements are copied out, so that `body` can be let go.
 * @throws SafecityError `PLATFORM_INFERENCE_BAD_ANSWER`
 */
export function parseTensorAnswer(body: Buffer, headerLength: string | undefined): { outputs: NamedTensor[] } & RunTimes {
  const { header, tensorsAt } = parseHeader(body, headerLength);
  if (!Array.isArray(header.outputs)) throw badAnswer('has no list of outputs');
  let at = tensorsAt;
  const outputs = header.outputs.map(({ name, datatype: type, shape, parameters }: AnswerOutput): NamedTensor => {
    const size = parameters?.binary_data_size;
    const datatype = TENSOR_DATATYPES.find((known) => known === type);
    if (typeof name !== 'string' || !datatype || !isShape(shape) || size !== bytesOf(datatype, shape) || at + size > body.length)
      throw badAnswer(`output ${String(name)} is ${String(type)} ${JSON.stringify(shape)} of ${String(size)} bytes, which do not fit`);
    const data = ARRAYS[datatype].of(Uint8Array.from(body.subarray(at, at + size)).buffer);
    at += size;
    return { name, datatype, shape, data };
  });
  return { outputs, ...timesOf(header) };
}
