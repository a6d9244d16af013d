import type { RunResult } from './engine.js';
import { SessionError } from './session-error.js';
import type { LoadedModel } from './session-messages.js';

/** Name of the header that says where the JSON ends and the tensors begin (binary tensor data extension). */
export const HEADER_LENGTH = 'inference-header-content-length';

/** Frames in one request at most; each costs 15-20 MB of the runtime's memory. */
export const MAX_REQUEST_FRAMES = 8;

/** What a request asks for, checked against the model. */
export interface InferRequest {
  id: string | undefined;
  frames: number;
  binaryBoxes: boolean;
  /** The pictures when they came as JSON numbers instead of binary. */
  inlineImages: Uint8Array | undefined;
}

interface TensorJson {
  name?: unknown;
  datatype?: unknown;
  shape?: unknown;
  data?: unknown;
  parameters?: Record<string, unknown>;
}

interface RequestJson {
  id?: unknown;
  inputs?: unknown;
  outputs?: unknown;
  parameters?: Record<string, unknown>;
}

/** A refusal with status 400. */
export function invalidRequest(message: string, cause?: unknown): SessionError {
  return new SessionError('INFERENCE_REQUEST_INVALID', message, { httpStatus: 400, cause });
}

function parseJson(text: string): RequestJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalidRequest(`request does not begin with a JSON object: ${(cause as Error).message}`, cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidRequest('request is not a JSON object');
  return value as RequestJson;
}

function onlyInput(json: RequestJson): TensorJson {
  const { inputs } = json;
  if (!Array.isArray(inputs)) throw invalidRequest('request has no list of inputs');
  if (inputs.length !== 1) throw invalidRequest(`expected 1 input but got ${inputs.length}`);
  const input = inputs[0] as TensorJson | null;
  if (input?.name !== 'images') throw invalidRequest(`unexpected input "${String(input?.name)}": the model takes images`);
  return input;
}

function framesOf(input: TensorJson, { facts }: LoadedModel): number {
  const { heightPx, widthPx, modelId } = facts;
  if (input.datatype !== 'UINT8') throw invalidRequest(`input images has datatype ${String(input.datatype)}; model ${modelId} takes UINT8`);
  const shape = input.shape;
  const fits =
    Array.isArray(shape) &&
    shape.length === 4 &&
    Number.isInteger(shape[0]) &&
    shape[0] >= 1 &&
    shape[1] === heightPx &&
    shape[2] === widthPx &&
    shape[3] === 3;
  if (!fits) throw invalidRequest(`input images has shape ${JSON.stringify(shape)}; model ${modelId} takes [-1,${heightPx},${widthPx},3]`);
  if (shape[0] > MAX_REQUEST_FRAMES)
    throw invalidRequest(`input images has ${shape[0]} pictures; at most ${MAX_REQUEST_FRAMES} go in one request`);
  return shape[0] as number;
}

function flatten(data: unknown, into: number[], limit: number): void {
  if (!Array.isArray(data)) throw invalidRequest('input images has neither binary_data_size nor a list of data');
  for (const value of data) {
    if (Array.isArray(value)) flatten(value, into, limit);
    else if (Number.isInteger(value) && value >= 0 && value <= 255 && into.length < limit) into.push(value);
    else throw invalidRequest(`input images holds more than ${limit} values or one that is not an integer 0..255`);
  }
}

function imagesOf(input: TensorJson, wantedBytes: number, tensorBytes: number): Uint8Array | undefined {
  const binarySize = input.parameters?.['binary_data_size'];
  if (binarySize === undefined) {
    const values: number[] = [];
    flatten(input.data, values, wantedBytes);
    if (values.length !== wantedBytes) throw invalidRequest(`input images has ${values.length} values, its shape needs ${wantedBytes}`);
    if (tensorBytes > 0) throw invalidRequest(`${tensorBytes} bytes follow the JSON but no input has binary_data_size`);
    return Uint8Array.from(values);
  }
  if (binarySize !== wantedBytes)
    throw invalidRequest(`input images has binary_data_size ${String(binarySize)}, its shape needs ${wantedBytes}`);
  if (tensorBytes !== wantedBytes) throw invalidRequest(`${tensorBytes} bytes follow the JSON, binary_data_size is ${wantedBytes}`);
  return undefined;
}

function wantsBinaryBoxes(json: RequestJson): boolean {
  const whole = json.parameters?.['binary_data_output'] === true;
  if (json.outputs === undefined) return whole;
  if (!Array.isArray(json.outputs)) throw invalidRequest('outputs is not a list');
  for (const output of json.outputs as (TensorJson | null)[]) {
    if (output?.name !== 'boxes') throw invalidRequest(`unexpected output "${String(output?.name)}": the model gives boxes`);
  }
  const own = (json.outputs[0] as TensorJson | undefined)?.parameters?.['binary_data'];
  return typeof own === 'boolean' ? own : whole;
}

/**
 * Reads the JSON part of a request. `tensorBytes`: length of what follows it in the body.
 * @throws SessionError `INFERENCE_REQUEST_INVALID` (HTTP 400)
 */
export function parseInferRequest(text: string, model: LoadedModel, tensorBytes: number): InferRequest {
  const json = parseJson(text);
  const input = onlyInput(json);
  const frames = framesOf(input, model);
  const inlineImages = imagesOf(input, frames * frameBytes(model), tensorBytes);
  return { id: typeof json.id === 'string' ? json.id : undefined, frames, binaryBoxes: wantsBinaryBoxes(json), inlineImages };
}

/** Bytes of one picture of the model's input size. */
export function frameBytes({ facts }: LoadedModel): number {
  return facts.widthPx * facts.heightPx * 3;
}

/** Body of the answer to an inference request; `headerLength` is set when it holds binary data. */
export function inferAnswer(
  model: LoadedModel,
  request: InferRequest,
  result: RunResult,
): { body: Buffer; headerLength: number | undefined } {
  const { boxes } = result;
  const output = { name: 'boxes', datatype: 'FP32', shape: [request.frames, model.boxesPerFrame, 6] };
  const values = request.binaryBoxes ? { parameters: { binary_data_size: boxes.byteLength } } : { data: [...boxes] };
  const header = Buffer.from(
    JSON.stringify({
      model_name: model.facts.modelId,
      model_version: '1',
      ...(request.id === undefined ? {} : { id: request.id }),
      parameters: { queue_us: Math.round(result.queueMs * 1000), run_us: Math.round(result.runMs * 1000) },
      outputs: [{ ...output, ...values }],
    }),
  );
  if (!request.binaryBoxes) return { body: header, headerLength: undefined };
  const tensor = Buffer.from(boxes.buffer, boxes.byteOffset, boxes.byteLength);
  return { body: Buffer.concat([header, tensor]), headerLength: header.length };
}

/** Answer to `GET /v2`. */
export const SERVER_METADATA = { name: 'safecity-inference', version: '0.1.0', extensions: ['binary_tensor_data'] };

/** Answer to `GET /v2/models/<name>`. */
export function modelMetadata({ facts, boxesPerFrame }: LoadedModel): object {
  return {
    name: facts.modelId,
    versions: ['1'],
    platform: 'onnxruntime_onnx',
    inputs: [{ name: 'images', datatype: 'UINT8', shape: [-1, facts.heightPx, facts.widthPx, 3] }],
    outputs: [{ name: 'boxes', datatype: 'FP32', shape: [-1, boxesPerFrame, 6] }],
  };
}
