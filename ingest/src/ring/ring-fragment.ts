import type { Discontinuity } from '@safecity/contracts';
import type { MediaFragment, Sample } from '../mp4/fragment.js';
import type { InitSegment } from '../mp4/init-segment.js';

/** A fragment with its place in time, before the ring numbers it. */
export interface PlacedFragment {
  /** Grows with each connection: presentation times are comparable within one epoch only. */
  epoch: number;
  init: InitSegment;
  media: MediaFragment;
  /** Capture time of each picture, whole epoch ms, index as in `media.samples`; strictly growing in order of presentation. */
  captureTimesMs: readonly number[];
  /** Why tracks cannot be carried over from the fragment before. */
  discontinuity?: Discontinuity;
  /** A mark in the stream says that it plays a recording. */
  recording?: true;
}

/** A fragment in the ring. */
export interface RingFragment extends PlacedFragment {
  /** Grows by one with each fragment of the camera. */
  sequence: number;
  /** Capture time of its earliest and latest picture. */
  firstCaptureMs: number;
  lastCaptureMs: number;
}

/** One picture of the ring. */
export interface RingPicture {
  fragment: RingFragment;
  sample: Sample;
  capturedAtMs: number;
}

/** Presentation time in ms on the stream's own time line. */
export function ptsMs(sample: Sample, init: InitSegment): number {
  return (sample.ptsTicks * 1000) / init.timescale;
}

/** The picture of a fragment whose capture time is nearest to `atMs`; the earlier one when two are as near. */
export function nearestPicture<F extends Pick<RingFragment, 'media' | 'captureTimesMs'>>(
  fragment: F,
  atMs: number,
): { fragment: F; sample: Sample; capturedAtMs: number } {
  let best = 0;
  let bestDistance = Number.POSITIVE_INFINITY;
  fragment.captureTimesMs.forEach((capturedAtMs, index) => {
    const distance = Math.abs(capturedAtMs - atMs);
    const earlier = distance === bestDistance && capturedAtMs < (fragment.captureTimesMs[best] ?? 0);
    if (distance > bestDistance || (distance === bestDistance && !earlier)) return;
    best = index;
    bestDistance = distance;
  });
  return { fragment, sample: fragment.media.samples[best] as Sample, capturedAtMs: fragment.captureTimesMs[best] as number };
}
