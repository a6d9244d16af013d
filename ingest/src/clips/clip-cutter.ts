import { createHash } from 'node:crypto';
import { SafecityError } from '@safecity/contracts';
import { type ClipFragment, progressiveMp4 } from '../mp4/progressive-mp4.js';
import type { GopRing } from '../ring/gop-ring.js';
import { playableSpan, ringFragments, type Span } from './span.js';

/** A clip ready to be written. */
export interface Clip {
  /** The file in order; pictures are views of the ring. */
  parts: Buffer[];
  sizeBytes: number;
  sha256: string;
  /** Capture time at media time 0 and of the last picture, epoch ms. */
  fromMs: number;
  toMs: number;
  durationMs: number;
  codec: string;
  widthPx: number;
  heightPx: number;
  source: 'ring' | 'recording';
  gaps: Span['gaps'];
}

/** A stretch of capture time, both ends inclusive, epoch ms. */
export interface ClipWanted {
  fromMs: number;
  toMs: number;
}

/** Video on disk, for what the ring has forgotten. */
export interface RecordedVideo {
  fragments(cameraId: string, fromMs: number, toMs: number): Promise<ClipFragment[]>;
}

/** A ring that begins this much later than wanted still gives the clip: keyframes may be that far apart. */
const TOLERANCE_MS = 500;

/** Cuts clips as stream copies: no picture is decoded, so one costs a copy of its bytes. */
export class ClipCutter {
  readonly #recorded: RecordedVideo | null;

  constructor(recorded: RecordedVideo | null = null) {
    this.#recorded = recorded;
  }

  /**
   * Cuts from the ring; from the recording what the ring no longer holds. The clip begins at the keyframe at or before
   * `fromMs` and holds what there is: `fromMs`, `toMs` and `gaps` of the result say what that is.
   * @throws SafecityError `INGEST_CLIP_UNAVAILABLE` (404) when no picture of that time is kept
   */
  async cut(cameraId: string, ring: GopRing, wanted: ClipWanted): Promise<Clip> {
    const inRing = ringFragments(ring, wanted.fromMs, wanted.toMs).filter(
      (fragment) => endOf(fragment) >= wanted.fromMs - TOLERANCE_MS || fragment.media.key,
    );
    const reaches = inRing[0] !== undefined && startOf(inRing[0]) <= wanted.fromMs + TOLERANCE_MS;
    const onDisk = reaches ? [] : ((await this.#recorded?.fragments(cameraId, wanted.fromMs, wanted.toMs)) ?? []);
    const better = onDisk[0] !== undefined && (inRing[0] === undefined || startOf(onDisk[0]) < startOf(inRing[0]) - TOLERANCE_MS);
    const fragments = better ? joined(onDisk, inRing) : inRing;
    const span = playableSpan(fragments, (wanted.fromMs + wanted.toMs) / 2);
    if (!span || endOf(span.fragments[span.fragments.length - 1] as ClipFragment) < wanted.fromMs) throw unavailable(wanted);
    return clipOf(cameraId, span, better ? 'recording' : 'ring');
  }
}

const startOf = ({ captureTimesMs }: ClipFragment) => Math.min(...captureTimesMs);
const endOf = ({ captureTimesMs }: ClipFragment) => Math.max(...captureTimesMs);

/** The recording, then what the ring has after its end: a segment that is being written lags a little behind. */
function joined(onDisk: ClipFragment[], inRing: ClipFragment[]): ClipFragment[] {
  const recordedToMs = endOf(onDisk[onDisk.length - 1] as ClipFragment);
  return [...onDisk, ...inRing.filter((fragment) => startOf(fragment) > recordedToMs)];
}

function clipOf(cameraId: string, { fragments, gaps }: Span, source: Clip['source']): Clip {
  const iso = (ms: number) => new Date(ms).toISOString();
  const file = progressiveMp4(fragments, (fromMs, toMs) => `camera ${cameraId}, captured ${iso(fromMs)} to ${iso(toMs)}, stream copy`);
  const hash = createHash('sha256');
  for (const part of file.parts) hash.update(part);
  const { codec, widthPx, heightPx } = (fragments[0] as ClipFragment).init;
  return { ...file, sha256: hash.digest('hex'), codec, widthPx, heightPx, source, gaps };
}

function unavailable({ fromMs, toMs }: ClipWanted): SafecityError {
  const message = `no video from ${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()} is kept`;
  return new SafecityError('INGEST_CLIP_UNAVAILABLE', message, { httpStatus: 404 });
}
