import { box, words } from '../mp4/box-writer.js';
import { readBoxHeader } from '../mp4/boxes.js';
import { parseFragment } from '../mp4/fragment.js';
import { type InitSegment, parseInitSegment } from '../mp4/init-segment.js';
import type { ClipFragment } from '../mp4/progressive-mp4.js';
import { GroupIndexBuilder, type RecordedGroup } from './group-index.js';

/** Marks the `uuid` box that carries capture times; players pass over it. */
const CAPTURE_UUID = Buffer.from('5afec17e6d6172638001000000000002', 'hex');
const HEADER_BYTES = CAPTURE_UUID.length + 12;
const MAX_SAMPLES = 10_000;

/** What a segment file holds: fragmented MP4, each fragment behind a box with the capture times of its pictures. */
export interface SegmentContent {
  init: InitSegment;
  fragments: ClipFragment[];
  groups: readonly RecordedGroup[];
  /** Where the last whole fragment ends; what lies behind was cut off in the middle. */
  wholeBytes: number;
}

/** `uuid` box of the capture times, whole epoch ms: the first as 64 bit, each one's distance to it as signed 32 bit. */
function captureBox(captureTimesMs: readonly number[]): Buffer {
  const firstMs = captureTimesMs[0] ?? 0;
  const head = Buffer.alloc(12);
  head.writeUInt32BE(captureTimesMs.length);
  head.writeBigInt64BE(BigInt(firstMs), 4);
  return box('uuid', CAPTURE_UUID, head, words(...captureTimesMs.map((ms) => ms - firstMs)));
}

/** A fragment as it stands in a segment file. */
export function segmentParts({ media, captureTimesMs }: ClipFragment): Buffer[] {
  return [captureBox(captureTimesMs), media.data];
}

function captureTimesOf(content: Buffer): number[] | null {
  if (content.length < HEADER_BYTES || !content.subarray(0, CAPTURE_UUID.length).equals(CAPTURE_UUID)) return null;
  const count = content.readUInt32BE(CAPTURE_UUID.length);
  if (count > MAX_SAMPLES || content.length !== HEADER_BYTES + count * 4) return null;
  const firstMs = Number(content.readBigInt64BE(CAPTURE_UUID.length + 4));
  return Array.from({ length: count }, (_, index) => firstMs + content.readInt32BE(HEADER_BYTES + index * 4));
}

/**
 * Reads a segment up to its last whole fragment: a file that a crash cut off yields what came before. Null when not even
 * its first fragment is whole. The fragments are views of `data`.
 */
export function readSegment(data: Buffer): SegmentContent | null {
  let ftyp: Buffer | null = null;
  let init: InitSegment | null = null;
  let times: number[] | null = null;
  let timesAt = 0;
  let moofAt = -1;
  let wholeBytes = 0;
  const fragments: ClipFragment[] = [];
  const index = new GroupIndexBuilder();
  try {
    for (let at = 0; at < data.length; ) {
      const header = readBoxHeader(data, at);
      if (!header || header.sizeBytes < header.headerBytes || at + header.sizeBytes > data.length) break;
      const end = at + header.sizeBytes;
      if (header.type === 'ftyp') ftyp = data.subarray(at, end);
      else if (header.type === 'moov')
        init = parseInitSegment(Buffer.concat(ftyp ? [ftyp, data.subarray(at, end)] : [data.subarray(at, end)]));
      else if (header.type === 'uuid') {
        times = captureTimesOf(data.subarray(at + header.headerBytes, end));
        timesAt = at;
      } else if (header.type === 'moof') moofAt = at;
      else if (header.type === 'mdat') {
        if (!init || !times || moofAt < 0) break;
        const media = parseFragment(data.subarray(moofAt, end), init);
        if (media.samples.length !== times.length) break;
        const fragment = { init, media, captureTimesMs: times };
        fragments.push(fragment);
        index.add(fragment, timesAt, end - timesAt);
        wholeBytes = end;
        times = null;
        moofAt = -1;
      }
      at = end;
    }
  } catch {
    // A damaged fragment ends the segment as a torn one does.
  }
  return init && fragments.length > 0 ? { init, fragments, groups: index.groups, wholeBytes } : null;
}
