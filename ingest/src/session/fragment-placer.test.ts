import { encodeRecordingMark } from '@safecity/fixtures';
import { describe, expect, it } from 'vitest';
import type { MediaFragment } from '../mp4/fragment.js';
import { aFragment, anInit } from '../testing/builders.js';
import { FragmentPlacer } from './fragment-placer.js';

const init = anInit();
const START = 1_700_000_000_000;

function placer(changes: Partial<ConstructorParameters<typeof FragmentPlacer>[0]> = {}): FragmentPlacer {
  return new FragmentPlacer({ epoch: 1, discontinuity: 'start', notBeforeMs: null, sinceMs: START, ...changes });
}

function media(startMs: number, changes: Parameters<typeof aFragment>[0] = {}): MediaFragment {
  return aFragment({ startMs, ...changes }).media;
}

/** A fragment of 5 pictures of 40 ms arrives with the picture two after its last. */
const arrival = (startMs: number) => START + startMs + 240;

function withMark(startMs: number, loopIndex: number): MediaFragment {
  const nal = encodeRecordingMark({ captureUs: 1, loopIndex, frameIndex: 0 }, 'h264');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(nal.length);
  const fragment = media(startMs, { key: true });
  const data = Buffer.concat([length, nal]);
  return {
    ...fragment,
    data,
    samples: fragment.samples.map((sample, index) => (index === 0 ? { ...sample, sizeBytes: data.length } : sample)),
  };
}

describe('placing fragments', () => {
  it('gives whole milliseconds and marks the first fragment only', () => {
    const under = placer({ discontinuity: 'reconnect' });
    const placed = [0, 200, 400].flatMap((startMs) => under.push(init, media(startMs), arrival(startMs)));
    expect(placed.map(({ discontinuity }) => discontinuity)).toEqual(['reconnect', undefined, undefined]);
    expect(placed[0]?.captureTimesMs).toEqual([0, 40, 80, 120, 160].map((ms) => START + ms));
  });

  it('holds a burst back and then places all of it', () => {
    const under = placer({ sinceMs: START + 2000 });
    expect(under.push(init, media(0), START + 2001)).toEqual([]);
    expect(under.push(init, media(200), START + 2002)).toEqual([]);
    const placed = under.push(init, media(400), START + 2202);
    expect(placed.map(({ discontinuity }) => discontinuity)).toEqual(['start', undefined, undefined]);
    expect(placed[2]?.captureTimesMs[0]).toBe(START + 2202 - 240);
  });

  it('marks the seam of a recording where the loop index changes, at keyframes', () => {
    const under = placer();
    const marks = [withMark(0, 7), media(200), withMark(400, 7), withMark(600, 8), withMark(800, 8)];
    const placed = marks.flatMap((fragment, index) => under.push(init, fragment, arrival(index * 200)));
    expect(placed.map(({ discontinuity }) => discontinuity)).toEqual(['start', undefined, undefined, 'loop-seam', undefined]);
  });

  it('marks a jump, and keeps the pictures before it where they were', () => {
    const under = placer();
    under.push(init, media(0), arrival(0));
    under.push(init, media(200), arrival(200));
    const broken = media(400);
    for (const sample of broken.samples.slice(3)) {
      sample.dtsTicks += 50_000;
      sample.ptsTicks += 50_000;
    }
    const [placed] = under.push(init, broken, arrival(400));
    expect(placed?.discontinuity).toBe('clock-jump');
    expect(placed?.captureTimesMs).toEqual([400, 440, 480, 520, 560].map((ms) => START + ms));
  });

  it('never gives two pictures of a fragment the same time', () => {
    const [placed] = placer().push(init, media(0, { stepMs: 0.3, count: 6 }), START + 400);
    expect(new Set(placed?.captureTimesMs).size).toBe(6);
  });

  it('reads the clock of the camera from what its sender reports say of the picture behind', () => {
    const under = placer();
    expect(under.cameraClockOffsetMs).toBeNull();
    for (let startMs = 0; startMs < 2000; startMs += 200) {
      const fragment = { ...media(startMs), producerReference: { mediaTicks: startMs, senderMs: START + startMs + 40 + 7321 } };
      under.push(init, fragment, arrival(startMs));
    }
    expect(under.cameraClockOffsetMs).toBeCloseTo(7321, 0);
  });

  it('asks for a new connection when a time line that was good stands still, not when it never was', () => {
    const standing = (startMs: number) => media(startMs, { stepMs: 0.011 });
    const good = placer();
    for (let startMs = 0; startMs < 1000; startMs += 200) good.push(init, media(startMs), arrival(startMs));
    good.push(init, standing(1000), arrival(1000));
    expect(good.standing).toBe(true);
    const never = placer();
    for (let i = 0; i < 10; i++) never.push(init, standing(i * 0.055), arrival(i * 200));
    expect(never.standing).toBe(false);
  });
});
