import type { Engine, RunJob, RunResult } from './engine.js';
import type { HttpAnswer, HttpExchange, HttpHandler } from './http-connection.js';
import {
  HEADER_LENGTH,
  type InferRequest,
  inferAnswer,
  invalidRequest,
  modelMetadata,
  parseInferRequest,
  SERVER_METADATA,
} from './open-inference.js';
import { lengthHeader, type RequestHead } from './request-head.js';
import { SessionError } from './session-error.js';
import type { LoadedModel } from './session-messages.js';
import type { SharedRegions } from './shared-regions.js';
import { bytesOf, largestBytes } from './tensors.js';

const ROUTE = /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(ready|infer))?\/?$/;

const SHARED_ROUTE = /^\/v2\/systemsharedmemory(?:\/region\/([^/]{1,200}))?\/(status|register|unregister)$/;

/** JSON longer than this is refused; requests with binary tensors need about 300 bytes. */
const MAX_JSON_BYTES = 16 * 1024 * 1024;

function refuse(httpStatus: number, message: string): SessionError {
  return new SessionError('INFERENCE_REQUEST_INVALID', message, { httpStatus });
}

function jsonAnswer(status: number, value: object): HttpAnswer {
  return { status, headers: {}, body: Buffer.from(JSON.stringify(value)) };
}

/** Registers, lists or lets go of shared memory, as its path says. */
function sharedExchange({ path, contentLength }: RequestHead, regions: SharedRegions): HttpExchange | undefined {
  const [, name, action] = SHARED_ROUTE.exec(path) ?? [];
  if (action === undefined) return undefined;
  if (contentLength > MAX_JSON_BYTES) throw refuse(413, 'request body is too long');
  const body = new Uint8Array(contentLength);
  const complete = () => {
    if (action === 'status') return jsonAnswer(200, regions.status);
    if (action === 'register') regions.register(name ?? '', bodyOf(body));
    else if (name === undefined) regions.close();
    else regions.unregister(name);
    return jsonAnswer(200, {});
  };
  return { sinks: [body], complete, abandoned: () => undefined };
}

function bodyOf(body: Uint8Array): object {
  try {
    return Object(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch (cause) {
    throw invalidRequest('request is not a JSON object', cause);
  }
}

/** An exchange whose body, if any, is not looked at. */
function plainExchange({ contentLength }: RequestHead, answer: HttpAnswer): HttpExchange {
  if (contentLength > MAX_JSON_BYTES) throw refuse(413, 'request body is too long');
  return { sinks: [new Uint8Array(contentLength)], complete: () => answer, abandoned: () => undefined };
}

function modelOf(engine: Engine, name: string, version: string | undefined): LoadedModel {
  let modelId = name;
  try {
    modelId = decodeURIComponent(name);
  } catch {
    modelId = name;
  }
  const model = version === undefined || version === '1' ? engine.model(modelId) : undefined;
  if (model) return model;
  const ofVersion = version === undefined ? '' : ` version ${version.slice(0, 20)}`;
  throw refuse(404, `Request for unknown model: '${modelId.slice(0, 80)}'${ofVersion} is not found`);
}

/** How a body divides into JSON and tensors. */
function layoutOf({ headers, contentLength }: RequestHead, maxTensorBytes: number): { jsonBytes: number; tensorBytes: number } {
  const encoding = headers.get('content-encoding');
  if (encoding !== undefined && encoding !== 'identity')
    throw invalidRequest(`content-encoding ${encoding} is not supported: send the body as it is`);
  const jsonBytes = lengthHeader(headers, HEADER_LENGTH) ?? contentLength;
  if (jsonBytes > contentLength)
    throw invalidRequest(`Inference-Header-Content-Length ${jsonBytes} is more than Content-Length ${contentLength}`);
  if (jsonBytes > MAX_JSON_BYTES) throw refuse(413, `JSON of ${jsonBytes} bytes is too long`);
  const tensorBytes = contentLength - jsonBytes;
  if (tensorBytes > maxTensorBytes) throw refuse(413, `${tensorBytes} bytes of tensors are more than the model takes (${maxTensorBytes})`);
  return { jsonBytes, tensorBytes };
}

/** One inference request, from its head to its answer. Holds a place in the engine's queue all the while. */
class InferExchange implements HttpExchange {
  readonly sinks: Uint8Array[];
  readonly #engine: Engine;
  readonly #model: LoadedModel;
  readonly #regions: SharedRegions | undefined;
  readonly #json: Buffer;
  #tensors: ArrayBuffer | undefined;
  #cancel: (() => void) | undefined;
  #isInside = true;
  #isRunning = false;

  constructor(engine: Engine, model: LoadedModel, head: RequestHead, regions: SharedRegions | undefined) {
    const { jsonBytes, tensorBytes } = layoutOf(head, largestBytes(model.inputs));
    engine.admit(model.facts.modelId);
    this.#engine = engine;
    this.#model = model;
    this.#regions = regions;
    this.#json = Buffer.allocUnsafe(jsonBytes);
    this.#tensors = tensorBytes > 0 ? engine.buffers.acquire(tensorBytes) : undefined;
    this.sinks = this.#tensors ? [this.#json, new Uint8Array(this.#tensors)] : [this.#json];
  }

  async complete(): Promise<HttpAnswer> {
    if (!this.#isInside) throw refuse(400, 'the client is gone');
    try {
      const tensorBytes = this.#tensors?.byteLength ?? 0;
      const asked = parseInferRequest(this.#json.toString('utf8'), this.#model, tensorBytes);
      if (asked.shared.length > 0) this.#tensors = this.#fetched(asked);
      const data = this.#tensors ?? asked.inlineData!;
      this.#tensors = undefined;
      const result = await this.#run({ modelId: this.#model.facts.modelId, frames: asked.frames, inputs: asked.inputs, data });
      const { body, headerLength } = inferAnswer(this.#model, asked, result);
      if (headerLength === undefined) return { status: 200, headers: {}, body };
      return {
        status: 200,
        headers: { 'Content-Type': 'application/octet-stream', 'Inference-Header-Content-Length': headerLength },
        body,
      };
    } finally {
      this.#isRunning = false;
      this.#leave();
    }
  }

  abandoned(): void {
    this.#cancel?.();
    if (!this.#isRunning) this.#leave();
  }

  /** What lies in shared memory, in a buffer of our own: the client may write there again once it has its answer. */
  #fetched({ shared }: InferRequest): ArrayBuffer {
    const last = shared.at(-1)!.view;
    const data = this.#engine.buffers.acquire(last.byteOffset + bytesOf(last.datatype, last.shape));
    for (const { region, offset, view } of shared) {
      if (!this.#regions) throw invalidRequest('shared memory is for clients on this host, by the unix socket');
      this.#regions.read(region, offset, new Uint8Array(data, view.byteOffset, bytesOf(view.datatype, view.shape)));
    }
    return data;
  }

  #run(job: RunJob): Promise<RunResult> {
    this.#isRunning = true;
    return this.#engine.run(job, (cancel) => {
      this.#cancel = cancel;
    });
  }

  #leave(): void {
    if (!this.#isInside) return;
    this.#isInside = false;
    if (this.#tensors) this.#engine.buffers.release(this.#tensors);
    this.#tensors = undefined;
    this.#engine.leave(this.#model.facts.modelId);
  }
}

function serverAnswer(engine: Engine, path: string): HttpAnswer | undefined {
  if (path === '/v2/health/live') return jsonAnswer(200, { live: true });
  if (path === '/v2/health/ready') return jsonAnswer(engine.isClosing ? 400 : 200, { ready: !engine.isClosing });
  return path === '/v2' || path === '/v2/' ? jsonAnswer(200, SERVER_METADATA) : undefined;
}

/**
 * The Open Inference Protocol v2 over HTTP, with the binary tensor data extension, in front of an engine; with `regions`
 * also the system shared memory extension.
 */
export function inferenceHandler(engine: Engine, regions?: SharedRegions): HttpHandler {
  return (head) => {
    const shared = regions ? sharedExchange(head, regions) : undefined;
    if (shared) return shared;
    const answer = head.method === 'GET' ? serverAnswer(engine, head.path) : undefined;
    if (answer) return plainExchange(head, answer);
    const [, name, version, action] = ROUTE.exec(head.path) ?? [];
    if (name === undefined) throw refuse(404, `no such path: ${head.path.slice(0, 80)}`);
    const method = action === 'infer' ? 'POST' : 'GET';
    if (head.method !== method) throw refuse(405, `use ${method} here`);
    const model = modelOf(engine, name, version);
    if (action === 'infer') return new InferExchange(engine, model, head, regions);
    const isReady = !engine.isClosing;
    if (action === 'ready') return plainExchange(head, jsonAnswer(isReady ? 200 : 400, { name: model.facts.modelId, ready: isReady }));
    return plainExchange(head, jsonAnswer(200, modelMetadata(model)));
  };
}
