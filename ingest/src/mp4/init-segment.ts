import { SafecityError } from '@safecity/contracts';
import { type BoxView, childBoxes, findBox } from './boxes.js';
import { avcCodecString, hevcCodecString } from './codec-string.js';

/** What an initialisation segment (`ftyp` + `moov`) says about its video track. */
export interface InitSegment {
  /** The segment itself, ready to be sent to a player or a decoder. */
  data: Buffer;
  family: 'h264' | 'h265';
  /** RFC 6381, for example `avc1.64001f`. */
  codec: string;
  trackId: number;
  /** Ticks per second of every time in the track. */
  timescale: number;
  widthPx: number;
  heightPx: number;
  /** Length in bytes of the size in front of each NAL unit: 1, 2 or 4. */
  nalLengthBytes: number;
  /** `trex`: what a `trun` that leaves a field out means. */
  defaults: { durationTicks: number; sizeBytes: number; flags: number };
  /** Privacy masks are painted in, the video was encoded anew. Stands in the segment, so it outlasts ring and restart. */
  masked?: true;
}

/** Name of the track's handler in masked video. */
export const MASKED_HANDLER = 'safecity-masked';

/** Size of the fixed fields of a VisualSampleEntry, in front of its boxes (ISO/IEC 14496-12 12.1.3). */
const VISUAL_SAMPLE_ENTRY_BYTES = 78;

function corrupt(what: string): SafecityError {
  return new SafecityError('INGEST_MP4_CORRUPT', `initialisation segment: ${what}`);
}

function required(box: BoxView | null, name: string): BoxView {
  if (!box) throw corrupt(`no ${name} box`);
  return box;
}

function videoTrack(data: Buffer, moov: BoxView): BoxView {
  for (const box of childBoxes(data, moov.start, moov.end)) {
    if (box.type !== 'trak') continue;
    const handler = findBox(data, box, ['mdia', 'hdlr']);
    if (handler && data.toString('latin1', handler.start + 8, handler.start + 12) === 'vide') return box;
  }
  throw new SafecityError('INGEST_CAMERA_NO_VIDEO', 'the stream has no video: choose another stream of the camera');
}

function isMasked(data: Buffer, trak: BoxView): boolean {
  const handler = findBox(data, trak, ['mdia', 'hdlr']);
  return handler !== null && data.toString('latin1', handler.start + 24, handler.end).startsWith(MASKED_HANDLER);
}

interface SampleEntry {
  family: 'h264' | 'h265';
  codec: string;
  widthPx: number;
  heightPx: number;
  nalLengthBytes: number;
}

function sampleEntry(data: Buffer, trak: BoxView): SampleEntry {
  const stsd = required(findBox(data, trak, ['mdia', 'minf', 'stbl', 'stsd']), 'stsd');
  const entry = childBoxes(data, stsd.start + 8, stsd.end).next().value;
  if (!entry || entry.end - entry.start < VISUAL_SAMPLE_ENTRY_BYTES) throw corrupt('no sample entry');
  const inner = { start: entry.start + VISUAL_SAMPLE_ENTRY_BYTES, end: entry.end };
  const size = { widthPx: data.readUInt16BE(entry.start + 24), heightPx: data.readUInt16BE(entry.start + 26) };
  const avcC = findBox(data, inner, ['avcC']);
  if (avcC && avcC.end - avcC.start >= 7) {
    const content = data.subarray(avcC.start, avcC.end);
    return { family: 'h264', codec: avcCodecString(content), nalLengthBytes: ((content[4] ?? 3) & 3) + 1, ...size };
  }
  const hvcC = findBox(data, inner, ['hvcC']);
  if (hvcC && hvcC.end - hvcC.start >= 23) {
    const content = data.subarray(hvcC.start, hvcC.end);
    return { family: 'h265', codec: hevcCodecString(content), nalLengthBytes: ((content[21] ?? 3) & 3) + 1, ...size };
  }
  throw new SafecityError(
    'INGEST_CAMERA_CODEC_UNSUPPORTED',
    `the video is "${entry.type}", neither H.264 nor H.265: choose one of them in the camera`,
  );
}

function trackDefaults(data: Buffer, moov: BoxView, trackId: number): InitSegment['defaults'] {
  const mvex = findBox(data, moov, ['mvex']);
  for (const box of mvex ? childBoxes(data, mvex.start, mvex.end) : []) {
    if (box.type !== 'trex' || data.readUInt32BE(box.start + 4) !== trackId) continue;
    return {
      durationTicks: data.readUInt32BE(box.start + 12),
      sizeBytes: data.readUInt32BE(box.start + 16),
      flags: data.readUInt32BE(box.start + 20),
    };
  }
  return { durationTicks: 0, sizeBytes: 0, flags: 0 };
}

/**
 * ffmpeg names H.265 `hev1`; players of Apple and of Chromium want `hvc1`. Both mean the same bytes here, and the tag
 * cannot be asked for on the command line before the codec is known, so it is written into the segment.
 */
function tagHvc1(data: Buffer, trak: BoxView): void {
  const stsd = findBox(data, trak, ['mdia', 'minf', 'stbl', 'stsd']);
  const entry = stsd ? childBoxes(data, stsd.start + 8, stsd.end).next().value : undefined;
  if (entry?.type === 'hev1') data.write('hvc1', entry.start - 4, 'latin1');
}

/**
 * Reads `ftyp` + `moov` of a fragmented MP4 with one video track. Renames an `hev1` sample entry in `data` to `hvc1`.
 * @throws SafecityError `INGEST_MP4_CORRUPT`, `INGEST_CAMERA_NO_VIDEO`, `INGEST_CAMERA_CODEC_UNSUPPORTED`
 */
export function parseInitSegment(data: Buffer): InitSegment {
  try {
    const moov = required(findBox(data, { start: 0, end: data.length }, ['moov']), 'moov');
    const trak = videoTrack(data, moov);
    const tkhd = required(findBox(data, trak, ['tkhd']), 'tkhd');
    const mdhd = required(findBox(data, trak, ['mdia', 'mdhd']), 'mdhd');
    const trackId = data.readUInt32BE(tkhd.start + (data[tkhd.start] === 1 ? 20 : 12));
    const timescale = data.readUInt32BE(mdhd.start + (data[mdhd.start] === 1 ? 20 : 12));
    tagHvc1(data, trak);
    if (timescale === 0) throw corrupt('timescale is 0');
    const masked = isMasked(data, trak) ? { masked: true as const } : {};
    return { data, trackId, timescale, ...sampleEntry(data, trak), defaults: trackDefaults(data, moov, trackId), ...masked };
  } catch (error) {
    if (error instanceof SafecityError) throw error;
    throw new SafecityError('INGEST_MP4_CORRUPT', 'initialisation segment is cut short', { cause: error });
  }
}
