import { describe, expect, it } from 'vitest';
import { Batcher, type BatchJob, type BatchLimits } from './batcher.js';
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

function aBatcher(limits: BatchLimits) {
  const clock = new ManualClock();
  const runs: string[] = [];
  const batcher = new Batcher<NamedJob>(limits, clock, (batch) => runs.push(batch.map(({ name }) => name).join('+')));
  const add = (name: string, options: Partial<BatchJob> = {}): NamedJob => {
    const job = { name, modelId: 'm', frames: 1, ...options };
    batcher.add(job);
    return job;
  };
  return { clock, runs, batcher, add };
}

describe('on a CPU (one frame a run, no waiting)', () => {
  it('runs at once when idle, then one by one in order of arrival', () => {
    const { runs, batcher, add } = aBatcher({ maxFrames: 1, maxWaitMs: 0 });
    add('a');
    add('b');
    add('c', { modelId: 'other' });
    add('d');
    expect(runs).toEqual(['a']);
    expect(batcher.waiting).toBe(3);
    batcher.finished();
    batcher.finished();
    batcher.finished();
    batcher.finished();
    expect(runs).toEqual(['a', 'b', 'c', 'd']);
    expect(batcher.waiting).toBe(0);
  });

  it('runs a request of several frames alone', () => {
    const { runs, batcher, add } = aBatcher({ maxFrames: 1, maxWaitMs: 0 });
    add('a', { frames: 4 });
    add('b');
    batcher.finished();
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
    batcher.finished();
    expect(runs).toEqual(['a', 'b+c']);
  });

  it('never mixes models: the oldest request decides, others keep their order', () => {
    const { clock, runs, batcher, add } = aBatcher(limits);
    add('a');
    add('x', { modelId: 'other' });
    add('b');
    clock.advance(3);
    batcher.finished();
    expect(runs).toEqual(['a+b', 'x']);
  });

  it('does not go over the limit with a large request, nor overtake it', () => {
    const { clock, runs, batcher, add } = aBatcher(limits);
    add('a', { frames: 3 });
    add('b', { frames: 2 });
    add('c');
    clock.advance(3);
    batcher.finished();
    expect(runs).toEqual(['a', 'b+c']);
  });
});

describe('leaving', () => {
  it('takes a waiting request out, not a running one', () => {
    const { runs, batcher, add } = aBatcher({ maxFrames: 1, maxWaitMs: 0 });
    const running = add('a');
    const waiting = add('b');
    expect([batcher.remove(running), batcher.remove(waiting), batcher.remove(waiting)]).toEqual([false, true, false]);
    batcher.finished();
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
