import { type InferenceEndpoint, SafecityError, type TensorModel } from '@safecity/contracts';
import type { Logger } from 'pino';
import { EndpointPool, type ModelFacts, type Outcome, type PooledEndpoint, type Wanted } from './endpoint-pool.js';
import { ANNOUNCEMENT_TTL_MS, type EndpointBus, watchEndpoints } from './endpoint-watch.js';
import { Cancellation, HttpConnections, parseAddress } from './http-exchange.js';
import {
  HEADER_LENGTH,
  type InferenceResult,
  inferRequestStart,
  jsonRequest,
  parseAnswer,
  READY_REQUEST,
  type RunTimes,
  refusalText,
} from './open-inference.js';
import type { Answer } from './response-parser.js';
import { SharedFrames } from './shared-frames.js';
import { type NamedTensor, parseTensorAnswer, tensorRequestParts } from './tensor-exchange.js';

/** One frame to run. */
export interface InferenceRequest {
  modelId: string;
  /** Packed RGB `[heightPx, widthPx, 3]`. Not copied: leave it unchanged until the promise settles. */
  frame: Uint8Array;
  /** The model's input size in pixels. */
  widthPx: number;
  heightPx: number;
  signal?: AbortSignal;
}

/** One run of a model with tensors of its own. */
export interface TensorRequest {
  modelId: string;
  /** Every input of the model, within the shapes of its description. Not copied: leave them unchanged until the promise settles. */
  inputs: readonly NamedTensor[];
  signal?: AbortSignal;
}

/** What such a run gave. */
export interface TensorResult {
  /** Every output of the model. */
  outputs: NamedTensor[];
  endpointId: string;
  /** As in {@link InferenceResult}. */
  queueMs: number;
  runMs: number;
}

export interface InferenceClientOptions {
  /** Where endpoints announce themselves. */
  bus?: EndpointBus;
  /** Endpoints known beforehand (a Triton server, a node in the same process); probed after a failure. */
  endpoints?: InferenceEndpoint[];
  logger: Logger;
  /** Limit of one try, ms; a frame gets at most two. */
  timeoutMs?: number;
  /** How often a slow or failed endpoint of `endpoints` is asked whether it is ready, ms; announced ones at each announcement. */
  probeMs?: number;
}

/** Runs frames on whatever serves the model. Owns its connections: `close()` it. */
export interface InferenceClient {
  /**
   * Runs one frame on the least busy endpoint that serves the model at this size; on failure or time-out once more on another.
   * @throws SafecityError with a code of `INFERENCE_CLIENT_ERRORS`
   */
  infer(request: InferenceRequest): Promise<InferenceResult>;
  /**
   * Runs a model with tensors of its own, with the same choice of endpoint and second try as `infer`.
   * @throws SafecityError with a code of `INFERENCE_CLIENT_ERRORS`
   */
  inferTensors(request: TensorRequest): Promise<TensorResult>;
  /** Facts of a detector that some endpoint serves, or undefined. */
  model(modelId: string): ModelFacts | undefined;
  /** Resolves once some endpoint serves the model. @throws SafecityError `PLATFORM_INFERENCE_NO_ENDPOINT` after `timeoutMs` */
  waitForModel(modelId: string, timeoutMs: number): Promise<ModelFacts>;
  /** Inputs and outputs of a model with tensors of its own that some endpoint serves, or undefined. */
  tensorModel(modelId: string): TensorModel | undefined;
  /** The same as `waitForModel` for such a model. @throws SafecityError `PLATFORM_INFERENCE_NO_ENDPOINT` after `timeoutMs` */
  waitForTensorModel(modelId: string, timeoutMs: number): Promise<TensorModel>;
  close(): Promise<void>;
}

/** A run in wire form: what must serve it, what is sent, how the answer is read. */
interface Task<T> {
  wanted: Wanted;
  parts: Uint8Array[];
  /** The frame, which goes by shared memory where the endpoint is on this host. */
  frame?: Uint8Array;
  read(body: Buffer, headerLength: string | undefined): T & RunTimes;
}

type Done<T> = T & { endpointId: string; queueMs: number; runMs: number };

const FORGET_MS = 10 * 60_000;
const TRIES = 2;

function codeOf(error: unknown): string {
  return error instanceof SafecityError ? error.code : '';
}

/** Codes that tell something about the endpoint, or about the model on it. A full queue or a refused request does not. */
const OUTCOMES: Record<string, Outcome> = {
  PLATFORM_INFERENCE_TIMEOUT: 'slow',
  PLATFORM_INFERENCE_FAILED: 'failed',
  PLATFORM_INFERENCE_BAD_ANSWER: 'model-unusable',
  PLATFORM_INFERENCE_MODEL_FAILED: 'model-failed',
  PLATFORM_INFERENCE_MODEL_GONE: 'model-unusable',
};

const outcomeOf = (error: unknown): Outcome => OUTCOMES[codeOf(error)] ?? 'ok';

function isWorthAnotherTry(error: unknown): boolean {
  return outcomeOf(error) !== 'ok' || codeOf(error) === 'PLATFORM_INFERENCE_OVERLOADED';
}

function throwRefusal({ status, body }: Answer): never {
  const text = `inference endpoint answered ${status}: ${refusalText(body)}`;
  if (status === 503 || status === 429) throw new SafecityError('PLATFORM_INFERENCE_OVERLOADED', text);
  if (status === 404) throw new SafecityError('PLATFORM_INFERENCE_MODEL_GONE', text);
  if (status >= 500) throw new SafecityError('PLATFORM_INFERENCE_MODEL_FAILED', text);
  throw new SafecityError('PLATFORM_INFERENCE_REFUSED', text);
}

class PooledInferenceClient implements InferenceClient {
  readonly #connections = new HttpConnections();
  readonly #pool = new EndpointPool({ ttlMs: ANNOUNCEMENT_TTL_MS, forgetMs: FORGET_MS, nowMs: () => performance.now() });
  readonly #shared = new SharedFrames((address, path, body) =>
    this.#connections.exchange({ address, parts: [jsonRequest(path, body)], timeoutMs: this.#timeoutMs, cancellation: new Cancellation() }),
  );
  readonly #timeoutMs: number;
  readonly #probed = new Set<string>();
  readonly #inFlight = new Set<Cancellation>();
  readonly #waiters = new Set<() => void>();
  readonly #watch: { stop(): Promise<void> } | undefined;
  readonly #prober: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: InferenceClientOptions) {
    this.#timeoutMs = options.timeoutMs ?? 1500;
    for (const endpoint of options.endpoints ?? []) {
      parseAddress(endpoint.address);
      this.#pool.announce(endpoint, true);
    }
    if (options.endpoints?.length) this.#prober = setInterval(() => this.#probeLasting(), options.probeMs ?? 2000).unref();
    const sink = {
      announce: (endpoint: InferenceEndpoint) => {
        if (this.#pool.announce(endpoint)) this.#probe(endpoint);
        for (const waiter of this.#waiters) waiter();
      },
      withdraw: (endpointId: string) => this.#pool.withdraw(endpointId),
    };
    if (options.bus) this.#watch = watchEndpoints(options.bus, sink, options.logger);
  }

  async infer(request: InferenceRequest): Promise<InferenceResult> {
    const { modelId, widthPx, heightPx, frame } = request;
    this.#checkUsable(request.signal);
    if (frame.byteLength !== widthPx * heightPx * 3) {
      const text = `frame has ${frame.byteLength} bytes, ${widthPx}x${heightPx} RGB needs ${widthPx * heightPx * 3}`;
      throw new SafecityError('PLATFORM_INFERENCE_FRAME_SIZE', text);
    }
    const wanted = { modelId, widthPx, heightPx };
    return this.#perform({ wanted, parts: [inferRequestStart(wanted), frame], frame, read: parseAnswer }, request.signal);
  }

  async inferTensors({ modelId, inputs, signal }: TensorRequest): Promise<TensorResult> {
    this.#checkUsable(signal);
    return this.#perform({ wanted: { modelId }, parts: tensorRequestParts(modelId, inputs), read: parseTensorAnswer }, signal);
  }

  model(modelId: string): ModelFacts | undefined {
    return this.#pool.variants(modelId)[0];
  }

  tensorModel(modelId: string): TensorModel | undefined {
    return this.#pool.tensorModel(modelId);
  }

  waitForModel(modelId: string, timeoutMs: number): Promise<ModelFacts> {
    return this.#waitFor(modelId, () => this.model(modelId), timeoutMs);
  }

  waitForTensorModel(modelId: string, timeoutMs: number): Promise<TensorModel> {
    return this.#waitFor(modelId, () => this.tensorModel(modelId), timeoutMs);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#prober);
    for (const cancellation of this.#inFlight) cancellation.cancel(this.#cancelReason(undefined));
    for (const waiter of this.#waiters) waiter();
    await this.#watch?.stop();
    this.#connections.close();
    this.#shared.close();
  }

  #waitFor<T>(modelId: string, find: () => T | undefined, timeoutMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const finish = (act: () => void) => {
        clearTimeout(timer);
        this.#waiters.delete(look);
        act();
      };
      const look = () => {
        const facts = find();
        if (this.#isClosed) finish(() => reject(this.#cancelReason(undefined)));
        else if (facts) finish(() => resolve(facts));
      };
      const late = `no inference endpoint offered model "${modelId}" within ${timeoutMs} ms: is an inference node running with it?`;
      const timer = setTimeout(() => finish(() => reject(new SafecityError('PLATFORM_INFERENCE_NO_ENDPOINT', late))), timeoutMs);
      this.#waiters.add(look);
      look();
    });
  }

  async #perform<T>(task: Task<T>, asked: AbortSignal | undefined): Promise<Done<T>> {
    const cancellation = new Cancellation();
    const onAbort = () => cancellation.cancel(this.#cancelReason(asked));
    asked?.addEventListener('abort', onAbort);
    this.#inFlight.add(cancellation);
    try {
      return await this.#tryInTurn(task, cancellation);
    } finally {
      asked?.removeEventListener('abort', onAbort);
      this.#inFlight.delete(cancellation);
    }
  }

  async #tryInTurn<T>(task: Task<T>, cancellation: Cancellation): Promise<Done<T>> {
    const { wanted } = task;
    const tried = new Set<string>();
    let lastError: unknown;
    while (tried.size < TRIES) {
      const taken = this.#pool.acquire(wanted, tried);
      if (!taken) break;
      tried.add(taken.endpoint.endpointId);
      try {
        const result = await this.#run(taken, task, cancellation);
        this.#pool.release(taken, wanted.modelId, 'ok');
        return result;
      } catch (error) {
        this.#pool.release(taken, wanted.modelId, outcomeOf(error), (error as Error).message);
        if (!isWorthAnotherTry(error)) throw error;
        lastError = error;
      }
    }
    throw lastError ?? this.#nothingFor(wanted);
  }

  async #run<T>({ endpoint }: PooledEndpoint, task: Task<T>, cancellation: Cancellation): Promise<Done<T>> {
    const startMs = performance.now();
    const { read } = task;
    const answer =
      (await this.#exchangeShared(endpoint.address, task, cancellation)) ??
      (await this.#exchange(endpoint.address, task.parts, cancellation));
    if (answer.status !== 200) throwRefusal(answer);
    const result = read(answer.body, answer.headers.get(HEADER_LENGTH));
    const { queueMs = 0, runMs = performance.now() - startMs } = result;
    return { ...result, endpointId: endpoint.endpointId, queueMs, runMs };
  }

  #exchange(address: string, parts: Uint8Array[], cancellation: Cancellation): Promise<Answer> {
    return this.#connections.exchange({ address, parts, timeoutMs: this.#timeoutMs, cancellation });
  }

  /** The answer to a frame by shared memory; undefined when it must go through the socket. */
  async #exchangeShared<T>(address: string, { wanted, frame }: Task<T>, cancellation: Cancellation): Promise<Answer | undefined> {
    const placed = frame && 'widthPx' in wanted ? await this.#shared.place(address, frame) : undefined;
    if (!placed || !('widthPx' in wanted)) return undefined;
    try {
      const answer = await this.#exchange(address, [inferRequestStart(wanted, placed)], cancellation);
      if (answer.status !== 400) return answer;
      this.#shared.forget(address);
      return undefined;
    } finally {
      placed.release();
    }
  }

  /** Endpoints of the configuration announce nothing: they are asked from time to time. */
  #probeLasting(): void {
    for (const endpoint of this.#pool.toProbe()) this.#probe(endpoint);
  }

  /** Asks a slow or failed endpoint whether it is ready, and uses it again when it says so. */
  #probe({ endpointId, address }: InferenceEndpoint): void {
    if (this.#probed.has(endpointId)) return;
    this.#probed.add(endpointId);
    const probe = { address, parts: [READY_REQUEST], timeoutMs: this.#timeoutMs, cancellation: new Cancellation() };
    this.#connections
      .exchange(probe)
      .then(
        ({ status }) => void (status === 200 && this.#pool.trust(endpointId)),
        () => undefined,
      )
      .finally(() => this.#probed.delete(endpointId));
  }

  #checkUsable(signal: AbortSignal | undefined): void {
    if (this.#isClosed || signal?.aborted) throw this.#cancelReason(signal);
  }

  #cancelReason(signal: AbortSignal | undefined): SafecityError {
    if (this.#isClosed) return new SafecityError('PLATFORM_INFERENCE_CLOSED', 'the inference client was closed');
    return new SafecityError('PLATFORM_INFERENCE_CANCELLED', 'the inference request was cancelled', { cause: signal?.reason });
  }

  #nothingFor(wanted: Wanted): SafecityError {
    const { modelId } = wanted;
    const reason = this.#pool.whyPaused(modelId);
    if (reason !== undefined) {
      const text = `model "${modelId}" pauses after failures in a row wherever it is served; the last: ${reason}`;
      return new SafecityError('PLATFORM_INFERENCE_MODEL_FAILED', text);
    }
    const sizes = new Set(this.#pool.variants(modelId).map((facts) => `${facts.widthPx}x${facts.heightPx}`));
    const size = 'widthPx' in wanted ? `${wanted.widthPx}x${wanted.heightPx}` : 'tensors of its own';
    if (sizes.size > 0 && !sizes.has(size)) {
      const text = `model "${modelId}" is served for ${[...sizes].join(', ')}, not for ${size}`;
      return new SafecityError('PLATFORM_INFERENCE_SIZE_MISMATCH', text);
    }
    const isKnown = sizes.size > 0 || this.#pool.tensorModel(modelId) !== undefined;
    const text = `no inference endpoint for model "${modelId}" ${isKnown ? 'answers now' : 'is known'}`;
    return new SafecityError('PLATFORM_INFERENCE_NO_ENDPOINT', text);
  }
}

/** Makes a client of Open Inference Protocol v2 endpoints: announced ones, given ones, or both. */
export function createInferenceClient(options: InferenceClientOptions): InferenceClient {
  return new PooledInferenceClient(options);
}
