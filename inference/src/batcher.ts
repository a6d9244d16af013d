import type { Clock } from './clock.js';

/** One request: `frames` pictures for one model. */
export interface BatchJob {
  readonly modelId: string;
  readonly frames: number;
}

/** How requests are put together for one run. */
export interface BatchLimits {
  /** Frames in one run at most; a single larger request still runs, alone. */
  maxFrames: number;
  /** How long the oldest request waits for company, ms. 0: never. */
  maxWaitMs: number;
}

/**
 * Hands requests to a device that runs one batch at a time. The oldest request decides which model is next; requests for
 * the same model join it in order of arrival up to `maxFrames`. While the device is busy requests collect by themselves,
 * so `maxWaitMs` matters only when it is idle.
 */
export class Batcher<J extends BatchJob> {
  readonly #limits: BatchLimits;
  readonly #clock: Clock;
  readonly #dispatch: (batch: J[]) => void;
  #waiting: { job: J; sinceMs: number }[] = [];
  #busy = false;
  #callOff: (() => void) | undefined;

  constructor(limits: BatchLimits, clock: Clock, dispatch: (batch: J[]) => void) {
    this.#limits = limits;
    this.#clock = clock;
    this.#dispatch = dispatch;
  }

  /** Requests that wait for the device. */
  get waiting(): number {
    return this.#waiting.length;
  }

  add(job: J): void {
    this.#waiting.push({ job, sinceMs: this.#clock.nowMs() });
    this.#next();
  }

  /** Takes a request out that nobody waits for any more. False when it is running or unknown. */
  remove(job: J): boolean {
    const index = this.#waiting.findIndex((entry) => entry.job === job);
    if (index < 0) return false;
    this.#waiting.splice(index, 1);
    return true;
  }

  /** The device has finished its batch. */
  finished(): void {
    this.#busy = false;
    this.#next();
  }

  /** Empties the queue and gives back what was in it. */
  drain(): J[] {
    const jobs = this.#waiting.map(({ job }) => job);
    this.#waiting = [];
    this.#callOff?.();
    this.#callOff = undefined;
    return jobs;
  }

  #next(): void {
    this.#callOff?.();
    this.#callOff = undefined;
    const oldest = this.#waiting[0];
    if (this.#busy || !oldest) return;
    const batch = this.#gather(oldest.job.modelId);
    const leftMs = oldest.sinceMs + this.#limits.maxWaitMs - this.#clock.nowMs();
    const isFull = batch.reduce((sum, job) => sum + job.frames, 0) >= this.#limits.maxFrames;
    if (!isFull && leftMs > 0) {
      this.#callOff = this.#clock.after(leftMs, () => this.#next());
      return;
    }
    const taken = new Set(batch);
    this.#waiting = this.#waiting.filter(({ job }) => !taken.has(job));
    this.#busy = true;
    this.#dispatch(batch);
  }

  #gather(modelId: string): J[] {
    const batch: J[] = [];
    let frames = 0;
    for (const { job } of this.#waiting) {
      if (job.modelId !== modelId) continue;
      if (batch.length > 0 && frames + job.frames > this.#limits.maxFrames) break;
      batch.push(job);
      frames += job.frames;
    }
    return batch;
  }
}
