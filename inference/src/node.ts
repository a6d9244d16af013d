import { randomBytes } from 'node:crypto';
import { availableParallelism, hostname } from 'node:os';
import { type InferenceEndpoint, SafecityError } from '@safecity/contracts';
import type { Logger } from '@safecity/platform';
import { type AddressPlan, type NodeListen, planAddresses } from './addresses.js';
import { Announcer, type EndpointRegistry } from './announcer.js';
import type { BatchLimits } from './batcher.js';
import { readModelDescription } from './model-description.js';
import { isDetector } from './model-interface.js';
import type { DescribedModel, Provider, RefusedModel, TensorFacts } from './session-messages.js';
import { SessionSlot, type SlotLimits } from './session-slot.js';

export interface InferenceNodeOptions {
  /** Prepared models, each `x.onnx` with its sidecar `x.json` beside it. */
  modelPaths: string[];
  logger: Logger;
  /** Session processes, one thread of arithmetic each. Default: one per core on CPU, one on a GPU. */
  sessions?: number | undefined;
  provider?: Provider;
  listen?: NodeListen;
  /** How requests are put together for one run. Default by provider: one by one on a CPU. */
  batching?: BatchLimits;
  /** Where endpoints are announced; without it they are only known through `endpoints()`. */
  registry?: EndpointRegistry;
  /** A run or a silence longer than this counts as hung, ms. Default 2000; slow models get ten times their warm-up run. */
  hungRunMs?: number;
  /** A session that is not ready after this long is replaced, ms. Default 120 000; with TensorRT, which builds its engine then, 900 000. */
  loadLimitMs?: number;
  /** Shares of models in a session's time while they compete, by model id; 1 for those not named. */
  shares?: Record<string, number>;
  /** Requests one session holds at most for each model; more are answered 503. Default 32. */
  maxRequests?: number;
}

/** A running node. Owns its session processes: `close()` it. */
export interface InferenceNode {
  /**
   * Resolves when every session serves or has failed for good, and at least one serves.
   * Rejects with `INFERENCE_NO_MODELS` or `INFERENCE_SESSION_FAILED`.
   */
  readonly ready: Promise<void>;
  /** Sessions in service now. */
  endpoints(): InferenceEndpoint[];
  /** Models that are not served, with the reason. */
  refused(): RefusedModel[];
  /** Process ids of the session processes, for supervision from outside. */
  pids(): number[];
  /** Lets present runs finish, ends every session process, takes announcements back. */
  close(): Promise<void>;
}

const ANNOUNCE_MS = 2000;
const BEAT_MS = 400;
/** Five beats. A session process that sleeps through them is replaced within 2 s of its last one. */
const SILENCE_MS = 1000;
const GIVE_UP_STARTS = 3;
const MODEL_CRASHES = 2;

function limitsFor(hungRunMs: number, loadLimitMs: number): SlotLimits {
  return {
    silenceMs: Math.min(SILENCE_MS, hungRunMs),
    starvedMs: hungRunMs,
    startMs: loadLimitMs,
    pauseMs: 250,
    maxPauseMs: 10_000,
    settledMs: 2000,
    stopMs: hungRunMs + 1000,
  };
}

class RunningNode implements InferenceNode {
  readonly ready: Promise<void>;
  readonly #options: InferenceNodeOptions;
  readonly #provider: Provider;
  readonly #hungRunMs: number;
  readonly #nodeId: string;
  readonly #plan: AddressPlan;
  readonly #slots: SessionSlot[] = [];
  readonly #announcer: Announcer | undefined;
  readonly #refused = new Map<string, RefusedModel>();
  readonly #crashes = new Map<string, number>();
  #closing: Promise<void> | undefined;
  #settleReady!: (error?: SafecityError) => void;
  #isSettled = false;

  constructor(options: InferenceNodeOptions) {
    this.#options = options;
    this.#provider = options.provider ?? 'cpu';
    this.#hungRunMs = options.hungRunMs ?? 2000;
    const tag = randomBytes(3).toString('hex');
    this.#nodeId = `${hostname()
      .replace(/[^A-Za-z0-9-]/g, '-')
      .slice(0, 40)}-${tag}`;
    this.#plan = planAddresses(options.listen ?? { kind: 'sockets' }, tag);
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = (error) => (error ? reject(error) : resolve());
    });
    this.ready.catch(() => undefined);
    const { registry, logger } = options;
    if (registry) this.#announcer = new Announcer({ registry, endpoints: () => this.endpoints(), logger, everyMs: ANNOUNCE_MS });
    // On a GPU the first session tells whether the provider works, which decides how many there are.
    this.#startSlots(this.#provider === 'cpu' || options.sessions !== undefined ? (options.sessions ?? availableParallelism()) : 1);
  }

  endpoints(): InferenceEndpoint[] {
    return this.#slots.flatMap((slot, index) => {
      if (!slot.service || slot.service.models.length === 0) return [];
      const { provider, models } = slot.service;
      const tensorModels = models.filter((facts) => !isDetector(facts)) as TensorFacts[];
      return [
        {
          endpointId: slot.name,
          address: this.#plan.address(index),
          provider,
          models: models.filter(isDetector),
          ...(tensorModels.length > 0 ? { tensorModels } : {}),
          queueDepth: slot.queueDepth,
          atMs: Date.now(),
        },
      ];
    });
  }

  refused(): RefusedModel[] {
    return [...this.#refused.values()];
  }

  pids(): number[] {
    return this.#slots.flatMap((slot) => slot.pid ?? []);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#settle(new SafecityError('INFERENCE_STOPPING', 'the inference node was closed'));
    await this.#announcer?.close();
    await Promise.all(this.#slots.map((slot) => slot.stop()));
    this.#plan.remove();
  }

  #startSlots(count: number): void {
    while (this.#slots.length < count) {
      const index = this.#slots.length;
      const slot = new SessionSlot({
        name: `${this.#nodeId}_${index}`,
        config: () => ({
          listen: this.#plan.listen(index),
          models: this.#describedModels(),
          provider: this.#provider,
          batching: this.#options.batching,
          maxRequests: this.#options.maxRequests ?? 32,
          shares: this.#options.shares ?? {},
          hungRunMs: this.#hungRunMs,
          beatMs: BEAT_MS,
        }),
        limits: limitsFor(this.#hungRunMs, this.#options.loadLimitMs ?? (this.#provider === 'tensorrt' ? 900_000 : 120_000)),
        logger: this.#options.logger,
        onReady: (ready) => this.#slotReady(ready),
        onDown: (down) => this.#slotDown(down),
        onModelFatal: (modelPath) => this.#modelFatal(modelPath),
      });
      this.#slots.push(slot);
      slot.start();
    }
  }

  /** The models of the next start; their descriptions are read each time, so that a mended one comes into use. */
  #describedModels(): DescribedModel[] {
    const paths = this.#options.modelPaths.filter((path) => this.#refused.get(path)?.code !== 'INFERENCE_MODEL_CRASHED');
    return paths.flatMap((modelPath) => {
      try {
        return [{ modelPath, facts: readModelDescription(modelPath) }];
      } catch (error) {
        this.#refuse({ modelPath, code: (error as SafecityError).code, message: (error as Error).message });
        return [];
      }
    });
  }

  #slotReady(slot: SessionSlot): void {
    const { provider, providerProblem, refused, models } = slot.service!;
    for (const refusal of refused) this.#refuse(refusal);
    if (providerProblem !== undefined) {
      const text = `provider ${this.#provider} cannot be used, running on the CPU: ${providerProblem}`;
      this.#options.logger.warn({ code: 'INFERENCE_PROVIDER_UNAVAILABLE', session: slot.name }, text);
    }
    this.#options.logger.info({ session: slot.name, provider, models: models.map(({ modelId }) => modelId) }, 'session ready');
    if (provider === 'cpu' && this.#options.sessions === undefined && !this.#closing) this.#startSlots(availableParallelism());
    this.#announcer?.announce();
    this.#checkReady();
  }

  #slotDown(slot: SessionSlot): void {
    void this.#announcer?.withdraw(slot.name);
    this.#checkReady();
  }

  #modelFatal(modelPath: string): void {
    const crashes = (this.#crashes.get(modelPath) ?? 0) + 1;
    this.#crashes.set(modelPath, crashes);
    if (crashes < MODEL_CRASHES) return;
    this.#refuse({
      modelPath,
      code: 'INFERENCE_MODEL_CRASHED',
      message: `${modelPath} ended or hung its session process ${crashes} times while it was loaded: left out`,
    });
  }

  #refuse(refusal: RefusedModel): void {
    if (this.#refused.get(refusal.modelPath)?.message === refusal.message) return;
    this.#refused.set(refusal.modelPath, refusal);
    this.#options.logger.error({ code: refusal.code, model: refusal.modelPath }, refusal.message);
  }

  #checkReady(): void {
    const isDecided = (slot: SessionSlot) => slot.service !== undefined || slot.failures >= GIVE_UP_STARTS;
    if (!this.#slots.every(isDecided)) return;
    if (this.endpoints().length > 0) this.#settle();
    else if (this.#slots.some((slot) => slot.service)) {
      const why = this.refused().map(({ message }) => message);
      this.#settle(new SafecityError('INFERENCE_NO_MODELS', `no model can be served: ${why.join('; ') || 'none was given'}`));
    } else this.#settle(new SafecityError('INFERENCE_SESSION_FAILED', 'no session process could start; the log says why for each'));
  }

  #settle(error?: SafecityError): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#settleReady(error);
  }
}

/** Starts a node: forks its session processes and keeps them running until `close()`. */
export function startInferenceNode(options: InferenceNodeOptions): InferenceNode {
  return new RunningNode(options);
}
