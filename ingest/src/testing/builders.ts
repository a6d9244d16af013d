import type { WantedView } from '../health/wanted-views.js';
import type { MediaFragment, Sample } from '../mp4/fragment.js';
import type { InitSegment } from '../mp4/init-segment.js';
import type { PlacedFragment } from '../ring/ring-fragment.js';

/** Test builder. */
export function anInit(changes: Partial<InitSegment> = {}): InitSegment {
  return {
    data: Buffer.from('init'),
    family: 'h264',
    codec: 'avc1.64001f',
    trackId: 1,
    timescale: 1000,
    widthPx: 640,
    heightPx: 360,
    nalLengthBytes: 4,
    defaults: { durationTicks: 0, sizeBytes: 0, flags: 0 },
    ...changes,
  };
}

const sharedInit = anInit();

/** Test builder: `count` pictures of `stepMs`, the first at `startMs` on the stream's time line and in capture time. */
export function aFragment(
  changes: Partial<PlacedFragment> & { startMs?: number; count?: number; stepMs?: number; key?: boolean; bytes?: number } = {},
): PlacedFragment {
  const { startMs = 0, count = 5, stepMs = 40, key = false, bytes = 100, ...rest } = changes;
  const samples: Sample[] = Array.from({ length: count }, (_, index) => {
    const ticks = startMs + index * stepMs;
    return { dtsTicks: ticks, ptsTicks: ticks, durationTicks: stepMs, offset: 0, sizeBytes: 1, key: key && index === 0 };
  });
  const media: MediaFragment = { data: Buffer.alloc(bytes), samples, key };
  return { epoch: 1, init: sharedInit, media, captureTimesMs: samples.map(({ ptsTicks }) => ptsTicks), ...rest };
}

/** Test builder: a view that may be learnt at any time; the only one of its camera. */
export function aView(key: string, changes: Partial<WantedView> = {}): WantedView {
  return { presetId: null, name: '', key, learnFromMs: Number.NEGATIVE_INFINITY, learnUntilMs: Number.POSITIVE_INFINITY, ...changes };
}
