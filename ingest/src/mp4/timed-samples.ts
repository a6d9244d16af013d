import type { PlacedFragment } from '../ring/ring-fragment.js';

/** What a clip is made of: fragments in order of decoding, all of one init segment, the first with a keyframe. */
export type ClipFragment = Pick<PlacedFragment, 'init' | 'media' | 'captureTimesMs'>;

/** One picture on a time line of its own, in ticks of the stream's timescale. */
export interface ClipSample {
  dtsTicks: number;
  ptsTicks: number;
  sizeBytes: number;
  key: boolean;
}

/**
 * The times of all pictures: media time is capture time less `originMs`, so that a place in the clip tells when it happened. Decoding
 * times keep their distance to it and never stand still (B-frames are decoded before they are shown).
 */
export function timed(fragments: readonly ClipFragment[], originMs: number, timescale: number): ClipSample[] {
  const samples: ClipSample[] = [];
  let lastDts = Number.NEGATIVE_INFINITY;
  for (const { media, captureTimesMs } of fragments) {
    media.samples.forEach((sample, index) => {
      const ptsTicks = Math.round((((captureTimesMs[index] ?? originMs) - originMs) * timescale) / 1000);
      const dtsTicks = Math.max(ptsTicks - (sample.ptsTicks - sample.dtsTicks), lastDts + 1);
      lastDts = dtsTicks;
      samples.push({ dtsTicks, ptsTicks, sizeBytes: sample.sizeBytes, key: sample.key });
    });
  }
  return samples;
}
