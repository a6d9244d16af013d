import { Worker } from 'node:worker_threads';
import { Batcher, type BatchLimits } from './batcher.js';
import { BufferPool } from './buffer-pool.js';
import { systemClock } from './clock.js';
import { SessionError } from './session-error.js';
import type { LoadedModel, Provider, RunInput, RunThreadConfig, RunThreadReport, RunThreadRequest } from './session-messages.js';
import type { RunOutput } from './tensors.js';

/** Outputs of one request, with its times. */
export interface RunResult {
  outputs: RunOutput[];
  /** From acceptance to the start of the run, ms. */
  queueMs: number;
  /** The run, the whole batch, ms. */
  runMs: number;
}

/** A request in the engine, which takes its data over. */
export interface RunJob extends RunInput {
  modelId: string;
  /** Pictures in it; 1 for models whose requests are not joined. */
  frames: number;
}

interface PendingJob extends RunJob {
  acceptedAtMs: number;
  startedAtMs: number;
  settle(outcome: RunResult | SessionError): void;
}

export interface EngineOptions extends RunThreadConfig {
  /** Requests of one model held at most: a flood for one model takes no other's places. */
  maxRequests: number;
  shares: Record<string, number>;
  hungRunMs: number;
  batching?: BatchLimits | undefined;
  onLoading: (modelPath: string) => void;
  /** The thread died although nobody asked it to. */
  onDeath: (cause: unknown) => void;
}

export type EngineReady = Extract<RunThreadReport, { type: 'ready' }>;

/** Batching per provider: CPUs gain nothing from it, GPUs need it; their values wait for a measurement on one. */
const BATCHING: Record<Provider, BatchLimits> = {
  cpu: { maxFrames: 1, maxWaitMs: 0 },
  cuda: { maxFrames: 8, maxWaitMs: 3 },
  tensorrt: { maxFrames: 8, maxWaitMs: 3 },
};

/** A run this many times longer than the warm-up run counts as hung, however slow the model is. */
const HUNG_RUN_FACTOR = 10;

/**
 * The models of one session process and the thread that runs them. Requests are admitted up to a bound for each model,
 * wait in order of arrival, and run one batch at a time; models share the time (see {@link Batcher}).
 */
export class Engine {
  readonly buffers: BufferPool;
  /** Resolves when every model is loaded and warm, or refused. */
  readonly ready: Promise<EngineReady>;
  #models = new Map<string, LoadedModel>();
  readonly #options: EngineOptions;
  readonly #thread: Worker;
  #batcher: Batcher<PendingJob>;
  #running: PendingJob[] = [];
  #runStartedAtMs = 0;
  #warmRunMs = 0;
  readonly #admitted = new Map<string, number>();
  #framesDone = 0;
  #closing = false;
  #idle: (() => void) | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.buffers = new BufferPool(options.maxRequests);
    this.#batcher = this.#aBatcher(BATCHING.cpu);
    const workerData: RunThreadConfig = { models: options.models, provider: options.provider };
    this.#thread = new Worker(new URL('./run-thread.js', import.meta.url), { workerData });
    this.ready = new Promise((resolve) => this.#thread.on('message', (report: RunThreadReport) => this.#take(report, resolve)));
    this.#thread.on('error', (cause) => options.onDeath(cause));
    this.#thread.on('exit', (code) => void (this.#closing || options.onDeath(new Error(`run thread ended with code ${code}`))));
  }

  model(modelId: string): LoadedModel | undefined {
    return this.#models.get(modelId);
  }

  get models(): LoadedModel[] {
    return [...this.#models.values()];
  }

  get isClosing(): boolean {
    return this.#closing;
  }

  /** Requests being received, waiting or running. */
  get queueDepth(): number {
    let depth = 0;
    for (const held of this.#admitted.values()) depth += held;
    return depth;
  }

  /** What the node watches: how long the present run takes, and how long it may. */
  get progress(): { runningForMs: number; runLimitMs: number; framesDone: number } {
    const frames = this.#running.reduce((sum, job) => sum + job.frames, 0);
    return {
      runningForMs: frames > 0 ? performance.now() - this.#runStartedAtMs : 0,
      runLimitMs: Math.max(this.#options.hungRunMs, HUNG_RUN_FACTOR * this.#warmRunMs * Math.max(1, frames)),
      framesDone: this.#framesDone,
    };
  }

  /**
   * Reserves a place for a request before its body is read. Every place must be given back with `leave`.
   * @throws SessionError `INFERENCE_QUEUE_FULL`, `INFERENCE_STOPPING`
   */
  admit(modelId: string): void {
    if (this.#closing) throw new SessionError('INFERENCE_STOPPING', 'server is stopping', { httpStatus: 503 });
    const held = this.#admitted.get(modelId) ?? 0;
    if (held >= this.#options.maxRequests) {
      throw new SessionError('INFERENCE_QUEUE_FULL', `queue is full: ${held} requests are held`, { httpStatus: 503 });
    }
    this.#admitted.set(modelId, held + 1);
  }

  leave(modelId: string): void {
    this.#admitted.set(modelId, this.#admitted.get(modelId)! - 1);
  }

  /**
   * Runs a request in its turn. `onCancel` gets a function that withdraws it while it still waits.
   * @throws SessionError `INFERENCE_RUN_FAILED`, `INFERENCE_STOPPING`
   */
  run(job: RunJob, onCancel: (cancel: () => void) => void): Promise<RunResult> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: RunResult | SessionError) => (outcome instanceof SessionError ? reject(outcome) : resolve(outcome));
      const pending: PendingJob = { ...job, acceptedAtMs: performance.now(), startedAtMs: 0, settle };
      onCancel(() => {
        if (!this.#batcher.remove(pending)) return;
        this.buffers.release(pending.data);
        settle(new SessionError('INFERENCE_STOPPING', 'request was withdrawn'));
      });
      this.#batcher.add(pending);
    });
  }

  /** Refuses what waits, lets the present run finish, releases the models and ends the thread. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const job of this.#batcher.drain()) job.settle(new SessionError('INFERENCE_STOPPING', 'server is stopping', { httpStatus: 503 }));
    await this.ready;
    if (this.#running.length > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    const ended = new Promise<void>((resolve) => this.#thread.once('exit', () => resolve()));
    this.#send({ type: 'close' });
    await ended;
  }

  #send(request: RunThreadRequest, transfer: ArrayBuffer[] = []): void {
    this.#thread.postMessage(request, transfer);
  }

  #start(batch: PendingJob[]): void {
    this.#running = batch;
    this.#runStartedAtMs = performance.now();
    for (const job of batch) job.startedAtMs = this.#runStartedAtMs;
    const requests = batch.map(({ data, inputs }) => ({ data, inputs }));
    this.#send(
      { type: 'run', modelId: batch[0]!.modelId, requests },
      requests.map(({ data }) => data),
    );
  }

  #take(report: RunThreadReport, resolveReady: (ready: EngineReady) => void): void {
    if (report.type === 'loading') this.#options.onLoading(report.modelPath);
    else if (report.type === 'ready') this.#becomeReady(report, resolveReady);
    else this.#finish(report);
  }

  #becomeReady(report: EngineReady, resolveReady: (ready: EngineReady) => void): void {
    this.#models = new Map(report.models.map((model) => [model.facts.modelId, model]));
    this.#warmRunMs = report.slowestRunMs;
    this.#batcher = this.#aBatcher(this.#options.batching ?? BATCHING[report.provider]);
    resolveReady(report);
  }

  #aBatcher(limits: BatchLimits): Batcher<PendingJob> {
    return new Batcher({
      limits,
      clock: systemClock,
      dispatch: (batch) => this.#start(batch),
      shareOf: (modelId) => this.#options.shares[modelId] ?? 1,
      joins: (modelId) => this.#models.get(modelId)?.joins ?? false,
    });
  }

  #finish(report: Extract<RunThreadReport, { type: 'done' }>): void {
    const batch = this.#running;
    this.#running = [];
    for (const buffer of report.data) this.buffers.release(buffer);
    batch.forEach((job, index) => {
      const outcome = report.outcomes[index]!;
      if ('failure' in outcome) {
        job.settle(new SessionError('INFERENCE_RUN_FAILED', `model ${job.modelId} cannot run this request: ${outcome.failure}`));
        return;
      }
      this.#framesDone += job.frames;
      job.settle({ outputs: outcome.outputs, queueMs: job.startedAtMs - job.acceptedAtMs, runMs: report.runMs });
    });
    this.#idle?.();
    this.#batcher.finished(report.runMs);
  }
}
