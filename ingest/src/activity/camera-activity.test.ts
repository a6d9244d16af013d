import type { Detection, DetectionsFrame } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import type { RingFragment } from '../ring/ring-fragment.js';
import { aFragment } from '../testing/builders.js';
import { CameraActivity } from './camera-activity.js';

const input = { widthPx: 64, heightPx: 64 };
/** Fresh after its first 5 s. */
function idleCamera(decode: 'always' | 'adaptive' | 'keyframes' = 'adaptive'): CameraActivity {
  const activity = new CameraActivity(() => ({ decode, minScore: 0.35 }));
  activity.begin(0);
  return activity;
}

function results(capturedAtMs: number, detections: Detection[]): DetectionsFrame {
  return { cameraId: 'cam', configRevision: 0, capturedAtMs, widthPx: 640, heightPx: 360, modelId: 'm', detections };
}

const car = (x: number): Detection => ({ class: 'car', score: 0.7, box: [x, 0.4, x + 0.2, 0.6] });
/** When it becomes idle, looked at every 200 ms. */
function idleAt(activity: CameraActivity, fromMs: number): number {
  let atMs = fromMs;
  while (activity.isActive(atMs) && atMs < fromMs + 600_000) atMs += 200;
  return atMs;
}

describe('a camera', () => {
  it.each([
    { decode: 'always' as const, early: true, late: true },
    { decode: 'adaptive' as const, early: true, late: false },
    { decode: 'keyframes' as const, early: false, late: false },
  ])('told $decode is active at the beginning: $early, later: $late', ({ decode, early, late }) => {
    const activity = idleCamera(decode);
    expect([activity.isActive(0), activity.isActive(4999)]).toEqual([early, early]);
    expect(activity.isActive(5000)).toBe(late);
  });

  it('stays active as long as rules ask, and no message keeps it for ever', () => {
    const activity = idleCamera();
    activity.attend(20_000, 10_000);
    expect(idleAt(activity, 10_000)).toBe(20_000);
    activity.attend(Number.MAX_SAFE_INTEGER, 30_000);
    expect(idleAt(activity, 30_000)).toBe(90_000);
    activity.attend(1000, 100_000);
    expect(activity.isActive(100_000)).toBe(false);
  });

  it('is woken by something new, and left alone by a parked car that the detector loses now and then', () => {
    const activity = idleCamera();
    activity.takeDetections(results(10_000, [car(0.2)]));
    expect(idleAt(activity, 10_000)).toBe(15_000);
    for (let atMs = 16_000; atMs < 120_000; atMs += 2000) {
      const seen = atMs % 6000 !== 0;
      activity.takeDetections(results(atMs, seen ? [car(0.2 + ((atMs / 2000) % 3) * 0.01)] : []));
      expect(activity.isActive(atMs)).toBe(false);
    }
  });

  it('is kept active by what moves slowly, until it stands', () => {
    const activity = idleCamera();
    for (let atMs = 10_000; atMs <= 30_000; atMs += 200) activity.takeDetections(results(atMs, [car((atMs - 10_000) / 100_000)]));
    for (let atMs = 30_200; atMs <= 60_000; atMs += 200) activity.takeDetections(results(atMs, [car(0.2)]));
    const idleMs = idleAt(activity, 10_000);
    expect(idleMs).toBeGreaterThan(30_000);
    expect(idleMs).toBeLessThanOrEqual(35_000);
  });

  it('does not heed its own detections while attention is in force, nor weak ones', () => {
    const activity = idleCamera();
    activity.attend(20_000, 10_000);
    activity.takeDetections(results(18_000, [car(0.5)]));
    expect(idleAt(activity, 10_000)).toBe(20_000);
    activity.takeDetections(results(25_000, [{ ...car(0.1), score: 0.2 }]));
    expect(activity.isActive(25_000)).toBe(false);
  });

  it('is woken by a keyframe that differs, not by the first and not by a change of the light', () => {
    const activity = idleCamera();
    const grey = (value: number) => Buffer.alloc(64 * 64 * 3, value);
    activity.takeKeyframe(grey(100), input, 6000);
    activity.takeKeyframe(grey(140), input, 8000);
    expect(activity.isActive(8000)).toBe(false);
    const block = grey(140);
    for (let y = 10; y < 20; y++) block.fill(220, (y * 64 + 10) * 3, (y * 64 + 20) * 3);
    activity.takeKeyframe(block, input, 10_000);
    expect(idleAt(activity, 10_000)).toBe(15_000);
  });

  it('that wakes for nothing again and again needs more each time, until something was there', () => {
    let sequence = 0;
    const activity = idleCamera();
    const play = (atMs: number, bytes: number) => {
      const placed = aFragment({ startMs: atMs });
      for (const sample of placed.media.samples) sample.sizeBytes = bytes;
      const fragment: RingFragment = { ...placed, sequence: sequence++, firstCaptureMs: atMs, lastCaptureMs: atMs + 160 };
      activity.takeFragment(fragment);
    };
    const wakes: number[] = [];
    let wasActive = true;
    for (let atMs = 0; atMs < 600_000; atMs += 200) {
      play(atMs, 1000 + (atMs % 7000 < 1000 ? 500 : (atMs / 200) % 2 ? 40 : 0));
      const isActive = activity.isActive(atMs);
      if (isActive && !wasActive) wakes.push(atMs);
      wasActive = isActive;
    }
    const early = wakes.filter((atMs) => atMs < 60_000).length;
    expect(early).toBeGreaterThan(2);
    expect(wakes.filter((atMs) => atMs >= 540_000).length).toBeLessThan(early);
  });
});
