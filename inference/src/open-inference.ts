import type { TensorDatatype, TensorSpec } from '@safecity/contracts';
import type { RunResult } from './engine.js';
import { MAX_REQUEST_FRAMES } from './model-interface.js';
import { SessionError } from './session-error.js';
import type { LoadedModel } from './session-messages.js';
import { alignViews, bytesOf, elementsOf, fillArray, fitsSpec, type InputView, type RunOutput, shownSpec } from './tensors.js';

/** Name of the header that says where the JSON ends and the tensors begin (binary tensor data extension). */
export const HEADER_LENGTH = 'inference-header-content-length';

/** What a request asks for, checked against the model. */
export interface InferRequest {
  id: string | undefined;
  /** Pictures in it; 1 for models whose requests are not joined. */
  frames: number;
  inputs: InputView[];
  /** Wanted outputs by name, each in binary or as JSON numbers. */
  outputs: { name: string; binary: boolean }[];
  /** The inputs' elements when they came as JSON numbers instead of binary. */
  inlineData: ArrayBuffer | undefined;
  /** Where each input lies when they are in shared memory; empty when they are not. */
  shared: SharedPart[];
}

/** One input in shared memory. */
export interface SharedPart {
  region: string;
  /** Bytes into the region. */
  offset: number;
  view: InputView;
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

function inputsOf(json: RequestJson, model: LoadedModel): { spec: TensorSpec; given: TensorJson }[] {
  const { inputs } = json;
  if (!Array.isArray(inputs)) throw invalidRequest('request has no list of inputs');
  if (inputs.length !== model.inputs.length) throw invalidRequest(`expected ${model.inputs.length} input but got ${inputs.length}`);
  const names = model.inputs.map(({ name }) => name);
  const left = new Set(names);
  return (inputs as (TensorJson | null)[]).map((given) => {
    const spec = model.inputs.find(({ name }) => name === given?.name);
    if (!spec || !left.delete(spec.name))
      throw invalidRequest(`unexpected input "${String(given?.name)}": the model takes ${names.join(', ')}`);
    return { spec, given: given as TensorJson };
  });
}

function shapeOf({ datatype, shape }: TensorJson, spec: TensorSpec, { facts, joins }: LoadedModel): number[] {
  const { name } = spec;
  if (datatype !== spec.datatype)
    throw invalidRequest(`input ${name} has datatype ${String(datatype)}; model ${facts.modelId} takes ${spec.datatype}`);
  if (Array.isArray(shape) && fitsSpec(shape, spec)) return shape as number[];
  if (joins && Array.isArray(shape) && fitsSpec([1, ...shape.slice(1)], spec) && Number(shape[0]) > MAX_REQUEST_FRAMES)
    throw invalidRequest(`input ${name} has ${shape[0]} pictures; at most ${MAX_REQUEST_FRAMES} go in one request`);
  const takes = joins ? `[${spec.shape.join(',')}]` : shownSpec(spec);
  throw invalidRequest(`input ${name} has shape ${JSON.stringify(shape)}; model ${facts.modelId} takes ${takes}`);
}

function flatten(data: unknown, into: number[], { name, limit, accepts }: { name: string; limit: number; accepts: Acceptance }): void {
  if (!Array.isArray(data)) throw invalidRequest(`input ${name} has neither binary_data_size nor a list of data`);
  for (const value of data) {
    if (Array.isArray(value)) flatten(value, into, { name, limit, accepts });
    else if (accepts.test(value) && into.length < limit) into.push(Number(value));
    else throw invalidRequest(`input ${name} holds more than ${limit} values or one that is not ${accepts.text}`);
  }
}

interface Acceptance {
  text: string;
  test(value: unknown): boolean;
}

/** What JSON may hold for an element type. FP16 has no JSON form in the protocol. */
const ACCEPTS: Partial<Record<TensorDatatype, Acceptance>> = {
  BOOL: { text: 'true or false', test: (value) => typeof value === 'boolean' },
  UINT8: { text: 'an integer 0..255', test: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255 },
  INT32: { text: 'a 32-bit integer', test: (value) => Number.isInteger(value) && (value as number) === ((value as number) | 0) },
  INT64: { text: 'a safe integer', test: (value) => Number.isSafeInteger(value) },
  FP32: { text: 'a number', test: (value) => typeof value === 'number' },
};

/** Puts the elements of inputs that came as JSON numbers into one buffer, where `views` say. */
function inlineDataOf(parts: { given: TensorJson; view: InputView }[], totalBytes: number): ArrayBuffer {
  const buffer = new ArrayBuffer(totalBytes);
  for (const { given, view } of parts) {
    const { name, datatype, shape } = view;
    const accepts = ACCEPTS[datatype];
    if (!accepts) throw invalidRequest(`input ${name} is ${datatype}, which goes in binary form only`);
    const limit = elementsOf(shape);
    const values: number[] = [];
    flatten(given.data, values, { name, limit, accepts });
    if (values.length !== limit) throw invalidRequest(`input ${name} has ${values.length} values, its shape needs ${limit}`);
    fillArray(buffer, view, values);
  }
  return buffer;
}

/** Where an input lies in shared memory; undefined when it does not. */
function sharedPart({ parameters }: TensorJson, view: InputView): SharedPart | undefined {
  const region = parameters?.['shared_memory_region'];
  if (region === undefined) return undefined;
  const offset = parameters?.['shared_memory_offset'] ?? 0;
  const size = parameters?.['shared_memory_byte_size'];
  const wanted = bytesOf(view.datatype, view.shape);
  if (size !== wanted) throw invalidRequest(`input ${view.name} has shared_memory_byte_size ${String(size)}, its shape needs ${wanted}`);
  if (typeof region !== 'string' || !Number.isSafeInteger(offset) || (offset as number) < 0)
    throw invalidRequest(`input ${view.name} has no usable shared_memory_region and shared_memory_offset`);
  return { region, offset: offset as number, view };
}

/** Where each input lies: inputs follow one another, in binary behind the JSON in the order of the request. */
function layOut(inputs: { spec: TensorSpec; given: TensorJson }[], model: LoadedModel, tensorBytes: number) {
  let at = 0;
  const parts = inputs.map(({ spec, given }) => {
    const shape = shapeOf(given, spec, model);
    const view = { name: spec.name, datatype: spec.datatype, shape, byteOffset: at };
    at += bytesOf(spec.datatype, shape);
    return { given, view };
  });
  const shared = parts.map(({ given, view }) => sharedPart(given, view)).filter((part) => part !== undefined);
  if (shared.length > 0) {
    if (shared.length < parts.length || tensorBytes > 0) throw invalidRequest('either all inputs are in shared memory, or none');
    const aligned = alignViews(shared.map(({ view }) => view));
    return { views: aligned.views, inlineData: undefined, shared: shared.map((part, i) => ({ ...part, view: aligned.views[i]! })) };
  }
  const sizes = parts.map(({ given }) => given.parameters?.['binary_data_size']);
  if (sizes.every((size) => size === undefined)) {
    if (tensorBytes > 0) throw invalidRequest(`${tensorBytes} bytes follow the JSON but no input has binary_data_size`);
    // An element wider than a byte must begin where the runtime can read it.
    const aligned = alignViews(parts.map(({ view }) => view));
    const placed = parts.map(({ given }, index) => ({ given, view: aligned.views[index]! }));
    return { views: aligned.views, inlineData: inlineDataOf(placed, aligned.bytes), shared };
  }
  for (const [index, { view }] of parts.entries()) {
    const wanted = bytesOf(view.datatype, view.shape);
    if (sizes[index] === wanted) continue;
    throw invalidRequest(`input ${view.name} has binary_data_size ${String(sizes[index])}, its shape needs ${wanted}`);
  }
  if (tensorBytes !== at) throw invalidRequest(`${tensorBytes} bytes follow the JSON, binary_data_size is ${at}`);
  return { views: parts.map(({ view }) => view), inlineData: undefined, shared };
}

function wantedOutputs(json: RequestJson, model: LoadedModel): InferRequest['outputs'] {
  const whole = json.parameters?.['binary_data_output'] === true;
  const names = model.outputs.map(({ name }) => name);
  if (json.outputs === undefined) return names.map((name) => ({ name, binary: whole }));
  if (!Array.isArray(json.outputs)) throw invalidRequest('outputs is not a list');
  return (json.outputs as (TensorJson | null)[]).map((output) => {
    const name = names.find((known) => known === output?.name);
    if (name === undefined) throw invalidRequest(`unexpected output "${String(output?.name)}": the model gives ${names.join(', ')}`);
    const own = output?.parameters?.['binary_data'];
    return { name, binary: typeof own === 'boolean' ? own : whole };
  });
}

/**
 * Reads the JSON part of a request. `tensorBytes`: length of what follows it in the body.
 * @throws SessionError `INFERENCE_REQUEST_INVALID` (HTTP 400)
 */
export function parseInferRequest(text: string, model: LoadedModel, tensorBytes: number): InferRequest {
  const json = parseJson(text);
  const { views, inlineData, shared } = layOut(inputsOf(json, model), model, tensorBytes);
  const frames = model.joins ? views[0]!.shape[0]! : 1;
  const id = typeof json.id === 'string' ? json.id : undefined;
  return { id, frames, inputs: views, outputs: wantedOutputs(json, model), inlineData, shared };
}

const plainNumbers = ({ datatype, data }: RunOutput): (number | boolean)[] =>
  datatype === 'BOOL' ? Array.from(data, Boolean) : Array.from(data, Number);

/** Body of the answer to an inference request; `headerLength` is set when it holds binary data. */
export function inferAnswer(
  model: LoadedModel,
  request: InferRequest,
  result: RunResult,
): { body: Buffer; headerLength: number | undefined } {
  const tensors: Uint8Array[] = [];
  const outputs = request.outputs.map(({ name, binary }) => {
    const output = result.outputs.find((given) => given.name === name)!;
    const { datatype, shape, data } = output;
    if (!binary) return { name, datatype, shape, data: plainNumbers(output) };
    tensors.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return { name, datatype, shape, parameters: { binary_data_size: data.byteLength } };
  });
  const header = Buffer.from(
    JSON.stringify({
      model_name: model.facts.modelId,
      model_version: '1',
      ...(request.id === undefined ? {} : { id: request.id }),
      parameters: { queue_us: Math.round(result.queueMs * 1000), run_us: Math.round(result.runMs * 1000) },
      outputs,
    }),
  );
  if (tensors.length === 0) return { body: header, headerLength: undefined };
  return { body: Buffer.concat([header, ...tensors]), headerLength: header.length };
}

/** Answer to `GET /v2`. */
export const SERVER_METADATA = { name: 'safecity-inference', version: '0.1.0', extensions: ['binary_tensor_data', 'system_shared_memory'] };

/** Answer to `GET /v2/models/<name>`. */
export function modelMetadata({ facts, inputs, outputs }: LoadedModel): object {
  const shown = ({ name, datatype, shape }: TensorSpec) => ({ name, datatype, shape });
  return { name: facts.modelId, versions: ['1'], platform: 'onnxruntime_onnx', inputs: inputs.map(shown), outputs: outputs.map(shown) };
}
