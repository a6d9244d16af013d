import { describe, expect, it } from 'vitest';
import type { RingFragment } from '../ring/ring-fragment.js';
import { aFragment, anInit } from '../testing/builders.js';
import { FedPictures } from './fed-pictures.js';

/** Pictures of 40 ms from `startMs` on, captured 1000 ms later than their time says. */
function fed(startMs: number): FedPictures {
  const pictures = new FedPictures();
  const placed = aFragment({ startMs, init: anInit({ timescale: 1000 }) });
  const captureTimesMs = placed.captureTimesMs.map((ms) => ms + 1000);
  pictures.note({ ...placed, captureTimesMs, sequence: 0, firstCaptureMs: 0, lastCaptureMs: 0 } satisfies RingFragment);
  return pictures;
}

const WRAP_MS = 2 ** 33 / 90;

describe('when a transcoded picture was captured', () => {
  const cases = [
    { name: 'at its very time', startMs: 0, atMs: 80, expected: 1080 },
    { name: 'half a step of the encoder late', startMs: 0, atMs: 90, expected: 1080 },
    { name: 'half a step of the encoder early', startMs: 0, atMs: 70, expected: 1080 },
    { name: 'between two pictures: nobody knows', startMs: 0, atMs: 100, expected: null },
    { name: 'before the first', startMs: 200, atMs: 160, expected: null },
    { name: 'after 26.5 hours, when times begin anew', startMs: Math.ceil(WRAP_MS), atMs: 40, expected: Math.ceil(WRAP_MS) + 1040 },
  ];
  it.each(cases)('$name', ({ startMs, atMs, expected }) => {
    expect(fed(startMs).capturedAt(Math.round(atMs * 90))).toBe(expected);
  });

  it('counts what came last at the same time', () => {
    const pictures = fed(0);
    const again = aFragment({ startMs: 0, captureTimesMs: [5, 45, 85, 125, 165] });
    pictures.note({ ...again, sequence: 1, firstCaptureMs: 5, lastCaptureMs: 165 });
    expect(pictures.capturedAt(0)).toBe(5);
  });

  it('forgets what is long past', () => {
    const pictures = fed(0);
    for (let i = 1; i <= 200; i++) pictures.note({ ...aFragment({ startMs: i * 200 }), sequence: i, firstCaptureMs: 0, lastCaptureMs: 0 });
    expect(pictures.capturedAt(0)).toBeNull();
    expect(pictures.capturedAt(40_000 * 90)).toBe(40_000);
  });
});
