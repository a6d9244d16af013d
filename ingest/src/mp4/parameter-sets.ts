import type { MediaFragment } from './fragment.js';
import type { InitSegment } from './init-segment.js';
import { nalUnits } from './nal-units.js';

/** `nal_unit_type` of a sequence parameter set: ITU-T H.264 table 7-1, H.265 table 7-1. */
const H264_SPS = 7;
const H265_SPS = 33;

/**
 * The sequence parameter sets that the stream itself carries in front of the fragment's first picture, one after the
 * other: picture size, profile and reordering are in them. Null when there are none: not a keyframe, or a camera that
 * sends them in its session description only.
 */
export function sequenceParameterSets(init: InitSegment, media: MediaFragment): Buffer | null {
  const first = media.samples[0];
  if (!first?.key) return null;
  const found: Buffer[] = [];
  for (const nal of nalUnits(media, first, init.nalLengthBytes)) {
    const head = nal[0] ?? 0;
    if (init.family === 'h264' ? (head & 0x1f) === H264_SPS : ((head >> 1) & 0x3f) === H265_SPS) found.push(nal);
  }
  return found.length > 0 ? Buffer.concat(found) : null;
}
