import { createHash } from 'node:crypto';
import { SafecityError } from '@safecity/contracts';
import { type ClipFragment, progressiveMp4 } from '../mp4/progressive-mp4.js';
import type { GopRing } from '../ring/gop-ring.js';
import { fromKeyframe, playableSpan, ringFragments, type Span } from './span.js';

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
  gaps: Span['gaps'];
  /** Privacy masks are painted in. */
  masked?: true;
}

/** A stretch of capture time, both ends inclusive, epoch ms. */
export interface ClipWanted {
  fromMs: number;
  toMs: number;
}

/** Video of a camera on disk: every fragment of that time (inclusive) in order, and what came with it before and after. */
export type Recorded = (cameraId: string, fromMs: number, toMs: number) => Promise<readonly ClipFragment[]>;

/** Cuts clips as stream copies: no picture is decoded, so one costs a copy of its bytes. */
export class ClipCutter {
  readonly #recorded: Recorded | undefined;

  /** @param recorded asked for what the ring has forgotten */
  constructor(recorded?: Recorded) {
    this.#recorded = recorded;
  }

  /**
   * The clip begins at the keyframe at or before `fromMs` and holds what the ring and the recording have: `fromMs`, `toMs`
   * and `gaps` of the result say what that is.
   * @throws SafecityError `INGEST_CLIP_UNAVAILABLE` (404) when no picture of that time is kept
   */
  async cut(cameraId: string, ring: GopRing, wanted: ClipWanted): Promise<Clip> {
    const fragments = await this.#fragments(cameraId, ring, wanted);
    const span = playableSpan(fragments, (wanted.fromMs + wanted.toMs) / 2);
    const last = span?.fragments[span.fragments.length - 1];
    if (!span || !last || Math.max(...last.captureTimesMs) < wanted.fromMs) throw unavailable(wanted);
    return clipOf(cameraId, span);
  }

  async #fragments(cameraId: string, ring: GopRing, { fromMs, toMs }: ClipWanted): Promise<ClipFragment[]> {
    const kept = ringFragments(ring, fromMs, toMs);
    const keptFromMs = kept[0]?.captureTimesMs[0] ?? Number.POSITIVE_INFINITY;
    if (!this.#recorded || keptFromMs <= fromMs) return kept;
    const recorded = await this.#recorded(cameraId, fromMs, Math.min(toMs, keptFromMs));
    const wanted = recorded.filter(({ captureTimesMs }) => Math.min(...captureTimesMs) <= toMs);
    const meet = wanted.findIndex(({ captureTimesMs }) => (captureTimesMs[0] ?? 0) >= keptFromMs);
    return [...fromKeyframe(meet < 0 ? wanted : wanted.slice(0, meet), fromMs), ...kept];
  }
}

function clipOf(cameraId: string, { fragments, gaps }: Span): Clip {
  const iso = (ms: number) => new Date(ms).toISOString();
  const { codec, widthPx, heightPx, masked } = (fragments[0] as ClipFragment).init;
  const how = masked ? 'encoded anew with privacy masks' : 'stream copy';
  const file = progressiveMp4(fragments, (fromMs, toMs) => `camera ${cameraId}, captured ${iso(fromMs)} to ${iso(toMs)}, ${how}`);
  const hash = createHash('sha256');
  for (const part of file.parts) hash.update(part);
  return { ...file, sha256: hash.digest('hex'), codec, widthPx, heightPx, gaps, ...(masked ? { masked } : {}) };
}

function unavailable({ fromMs, toMs }: ClipWanted): SafecityError {
  const message = `no video from ${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()} is kept`;
  return new SafecityError('INGEST_CLIP_UNAVAILABLE', message, { httpStatus: 404 });
}
