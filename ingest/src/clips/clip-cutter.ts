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
  gaps: Span['gaps'];
}

/** A stretch of capture time, both ends inclusive, epoch ms. */
export interface ClipWanted {
  fromMs: number;
  toMs: number;
}

/** Cuts clips as stream copies: no picture is decoded, so one costs a copy of its bytes. */
export class ClipCutter {
  /**
   * The clip begins at the keyframe at or before `fromMs` and holds what the ring has: `fromMs`, `toMs` and `gaps` of the
   * result say what that is.
   * @throws SafecityError `INGEST_CLIP_UNAVAILABLE` (404) when no picture of that time is kept
   */
  async cut(cameraId: string, ring: GopRing, wanted: ClipWanted): Promise<Clip> {
    const span = playableSpan(ringFragments(ring, wanted.fromMs, wanted.toMs), (wanted.fromMs + wanted.toMs) / 2);
    const last = span?.fragments[span.fragments.length - 1];
    if (!span || !last || Math.max(...last.captureTimesMs) < wanted.fromMs) throw unavailable(wanted);
    return clipOf(cameraId, span);
  }
}

function clipOf(cameraId: string, { fragments, gaps }: Span): Clip {
  const iso = (ms: number) => new Date(ms).toISOString();
  const file = progressiveMp4(fragments, (fromMs, toMs) => `camera ${cameraId}, captured ${iso(fromMs)} to ${iso(toMs)}, stream copy`);
  const hash = createHash('sha256');
  for (const part of file.parts) hash.update(part);
  const { codec, widthPx, heightPx } = (fragments[0] as ClipFragment).init;
  return { ...file, sha256: hash.digest('hex'), codec, widthPx, heightPx, gaps };
}

function unavailable({ fromMs, toMs }: ClipWanted): SafecityError {
  const message = `no video from ${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()} is kept`;
  return new SafecityError('INGEST_CLIP_UNAVAILABLE', message, { httpStatus: 404 });
}
