import { describe, expect, it } from 'vitest';
import { CaptureClock, type FragmentTimes, type Placement } from './capture-clock.js';

/**
 * A stream as ffmpeg delivers it: pictures captured every `stepMs`, fragments of `perFragment`, each arriving with the
 * picture two after its last plus `delayMs`.
 */
interface Scene {
  count: number;
  stepMs?: number;
  perFragment?: number;
  delayMs?: (fragment: number) => number;
  /** Presentation time of a picture captured at `captureMs` after the start. */
  ptsMs?: (captureMs: number, index: number) => number;
  /** Added to decoding times only: B-frames. */
  dtsShiftMs?: (index: number) => number;
}

const START = 1_700_000_000_000;

function fragments({ count, stepMs = 40, perFragment = 5, delayMs = () => 0, ptsMs = (ms) => ms, dtsShiftMs = () => 0 }: Scene) {
  const made: { times: FragmentTimes; truthMs: number[] }[] = [];
  for (let first = 0, number = 0; first + perFragment <= count; first += perFragment, number++) {
    const indices = Array.from({ length: perFragment }, (_, i) => first + i);
    const pts = indices.map((index) => ptsMs(index * stepMs, index));
    const next = ptsMs((first + perFragment) * stepMs, first + perFragment);
    made.push({
      truthMs: indices.map((index) => START + index * stepMs),
      times: {
        arrivedAtMs: START + (first + perFragment + 1) * stepMs + delayMs(number),
        ptsMs: pts,
        dtsMs: pts.map((value, i) => value + dtsShiftMs(first + i)),
        lastDurationMs: Math.max(next - (pts[perFragment - 1] ?? 0), 0.01),
      },
    });
  }
  return made;
}

interface Run {
  errorsMs: number[];
  jumps: number[];
  kinds: Placement['kind'][];
}

function captureOf(placement: Placement, times: FragmentTimes, index: number): number {
  if (placement.kind === 'standing') return placement.firstMs + index * placement.stepMs;
  if (placement.kind === 'settling') return Number.NaN;
  return (times.ptsMs[index] ?? 0) + (index < placement.breakAt ? placement.earlierOffsetMs : placement.offsetMs);
}

/** Errors of placed pictures, fragments that jumped, kinds. Fragments that settle are not counted. */
function run(scene: Scene, clock = new CaptureClock({ sinceMs: START })): Run {
  const result: Run = { errorsMs: [], jumps: [], kinds: [] };
  fragments(scene).forEach(({ times, truthMs }, number) => {
    const placement = clock.observe(times);
    result.kinds.push(placement.kind);
    if (placement.kind === 'settling') return;
    if (placement.jumped) result.jumps.push(number);
    truthMs.forEach((truth, index) => {
      result.errorsMs.push(captureOf(placement, times, index) - truth);
    });
  });
  return result;
}

function percentile(values: number[], share: number): number {
  const sorted = values.map(Math.abs).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Reproducible noise 0..1. */
function noise(seed: number): number {
  const x = Math.sin(seed * 12.9898) * 43758.5453;
  return x - Math.floor(x);
}

describe('a steady camera', () => {
  it('is placed exactly from the first fragment on', () => {
    const { errorsMs, jumps, kinds } = run({ count: 100 });
    expect(percentile(errorsMs, 1)).toBeLessThan(0.5);
    expect(jumps).toEqual([]);
    expect(kinds[0]).toBe('placed');
  });

  it('is placed within 80 ms (p95) when the network holds fragments up by 0 to 300 ms', () => {
    const { errorsMs, jumps } = run({ count: 1500, delayMs: (n) => noise(n) ** 2 * 300 });
    expect(percentile(errorsMs, 0.95)).toBeLessThan(80);
    expect(jumps).toEqual([]);
  });

  it('is followed while its clock drifts by 200 ppm either way for an hour', () => {
    for (const ppm of [200, -200]) {
      const { errorsMs, jumps } = run({ count: 90_000, ptsMs: (ms) => ms * (1 + ppm / 1e6), delayMs: (n) => noise(n) * 30 });
      expect(percentile(errorsMs, 0.99)).toBeLessThan(40);
      expect(jumps).toEqual([]);
    }
  });

  it('is placed by the pictures behind it at an uneven rate and at one picture per fragment', () => {
    expect(percentile(run({ count: 200, stepMs: 1000, perFragment: 1 }).errorsMs, 0.95)).toBeLessThan(1);
    const uneven = run({ count: 400, ptsMs: (ms, index) => ms + (index % 3) * 5 });
    expect(percentile(uneven.errorsMs, 0.95)).toBeLessThan(20);
  });

  it('is placed exactly with B-frames', () => {
    // Decoding order P B B: presentation 3, 1, 2 steps after the group; sent three steps after its decoding time.
    const order = [2, 0, 1];
    const presented = (index: number) => (index - (index % 3) + (order[index % 3] ?? 0)) * 40;
    const clock = new CaptureClock({ sinceMs: START });
    const errors: number[] = [];
    for (const { times } of fragments({ count: 300, perFragment: 5 })) {
      const first = (times.ptsMs[0] ?? 0) / 40;
      const ptsMs = times.ptsMs.map((_, i) => presented(first + i));
      const dtsMs = times.ptsMs.map((_, i) => (first + i) * 40 - 40);
      const placement = clock.observe({ ...times, ptsMs, dtsMs, arrivedAtMs: times.arrivedAtMs + 40 * 1 });
      if (placement.kind === 'placed') errors.push(placement.offsetMs - START);
    }
    expect(percentile(errors.slice(3), 0.95)).toBeLessThanOrEqual(40);
  });
});

describe('the start of a connection', () => {
  it('waits for the end of a burst: pictures of before come first', () => {
    // Three seconds of pictures wait in the server and come at once; then the live ones.
    const clock = new CaptureClock({ sinceMs: START + 3000 });
    const { errorsMs, kinds } = run({ count: 150, delayMs: (n) => Math.max(0, 3010 - (n * 200 + 240) + n) }, clock);
    expect(kinds.slice(0, 10).every((kind) => kind === 'settling')).toBe(true);
    expect(kinds.at(-1)).toBe('placed');
    expect(percentile(errorsMs, 1)).toBeLessThan(80);
  });

  it('does not wait for ever for a connection that never keeps its pace', () => {
    const { kinds } = run({ count: 300, delayMs: (n) => n * -150 + 20_000 });
    expect(kinds).toContain('placed');
  });

  it('lies after the connection before', () => {
    const clock = new CaptureClock({ sinceMs: START, notBeforeMs: START + 60 });
    const { errorsMs, jumps } = run({ count: 200 }, clock);
    expect(errorsMs[0]).toBeCloseTo(61, 0);
    expect(jumps).toEqual([]);
    expect(Math.abs(errorsMs.at(-1) ?? 99)).toBeLessThan(1);
  });

  it('does not wait for a connection before that lies in the far future', () => {
    const clock = new CaptureClock({ sinceMs: START, notBeforeMs: START + 3_600_000 });
    expect(Math.abs(run({ count: 20 }, clock).errorsMs[0] ?? 99)).toBeLessThan(1);
  });
});

describe('broken time lines', () => {
  const wrap32 = (2 ** 32 / 90_000) * 1000;
  const wrap33 = (2 ** 33 / 90_000) * 1000;
  const cases: { name: string; jumpMs: number; at?: number }[] = [
    { name: 'forward by 2 s', jumpMs: 2000 },
    { name: 'forward by a day', jumpMs: 86_400_000 },
    { name: 'forward in the middle of a fragment', jumpMs: 30_000, at: 52 },
    { name: 'back by 10 s', jumpMs: -10_000 },
    { name: 'back by a wrap of 32 bits at 90 kHz', jumpMs: -wrap32 },
    { name: 'back by a wrap of 33 bits at 90 kHz', jumpMs: -wrap33 },
  ];

  it.each(cases)('a jump $name is marked once and placed right at once', ({ jumpMs, at = 50 }) => {
    const { errorsMs, jumps } = run({ count: 300, ptsMs: (ms, index) => ms + wrap33 + (index >= at ? jumpMs : 0) });
    expect(jumps).toEqual([10]);
    expect(percentile(errorsMs, 0.95)).toBeLessThan(80);
  });

  it('times that stand still are spread over the arrivals, marked once, and taken up again', () => {
    // As ffmpeg writes them: each picture one tick after the one before.
    const stands = (index: number) => index >= 100 && index < 200;
    const pts = (ms: number, index: number) => (stands(index) ? 4000 + (index - 100) * 0.011 : ms);
    const { errorsMs, jumps, kinds } = run({ count: 300, ptsMs: pts });
    expect(kinds.slice(21, 39).every((kind) => kind === 'standing')).toBe(true);
    expect(jumps.length).toBe(2);
    expect(percentile(errorsMs, 0.95)).toBeLessThan(80);
  });

  it('a camera that holds its clock for 3 s is placed anew, once', () => {
    const { errorsMs, jumps } = run({ count: 1000, delayMs: (n) => (n >= 50 ? 3000 : 0) });
    expect(jumps).toHaveLength(1);
    expect(Math.abs((errorsMs.at(-1) ?? 0) - 3000)).toBeLessThan(1);
  });

  it('a network that stalls for 4 s and catches up is no jump', () => {
    const { errorsMs, jumps } = run({ count: 500, delayMs: (n) => (n >= 50 && n < 70 ? (70 - n) * 200 : 0) });
    expect(jumps).toEqual([]);
    expect(percentile(errorsMs, 1)).toBeLessThan(1);
  });

  it('lost pictures leave a gap, not a jump', () => {
    const clock = new CaptureClock({ sinceMs: START });
    const kept = fragments({ count: 500 }).filter((_, n) => n <= 30 || n > 60);
    // What waits for its next picture comes when that one comes, and its last picture lasts until then.
    const beforeGap = kept[30];
    if (beforeGap) beforeGap.times = { ...beforeGap.times, arrivedAtMs: START + (61 * 5 + 1) * 40, lastDurationMs: 30 * 200 + 40 };
    const jumps = kept.filter(({ times }) => {
      const placement = clock.observe(times);
      return placement.kind !== 'settling' && placement.jumped;
    });
    expect(jumps).toEqual([]);
  });
});
