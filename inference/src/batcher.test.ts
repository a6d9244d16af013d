import { describe, expect, it } from 'vitest';
import { Batcher, type BatcherOptions, type BatchJob, type BatchLimits } from './batcher.js';
import type { Clock } from './clock.js';

interface NamedJob extends BatchJob {
  name: string;
}

class ManualClock implements Clock {
  #nowMs = 0;
  #due: { atMs: number; act: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, act: () => void): () => void {
    const entry = { atMs: this.#nowMs + delayMs, act };
    this.#due.push(entry);
    return () => {
      this.#due = this.#due.filter((other) => other !== entry);
    };
  }

  advance(byMs: number): void {
    this.#nowMs += byMs;
    for (const entry of this.#due.filter(({ atMs }) => atMs <= this.#nowMs)) {
      this.#due = this.#due.filter((other) => other !== entry);
      entry.act();
    }
  }

  get pending(): number {
    return this.#due.length;
  }
}

function aBatcher(limits: BatchLimits, options: Partial<BatcherOptions<NamedJob>> = {}) {
  const clock = new ManualClock();
  const runs: string[] = [];
  const dispatch = (batch: NamedJob[]) => void runs.push(batch.map(({ name }) => name).join('+'));
  const batcher = new Batcher<NamedJob>({ limits, clock, dispatch, ...options });
  const add = (name: string, options: Partial<BatchJob> = {}): NamedJob => {
    const job = { name, modelId: 'm', frames: 1, ...options };
    batcher.add(job);
    return job;
  };
  return { clock, runs, batcher, add };
}

describe('on a CPU (one frame a run, no waiting)', () => {
  it('runs at once when idle, then one by one: models in turn, each in order of arrival', () => {
    const { runs, batcher, add } = aBatcher({ maxFrames: 1, maxWaitMs: 0 });
    add('a');
    add('b');
    add('c', { modelId: 'other' });
    add('d');
    expect(runs).toEqual(['a']);
    expect(batcher.waiting).toBe(3);
    for (let run = 0; run < 4; run++) batcher.finished(1);
    expect(runs).toEqual(['a', 'c', 'b', 'd']);
    expect(batcher.waiting).toBe(0);
  });

  it('runs a request of several frames alone', () => {
    const { runs, batcher, add } = aBatcher({ maxFrames: 1, maxWaitMs: 0 });
    add('a', { frames: 4 });
    add('b');
    batcher.finished(1);
    expect(runs).toEqual(['a', 'b']);
  });
});

describe('on a GPU (four frames a run, 3 ms)', () => {
  const limits = { maxFrames: 4, maxWaitMs: 3 };

  it('waits for company at most as long as the oldest may wait', () => {
    const { clock, runs, add } = aBatcher(limits);
    add('a');
    clock.advance(2);
    add('b');
    expect(runs).toEqual([]);
    clock.advance(1);
    expect(runs).toEqual(['a+b']);
    expect(clock.pending).toBe(0);
  });

  it('runs a full batch at once', () => {
    const { clock, runs, add } = aBatcher(limits);
    for (const name of ['a', 'b', 'c', 'd']) add(name);
    expect(runs).toEqual(['a+b+c+d']);
    expect(clock.pending).toBe(0);
  });

  it('takes what collected during a run without waiting again', () => {
    const { clock, runs, batcher, add } = aBatcher(limits);
    add('a');
    clock.advance(3);
    for (const name of ['b', 'c']) add(name);
    clock.advance(10);
    expect(runs).toEqual(['a']);
    batcher.finished(1);
    expect(runs).toEqual(['a', 'b+c']);
  });

  it('never mixes models, each keeps its order', () => {
    const { clock, runs, batcher, add } = aBatcher(limits);
    add('a');
    add('x', { modelId: 'other' });
    add('b');
    clock.advance(3);
    batcher.finished(1);
    expect(runs).toEqual(['a+b', 'x']);
  });

  it('does not go over the limit with a large request, nor overtake it', () => {
    const { clock, runs, batcher, add } = aBatcher(limits);
    add('a', { frames: 3 });
    add('b', { frames: 2 });
    add('c');
    clock.advance(3);
    batcher.finished(1);
    expect(runs).toEqual(['a', 'b+c']);
  });
});

describe('several cameras and models on one device', () => {
  /** Cameras in a closed loop: each asks again as soon as it has its answer. Runs until `untilMs` of device time. */
  function loop(options: {
    cameras: { name: string; modelId: string }[];
    runMs: (modelId: string, frames: number) => number;
    untilMs: number;
    limits?: BatchLimits;
    shareOf?: (modelId: string) => number;
  }) {
    let running: NamedJob[] = [];
    const clock = new ManualClock();
    const batcher = new Batcher<NamedJob>({
      limits: options.limits ?? { maxFrames: 1, maxWaitMs: 0 },
      clock,
      dispatch: (batch) => {
        running = batch;
      },
      shareOf: options.shareOf,
    });
    const usedMs = new Map<string, number>();
    const served = new Map(options.cameras.map(({ name }) => [name, 0]));
    const longestWaitMs = new Map<string, number>();
    const askedAtMs = new Map<string, number>();
    const ask = ({ name, modelId }: { name: string; modelId: string }) => {
      askedAtMs.set(name, clock.nowMs());
      batcher.add({ name, modelId, frames: 1 });
    };
    for (const camera of options.cameras) ask(camera);
    while (clock.nowMs() < options.untilMs) {
      const batch = running;
      running = [];
      const { modelId } = batch[0]!;
      const runMs = options.runMs(modelId, batch.length);
      clock.advance(runMs);
      usedMs.set(modelId, (usedMs.get(modelId) ?? 0) + runMs);
      for (const { name } of batch) {
        served.set(name, served.get(name)! + 1);
        longestWaitMs.set(name, Math.max(longestWaitMs.get(name) ?? 0, clock.nowMs() - askedAtMs.get(name)!));
      }
      batcher.finished(runMs);
      for (const { name } of batch) ask({ name, modelId });
    }
    return { usedMs, served, longestWaitMs };
  }
  const many = (count: number, modelId: string) => Array.from({ length: count }, (_, index) => ({ name: `${modelId}${index}`, modelId }));

  it('serves cameras of one model equally', () => {
    const { served } = loop({ cameras: many(7, 'm'), runMs: () => 16, untilMs: 16 * 700 });
    const counts = [...served.values()];
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });

  it('gives each model its share of time, whatever one run costs and however many ask', () => {
    const cameras = [...many(20, 'detector'), ...many(2, 'plate')];
    const runMs = (modelId: string) => (modelId === 'detector' ? 16 : 3);
    const shareOf = (modelId: string) => (modelId === 'detector' ? 3 : 1);
    const { usedMs } = loop({ cameras, runMs, shareOf, untilMs: 20_000 });
    expect(usedMs.get('detector')! / usedMs.get('plate')!).toBeCloseTo(3, 1);
  });

  it('lets a single request of one model wait for at most one run of a flood of another', () => {
    const cameras = [...many(30, 'flood'), ...many(1, 'plate')];
    const { longestWaitMs } = loop({ cameras, runMs: (modelId) => (modelId === 'flood' ? 50 : 3), untilMs: 20_000 });
    expect(longestWaitMs.get('plate0')).toBe(53);
  });

  it('gives a model that was away no more than its share when it is back', () => {
    const runs: string[] = [];
    const batcher = new Batcher<NamedJob>({
      limits: { maxFrames: 1, maxWaitMs: 0 },
      clock: new ManualClock(),
      dispatch: ([job]) => void runs.push(job!.modelId),
    });
    const add = (modelId: string, count: number) => {
      for (let index = 0; index < count; index++) batcher.add({ name: modelId, modelId, frames: 1 });
    };
    add('a', 200);
    for (let run = 0; run < 100; run++) batcher.finished(10);
    add('b', 50);
    for (let run = 0; run < 20; run++) batcher.finished(10);
    const last = runs.slice(-20);
    expect(Math.abs(last.filter((modelId) => modelId === 'b').length - 10)).toBeLessThanOrEqual(1);
  });

  it('fills batches of a GPU from many cameras and keeps the shares', () => {
    const batched = loop({
      cameras: [...many(16, 'detector'), ...many(16, 'plate')],
      runMs: (_, frames) => 4 + frames,
      untilMs: 20_000,
      limits: { maxFrames: 8, maxWaitMs: 3 },
    });
    expect(batched.usedMs.get('detector')! / batched.usedMs.get('plate')!).toBeCloseTo(1, 1);
    const frames = [...batched.served].filter(([name]) => name.startsWith('detector')).reduce((sum, [, count]) => sum + count, 0);
    expect(frames / batched.usedMs.get('detector')!).toBeCloseTo(8 / 12, 2);
  });

  it('does not let a model that waits for company hold back one that is ready', () => {
    const { clock, runs, add } = aBatcher({ maxFrames: 2, maxWaitMs: 5 });
    add('slow');
    add('x', { modelId: 'other' });
    add('y', { modelId: 'other' });
    expect(runs).toEqual(['x+y']);
    clock.advance(5);
    expect(runs).toEqual(['x+y']);
  });

  it('runs requests one by one where they cannot be joined', () => {
    const { runs, batcher, add } = aBatcher({ maxFrames: 4, maxWaitMs: 3 }, { joins: () => false });
    add('a');
    add('b');
    batcher.finished(1);
    expect(runs).toEqual(['a', 'b']);
  });
});

describe('leaving', () => {
  it('takes a waiting request out, not a running one', () => {
    const { runs, batcher, add } = aBatcher({ maxFrames: 1, maxWaitMs: 0 });
    const running = add('a');
    const waiting = add('b');
    expect([batcher.remove(running), batcher.remove(waiting), batcher.remove(waiting)]).toEqual([false, true, false]);
    batcher.finished(1);
    expect(runs).toEqual(['a']);
  });

  it('gives back what waits and sets no timer after', () => {
    const { clock, runs, batcher, add } = aBatcher({ maxFrames: 4, maxWaitMs: 3 });
    add('a');
    expect(batcher.drain().map(({ name }) => name)).toEqual(['a']);
    clock.advance(10);
    expect(runs).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('does nothing when the only waiting request left before its time', () => {
    const { clock, runs, batcher, add } = aBatcher({ maxFrames: 4, maxWaitMs: 3 });
    batcher.remove(add('a'));
    clock.advance(3);
    expect(runs).toEqual([]);
  });
});
