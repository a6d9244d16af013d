import type { MediaFragment, Sample } from './mp4/fragment.js';
import type { InitSegment } from './mp4/init-segment.js';
import { nalUnits } from './mp4/nal-units.js';

/**
 * The mark a camera simulator puts into its stream: an SEI message "user data unregistered" (H.264 and H.265 7.3.2.3,
 * D.1). Production code uses
 * that there is a mark, which makes the camera a simulated one, and `loopIndex`: where it changes, the recording began
 * anew and tracks cannot go on.
 */
export interface RecordingMark {
  /** True capture time, epoch microseconds. For tests; never a source of time in production. */
  captureUs: number;
  loopIndex: number;
  frameIndex: number;
}

const MARK_UUID = Buffer.from('5afec17e6d61726b8001000000000001', 'hex');
const MARK_VERSION = 1;
const MARK_BYTES = MARK_UUID.length + 1 + 8 + 4 + 4;
const USER_DATA_UNREGISTERED = 5;
/** The mark comes first; what follows the first NAL units of a sample is picture data. */
const NAL_UNITS_LOOKED_AT = 8;

function seiPayload(nal: Buffer, family: InitSegment['family']): Buffer | null {
  const first = nal[0] ?? 0;
  if (family === 'h264') return (first & 0x1f) === 6 ? nal.subarray(1) : null;
  return ((first >> 1) & 0x3f) === 39 ? nal.subarray(2) : null;
}

/** Takes the emulation prevention bytes out (a 3 after two zeros); stops at `limit` bytes. */
function withoutEmulationPrevention(escaped: Buffer, limit: number): Buffer {
  const plain: number[] = [];
  let zeros = 0;
  for (const byte of escaped) {
    if (plain.length === limit) break;
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    plain.push(byte);
  }
  return Buffer.from(plain);
}

function readLength(bytes: Buffer, from: number): { value: number; at: number } {
  let at = from;
  let value = 0;
  while (bytes[at] === 255) {
    value += 255;
    at++;
  }
  return { value: value + (bytes[at] ?? 0), at: at + 1 };
}

function markIn(sei: Buffer): RecordingMark | null {
  let at = 0;
  while (at + 2 < sei.length) {
    const type = readLength(sei, at);
    const size = readLength(sei, type.at);
    const payload = sei.subarray(size.at, size.at + size.value);
    if (type.value === USER_DATA_UNREGISTERED && payload.length >= MARK_BYTES && payload.subarray(0, MARK_UUID.length).equals(MARK_UUID)) {
      if (payload[MARK_UUID.length] !== MARK_VERSION) return null;
      const fields = MARK_UUID.length + 1;
      return {
        captureUs: Number(payload.readBigUInt64BE(fields)),
        loopIndex: payload.readUInt32BE(fields + 8),
        frameIndex: payload.readUInt32BE(fields + 12),
      };
    }
    at = size.at + size.value;
  }
  return null;
}

/** The simulator's mark in one picture; null when it has none, as with every real camera. */
export function readRecordingMark(fragment: MediaFragment, sample: Sample, init: InitSegment): RecordingMark | null {
  let seen = 0;
  for (const nal of nalUnits(fragment, sample, init.nalLengthBytes)) {
    if (++seen > NAL_UNITS_LOOKED_AT) return null;
    const sei = seiPayload(nal, init.family);
    const mark = sei ? markIn(withoutEmulationPrevention(sei, 512)) : null;
    if (mark) return mark;
  }
  return null;
}
