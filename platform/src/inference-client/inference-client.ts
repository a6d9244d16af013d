import { setMaxListeners } from 'node:events';
import { type InferenceEndpoint, SafecityError } from '@safecity/contracts';
import type { Logger } from 'pino';
import { EndpointPool, type ModelFacts, type PooledEndpoint, type Wanted } from './endpoint-pool.js';
import { ANNOUNCEMENT_TTL_MS, type EndpointBus, watchEndpoints } from './endpoint-watch.js';
import { HttpConnections, parseAddress } from './http-exchange.js';
import { HEADER_LENGTH, type InferenceResult, inferRequestStart, parseAnswer, READY_REQUEST, refusalText } from './open-inference.js';
import type { Answer } from './response-parser.js';

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

export interface InferenceClientOptions {
  /** Where endpoints announce themselves. */
  bus?: EndpointBus;
  /** Endpoints known beforehand (a Triton server, a node in the same process); probed after a failure. */
  endpoints?: InferenceEndpoint[];
  logger: Logger;
  /** Limit of one try, ms; a frame gets at most two. */
  timeoutMs?: number;
  /** How often a failed endpoint of `endpoints` is asked whether it is ready, ms. */
  probeMs?: number;
}

/** Runs frames on whatever serves the model. Owns its connections: `close()` it. */
export interface InferenceClient {
  /**
   * Runs one frame on the least busy endpoint that serves the model at this size; on failure or time-out once more on another.
   * @throws SafecityError with a code of `INFERENCE_CLIENT_ERRORS`
   */
  infer(request: InferenceRequest): Promise<InferenceResult>;
  /** Facts of a model that some endpoint serves, or undefined. */
  model(modelId: string): ModelFacts | undefined;
  /** Resolves once some endpoint serves the model. @throws SafecityError `PLATFORM_INFERENCE_NO_ENDPOINT` after `timeoutMs` */
  waitForModel(modelId: string, timeoutMs: number): Promise<ModelFacts>;
  close(): Promise<void>;
}

const FORGET_MS = 10 * 60_000;
const TRIES = 2;

function codeOf(error: unknown): string {
  return error instanceof SafecityError ? error.code : '';
}

/** What a failed try says about the endpoint. A full queue or a request it calls wrong is no fault of it. */
function outcomeOf(error: unknown): 'ok' | 'slow' | 'failed' {
  const code = codeOf(error);
  if (code === 'PLATFORM_INFERENCE_TIMEOUT') return 'slow';
  return code === 'PLATFORM_INFERENCE_FAILED' || code === 'PLATFORM_INFERENCE_BAD_ANSWER' ? 'failed' : 'ok';
}

function isWorthAnotherTry(error: unknown): boolean {
  return outcomeOf(error) !== 'ok' || codeOf(error) === 'PLATFORM_INFERENCE_OVERLOADED';
}

function throwRefusal({ status, body }: Answer): never {
  const text = `inference endpoint answered ${status}: ${refusalText(body)}`;
  if (status === 503 || status === 429) throw new SafecityError('PLATFORM_INFERENCE_OVERLOADED', text);
  if (status === 404 || status >= 500) throw new SafecityError('PLATFORM_INFERENCE_FAILED', text);
  throw new SafecityError('PLATFORM_INFERENCE_REFUSED', text);
}

class PooledInferenceClient implements InferenceClient {
  readonly #connections = new HttpConnections();
  readonly #pool = new EndpointPool({ ttlMs: ANNOUNCEMENT_TTL_MS, forgetMs: FORGET_MS, nowMs: () => performance.now() });
  readonly #timeoutMs: number;
  readonly #probing = new AbortController();
  readonly #inFlight = new Set<AbortController>();
  readonly #waiters = new Set<() => void>();
  readonly #watch: { stop(): Promise<void> } | undefined;
  readonly #prober: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: InferenceClientOptions) {
    this.#timeoutMs = options.timeoutMs ?? 1500;
    setMaxListeners(0, this.#probing.signal);
    for (const endpoint of options.endpoints ?? []) {
      parseAddress(endpoint.address);
      this.#pool.announce(endpoint, true);
    }
    if (options.endpoints?.length) this.#prober = setInterval(() => this.#probe(), options.probeMs ?? 2000).unref();
    const sink = {
      announce: (endpoint: InferenceEndpoint) => {
        this.#pool.announce(endpoint);
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
    const cancel = new AbortController();
    const onAbort = () => cancel.abort(this.#cancelReason(request.signal));
    request.signal?.addEventListener('abort', onAbort);
    this.#inFlight.add(cancel);
    try {
      return await this.#tryInTurn({ modelId, widthPx, heightPx }, frame, cancel.signal);
    } finally {
      request.signal?.removeEventListener('abort', onAbort);
      this.#inFlight.delete(cancel);
    }
  }

  model(modelId: string): ModelFacts | undefined {
    return this.#pool.variants(modelId)[0];
  }

  waitForModel(modelId: string, timeoutMs: number): Promise<ModelFacts> {
    return new Promise((resolve, reject) => {
      const finish = (act: () => void) => {
        clearTimeout(timer);
        this.#waiters.delete(look);
        act();
      };
      const look = () => {
        const facts = this.model(modelId);
        if (this.#isClosed) finish(() => reject(this.#cancelReason(undefined)));
        else if (facts) finish(() => resolve(facts));
      };
      const late = `no inference endpoint offered model "${modelId}" within ${timeoutMs} ms: is an inference node running with it?`;
      const timer = setTimeout(() => finish(() => reject(new SafecityError('PLATFORM_INFERENCE_NO_ENDPOINT', late))), timeoutMs);
      this.#waiters.add(look);
      look();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#prober);
    this.#probing.abort();
    for (const cancel of this.#inFlight) cancel.abort(this.#cancelReason(undefined));
    for (const waiter of this.#waiters) waiter();
    await this.#watch?.stop();
    this.#connections.close();
  }

  async #tryInTurn(wanted: Wanted, frame: Uint8Array, signal: AbortSignal): Promise<InferenceResult> {
    const tried = new Set<string>();
    let lastError: unknown;
    while (tried.size < TRIES) {
      const taken = this.#pool.acquire(wanted, tried);
      if (!taken) break;
      tried.add(taken.endpoint.endpointId);
      try {
        const result = await this.#run(taken, wanted, frame, signal);
        this.#pool.release(taken, 'ok');
        return result;
      } catch (error) {
        this.#pool.release(taken, outcomeOf(error));
        if (!isWorthAnotherTry(error)) throw error;
        lastError = error;
      }
    }
    throw lastError ?? this.#nothingFor(wanted);
  }

  async #run({ endpoint }: PooledEndpoint, wanted: Wanted, frame: Uint8Array, signal: AbortSignal): Promise<InferenceResult> {
    const startMs = performance.now();
    const answer = await this.#connections.exchange({
      address: endpoint.address,
      parts: [inferRequestStart(wanted), frame],
      timeoutMs: this.#timeoutMs,
      signal,
    });
    if (answer.status !== 200) throwRefusal(answer);
    const { boxes, queueMs = 0, runMs } = parseAnswer(answer.body, answer.headers.get(HEADER_LENGTH));
    return { boxes, endpointId: endpoint.endpointId, queueMs, runMs: runMs ?? performance.now() - startMs };
  }

  /** Asks failed endpoints of the configuration whether they are ready; announced ones come back by themselves. */
  #probe(): void {
    for (const endpoint of this.#pool.toProbe()) {
      const probe = { address: endpoint.address, parts: [READY_REQUEST], timeoutMs: this.#timeoutMs, signal: this.#probing.signal };
      this.#connections.exchange(probe).then(
        ({ status }) => void (status === 200 && this.#pool.announce(endpoint, true)),
        () => undefined,
      );
    }
  }

  #checkUsable(signal: AbortSignal | undefined): void {
    if (this.#isClosed || signal?.aborted) throw this.#cancelReason(signal);
  }

  #cancelReason(signal: AbortSignal | undefined): SafecityError {
    if (this.#isClosed) return new SafecityError('PLATFORM_INFERENCE_CLOSED', 'the inference client was closed');
    return new SafecityError('PLATFORM_INFERENCE_CANCELLED', 'the inference request was cancelled', { cause: signal?.reason });
  }

  #nothingFor({ modelId, widthPx, heightPx }: Wanted): SafecityError {
    const sizes = new Set(this.#pool.variants(modelId).map((facts) => `${facts.widthPx}x${facts.heightPx}`));
    if (sizes.size > 0 && !sizes.has(`${widthPx}x${heightPx}`)) {
      const text = `model "${modelId}" is served for ${[...sizes].join(', ')}, not for ${widthPx}x${heightPx}`;
      return new SafecityError('PLATFORM_INFERENCE_SIZE_MISMATCH', text);
    }
    const state = sizes.size > 0 ? 'answers now' : 'is known';
    return new SafecityError('PLATFORM_INFERENCE_NO_ENDPOINT', `no inference endpoint for model "${modelId}" ${state}`);
  }
}

/** Makes a client of Open Inference Protocol v2 endpoints: announced ones, given ones, or both. */
export function createInferenceClient(options: InferenceClientOptions): InferenceClient {
  return new PooledInferenceClient(options);
}
