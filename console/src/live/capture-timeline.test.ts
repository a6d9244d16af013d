import { describe, expect, it } from 'vitest';
import { CaptureTimeline } from './capture-timeline.js';

function timeline(...spans: [startS: number, endS: number, captureMs: number][]): CaptureTimeline {
  const made = new CaptureTimeline();
  for (const [startS, endS, captureMs] of spans) made.add({ startS, endS, captureMs });
  return made;
}

describe('CaptureTimeline', () => {
  const twoWithJump = timeline([10, 10.2, 1000], [10.2, 10.4, 9000]);

  it.each([
    { name: 'inside the first', mediaS: 10.1, expected: 1100 },
    { name: 'exactly on the border belongs to the later', mediaS: 10.2, expected: 9000 },
    { name: 'after a capture jump', mediaS: 10.3, expected: 9100 },
    { name: 'a rounding error before the first', mediaS: 9.96, expected: 1000 },
    { name: 'a rounding error after the last', mediaS: 10.44, expected: 9240 },
    { name: 'before everything', mediaS: 9, expected: null },
    { name: 'after everything', mediaS: 11, expected: null },
  ])('$name', ({ mediaS, expected }) => {
    const capture = twoWithJump.captureAt(mediaS);
    if (expected === null) expect(capture).toBeNull();
    else expect(capture).toBeCloseTo(expected, 5);
  });

  it('knows nothing in a hole', () => {
    expect(timeline([0, 1, 0], [5, 6, 5000]).captureAt(3)).toBeNull();
  });

  it('names the capture time at the live edge', () => {
    expect(new CaptureTimeline().edgeCaptureMs).toBeNull();
    expect(twoWithJump.edgeCaptureMs).toBeCloseTo(9200, 5);
  });

  it('forgets what was trimmed, so that eight hours cost no memory', () => {
    const long = new CaptureTimeline();
    for (let i = 0; i < 10_000; i++) {
      long.add({ startS: i, endS: i + 1, captureMs: i * 1000 });
      long.trimBefore(i - 20);
    }
    expect(long.length).toBeLessThan(25);
    expect(long.captureAt(9999.5)).toBe(9_999_500);
  });
});
