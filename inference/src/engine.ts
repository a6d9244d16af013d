import { Worker } from 'node:worker_threads';
import { Batcher, type BatchLimits } from './batcher.js';
import { BufferPool } from './buffer-pool.js';
import { systemClock } from './clock.js';
import { SessionError } from './session-error.js';
import type { LoadedModel, Provider, RunThreadConfig, RunThreadReport, RunThreadRequest } from './session-messages.js';

/** Boxes of one request, with its times. */
export interface RunResult {
  /** `Float32Array [frames, K, 6]`. */
  boxes: Float32Array;
  /** From acceptance to the start of the run, ms. */
  queueMs: number;
  /** The run, the whole batch, ms. */
  runMs: number;
}

/** A request in the engine. */
export interface RunJob {
  modelId: string;
  frames: number;
  /** uint8 `[frames, H, W, 3]`; the engine takes it over. */
  images: ArrayBuffer;
}

interface PendingJob extends RunJob {
  acceptedAtMs: number;
  startedAtMs: number;
  settle(outcome: RunResult | SessionError): void;
}

export interface EngineOptions extends RunThreadConfig {
  maxRequests: number;
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
 * The models of one session process and the thread that runs them. Requests are admitted up to a bound, wait in order of
 * arrival and run one batch at a time.
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
  #admitted = 0;
  #framesDone = 0;
  #closing = false;
  #idle: (() => void) | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.buffers = new BufferPool(options.maxRequests);
    this.#batcher = new Batcher(BATCHING.cpu, systemClock, (batch) => this.#start(batch));
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
    return this.#admitted;
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
  admit(): void {
    if (this.#closing) throw new SessionError('INFERENCE_STOPPING', 'server is stopping', { httpStatus: 503 });
    if (this.#admitted >= this.#options.maxRequests) {
      throw new SessionError('INFERENCE_QUEUE_FULL', `queue is full: ${this.#admitted} requests are held`, { httpStatus: 503 });
    }
    this.#admitted += 1;
  }

  leave(): void {
    this.#admitted -= 1;
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
        this.buffers.release(pending.images);
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
    const images = batch.map((job) => job.images);
    this.#send({ type: 'run', modelId: batch[0]!.modelId, images, frames: batch.map((job) => job.frames) }, images);
  }

  #take(report: RunThreadReport, resolveReady: (ready: EngineReady) => void): void {
    if (report.type === 'loading') this.#options.onLoading(report.modelPath);
    else if (report.type === 'ready') this.#becomeReady(report, resolveReady);
    else this.#finish(report);
  }

  #becomeReady(report: EngineReady, resolveReady: (ready: EngineReady) => void): void {
    this.#models = new Map(report.models.map((model) => [model.facts.modelId, model]));
    this.#warmRunMs = report.slowestRunMs;
    this.#batcher = new Batcher(this.#options.batching ?? BATCHING[report.provider], systemClock, (batch) => this.#start(batch));
    resolveReady(report);
  }

  #finish(report: Extract<RunThreadReport, { type: 'done' | 'failed' }>): void {
    const batch = this.#running;
    this.#running = [];
    for (const buffer of report.images) this.buffers.release(buffer);
    batch.forEach((job, index) => {
      if (report.type === 'failed') {
        job.settle(new SessionError('INFERENCE_RUN_FAILED', `run failed: ${report.message}`));
        return;
      }
      this.#framesDone += job.frames;
      job.settle({ boxes: report.boxes[index]!, queueMs: job.startedAtMs - job.acceptedAtMs, runMs: report.runMs });
    });
    this.#idle?.();
    this.#batcher.finished();
  }
}
