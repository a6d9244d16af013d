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
  /** How long the oldest request of a model waits for company, ms. 0: never. */
  maxWaitMs: number;
}

export interface BatcherOptions<J extends BatchJob> {
  limits: BatchLimits;
  clock: Clock;
  dispatch: (batch: J[]) => void;
  /** Part of the device's time that a model gets while others want it too, relative to theirs; above 0. Default 1 each. */
  shareOf?: (modelId: string) => number;
  /** False for models whose requests run one by one. Default: all join. */
  joins?: (modelId: string) => boolean;
}

/** Requests of one model, oldest first, and the device time that it has had. */
interface Lane<J> {
  modelId: string;
  waiting: { job: J; sinceMs: number }[];
  /** Run time had, divided by the share, ms; never behind the others' when the lane comes to life again. */
  usedMs: number;
}

/**
 * Hands requests to a device that runs one batch at a time. Within a model requests keep their order of arrival and join
 * up to `maxFrames`. Among models that are ready to run, the one goes next that has had the least device time for its
 * share (start-time fair queueing: Goyal, Vin, Cheng, SIGCOMM 1996, with the measured run as the cost): a flood for one
 * model cannot hold back another, and time that one does not use is the others'. While the device is busy requests
 * collect by themselves, so `maxWaitMs` matters only when it is idle.
 */
export class Batcher<J extends BatchJob> {
  readonly #options: BatcherOptions<J>;
  readonly #lanes = new Map<string, Lane<J>>();
  #running: Lane<J> | undefined;
  /** `usedMs` at which the present or last run started. */
  #virtualMs = 0;
  #callOff: (() => void) | undefined;

  constructor(options: BatcherOptions<J>) {
    this.#options = options;
  }

  /** Requests that wait for the device. */
  get waiting(): number {
    let count = 0;
    for (const lane of this.#lanes.values()) count += lane.waiting.length;
    return count;
  }

  add(job: J): void {
    const lane = this.#laneOf(job.modelId);
    // What a model did not use while it was away is not saved up for it.
    if (lane.waiting.length === 0 && lane !== this.#running) lane.usedMs = Math.max(lane.usedMs, this.#virtualMs);
    lane.waiting.push({ job, sinceMs: this.#options.clock.nowMs() });
    this.#next();
  }

  /** Takes a request out that nobody waits for any more. False when it is running or unknown. */
  remove(job: J): boolean {
    const waiting = this.#lanes.get(job.modelId)?.waiting ?? [];
    const index = waiting.findIndex((entry) => entry.job === job);
    if (index < 0) return false;
    waiting.splice(index, 1);
    return true;
  }

  /** The device has finished its batch, which took `runMs`. */
  finished(runMs: number): void {
    if (this.#running) this.#running.usedMs += runMs / (this.#options.shareOf?.(this.#running.modelId) ?? 1);
    this.#running = undefined;
    this.#next();
  }

  /** Empties the queue and gives back what was in it. */
  drain(): J[] {
    const jobs = [...this.#lanes.values()].flatMap((lane) => lane.waiting.splice(0).map(({ job }) => job));
    this.#callOff?.();
    this.#callOff = undefined;
    return jobs;
  }

  #laneOf(modelId: string): Lane<J> {
    const lane = this.#lanes.get(modelId) ?? { modelId, waiting: [], usedMs: 0 };
    this.#lanes.set(modelId, lane);
    return lane;
  }

  #next(): void {
    this.#callOff?.();
    this.#callOff = undefined;
    if (this.#running) return;
    let best: { lane: Lane<J>; count: number } | undefined;
    let shortestMs = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes.values()) {
      const oldest = lane.waiting[0];
      if (!oldest) continue;
      const { count, isFull } = this.#gather(lane);
      const leftMs = oldest.sinceMs + this.#options.limits.maxWaitMs - this.#options.clock.nowMs();
      if (!isFull && leftMs > 0) shortestMs = Math.min(shortestMs, leftMs);
      else if (!best || this.#isBefore(lane, best.lane)) best = { lane, count };
    }
    if (best) this.#run(best.lane, best.count);
    else if (shortestMs < Number.POSITIVE_INFINITY) this.#callOff = this.#options.clock.after(shortestMs, () => this.#next());
  }

  #isBefore(a: Lane<J>, b: Lane<J>): boolean {
    return a.usedMs < b.usedMs || (a.usedMs === b.usedMs && a.waiting[0]!.sinceMs < b.waiting[0]!.sinceMs);
  }

  #run(lane: Lane<J>, count: number): void {
    this.#running = lane;
    this.#virtualMs = lane.usedMs;
    this.#options.dispatch(lane.waiting.splice(0, count).map(({ job }) => job));
  }

  /** How many of the oldest requests go together, and whether waiting could not add to them. */
  #gather({ modelId, waiting }: Lane<J>): { count: number; isFull: boolean } {
    const { limits, joins } = this.#options;
    if (joins?.(modelId) === false) return { count: 1, isFull: true };
    let frames = 0;
    let count = 0;
    for (const { job } of waiting) {
      if (count > 0 && frames + job.frames > limits.maxFrames) return { count, isFull: true };
      frames += job.frames;
      count += 1;
    }
    return { count, isFull: frames >= limits.maxFrames };
  }
}
