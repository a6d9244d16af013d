import type { Discontinuity } from '@safecity/contracts';
import { CaptureClock, type FragmentTimes, type Placement } from '../capture-time/capture-clock.js';
import type { MediaFragment, Sample } from '../mp4/fragment.js';
import type { InitSegment } from '../mp4/init-segment.js';
import { readRecordingMark } from '../recording-mark.js';
import type { PlacedFragment } from '../ring/ring-fragment.js';

export interface PlacerOptions {
  epoch: number;
  /** Marked on the first fragment: why this connection is not the one before. */
  discontinuity: Discontinuity;
  /** When the connection began to deliver, server clock: the first fragment is live if it took its time after that. */
  sinceMs: number;
  /** Last capture time of the connection before; capture times stay above it. */
  notBeforeMs: number | null;
}

interface Waiting {
  init: InitSegment;
  media: MediaFragment;
}

const OFFSET_SAMPLES = 15;
/** So many fragments with advancing times show that the stream has a time line to go back to. */
const GOOD_FRAGMENTS = 3;

/** Gives the pictures of one connection their capture times, in order, and marks where the time line breaks. */
export class FragmentPlacer {
  readonly #options: PlacerOptions;
  readonly #clock: CaptureClock;
  #waiting: Waiting[] = [];
  #placedAny = false;
  #loopIndex: number | null = null;
  #senderOffsetsMs: number[] = [];
  #standing = false;
  #goodFragments = 0;
  #goodBefore = 0;

  constructor(options: PlacerOptions) {
    this.#options = options;
    this.#clock = new CaptureClock({
      sinceMs: options.sinceMs,
      ...(options.notBeforeMs === null ? {} : { notBeforeMs: options.notBeforeMs }),
    });
  }

  /** The camera's clock minus the server's, ms: median of the last sender reports; null when the camera sends none. */
  get cameraClockOffsetMs(): number | null {
    const sorted = this.#senderOffsetsMs.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? null;
  }

  /** The stream's own times have stopped advancing after they were good: a new connection gives a new time line. */
  get standing(): boolean {
    return this.#standing;
  }

  /** Takes the next fragment; returns what can be placed now: nothing while the connection settles, then all of it. */
  push(init: InitSegment, media: MediaFragment, arrivedAtMs: number): PlacedFragment[] {
    const placement = this.#clock.observe({ arrivedAtMs, ...timesOf(init, media) });
    this.#waiting.push({ init, media });
    if (placement.kind === 'settling') return [];
    const ready = this.#waiting;
    this.#waiting = [];
    return ready.map((waiting, index) => this.#place(waiting, placement, index === 0));
  }

  #place({ init, media }: Waiting, placement: Exclude<Placement, { kind: 'settling' }>, first: boolean): PlacedFragment {
    const exact =
      placement.kind === 'placed'
        ? byStream(init, media, placement)
        : media.samples.map((_, index) => placement.firstMs + index * placement.stepMs);
    this.#goodFragments = placement.kind === 'placed' ? this.#goodFragments + 1 : 0;
    this.#standing ||= placement.kind === 'standing' && this.#goodBefore >= GOOD_FRAGMENTS;
    if (placement.kind === 'placed') this.#goodBefore = this.#goodFragments;
    const discontinuity = this.#discontinuity(init, media, first && placement.jumped);
    if (placement.kind === 'placed') this.#noteSender(init, media, placement.offsetMs);
    this.#placedAny = true;
    return {
      epoch: this.#options.epoch,
      init,
      media,
      captureTimesMs: distinct(media.samples, exact),
      ...(discontinuity ? { discontinuity } : {}),
      ...(this.#loopIndex === null ? {} : { recording: true as const }),
    };
  }

  #discontinuity(init: InitSegment, media: MediaFragment, jumped: boolean): Discontinuity | undefined {
    const seam = this.#crossesSeam(init, media);
    if (!this.#placedAny) return this.#options.discontinuity;
    if (jumped) return 'clock-jump';
    return seam ? 'loop-seam' : undefined;
  }

  #crossesSeam(init: InitSegment, media: MediaFragment): boolean {
    const first = media.samples[0];
    const mark = first?.key ? readRecordingMark(media, first, init) : null;
    if (!mark) return false;
    const before = this.#loopIndex;
    this.#loopIndex = mark.loopIndex;
    return before !== null && before !== mark.loopIndex;
  }

  /** ffmpeg's parser hands a picture the time of the packet that completed it, the first of the next picture. */
  #noteSender(init: InitSegment, media: MediaFragment, offsetMs: number): void {
    const reference = media.producerReference;
    if (!reference) return;
    const nextPictureTicks = media.samples[1]?.ptsTicks ?? reference.mediaTicks + (media.samples[0]?.durationTicks ?? 0);
    this.#senderOffsetsMs.push(reference.senderMs - ((nextPictureTicks * 1000) / init.timescale + offsetMs));
    if (this.#senderOffsetsMs.length > OFFSET_SAMPLES) this.#senderOffsetsMs.shift();
  }
}

function timesOf(init: InitSegment, { samples }: MediaFragment): Omit<FragmentTimes, 'arrivedAtMs'> {
  const toMs = 1000 / init.timescale;
  return {
    ptsMs: samples.map(({ ptsTicks }) => ptsTicks * toMs),
    dtsMs: samples.map(({ dtsTicks }) => dtsTicks * toMs),
    lastDurationMs: (samples[samples.length - 1]?.durationTicks ?? 0) * toMs,
  };
}

function byStream(init: InitSegment, { samples }: MediaFragment, placement: Extract<Placement, { kind: 'placed' }>): number[] {
  return samples.map(
    ({ ptsTicks }, index) =>
      (ptsTicks * 1000) / init.timescale + (index < placement.breakAt ? placement.earlierOffsetMs : placement.offsetMs),
  );
}

/** Whole ms, no two pictures of the fragment the same. */
function distinct(samples: readonly Sample[], exact: readonly number[]): number[] {
  const order = samples.map((_, index) => index).sort((a, b) => (exact[a] ?? 0) - (exact[b] ?? 0));
  const times = new Array<number>(samples.length);
  let last = Number.NEGATIVE_INFINITY;
  for (const index of order) {
    last = Math.max(Math.round(exact[index] ?? 0), last + 1);
    times[index] = last;
  }
  return times;
}
