import { SafecityError } from '@safecity/contracts';
import { type BoxView, childBoxes, findBox } from './boxes.js';
import type { InitSegment } from './init-segment.js';

/** One picture of a fragment; times in ticks of the init segment's timescale. */
export interface Sample {
  dtsTicks: number;
  ptsTicks: number;
  durationTicks: number;
  /** Where its bytes lie in the fragment's `data`. */
  offset: number;
  sizeBytes: number;
  /** Decoding can start here. */
  key: boolean;
}

/** `prft`: the sender's own clock at one media time. ffmpeg fills it from RTCP sender reports. */
export interface ProducerReference {
  /** The sender's clock, epoch ms. */
  senderMs: number;
  mediaTicks: number;
}

/** One `moof` + `mdat` with its sample table. */
export interface MediaFragment {
  /** `moof` + `mdat`, ready to be sent to a player or a decoder. */
  data: Buffer;
  samples: Sample[];
  /** The first picture is a keyframe. */
  key: boolean;
  producerReference?: ProducerReference;
}

const SAMPLE_IS_NON_SYNC = 0x10000;
const MAX_SAMPLES = 10_000;
/** Flags of a `prft` that carries a time from the sender (RTCP); 0 would be this machine's clock. */
const PRFT_FROM_SENDER = 24;
const NTP_TO_UNIX_SECONDS = 2_208_988_800;

function corrupt(what: string, cause?: unknown): SafecityError {
  return new SafecityError('INGEST_MP4_CORRUPT', `media fragment: ${what}`, { cause });
}

interface FragmentHeader {
  trackId: number;
  defaults: InitSegment['defaults'];
}

/** `tfhd`, ISO/IEC 14496-12 8.8.7. */
function readTrackHeader(data: Buffer, box: BoxView, init: InitSegment): FragmentHeader {
  const flags = data.readUInt32BE(box.start) & 0xffffff;
  const defaults = { ...init.defaults };
  let at = box.start + 8;
  if (flags & 0x1) at += 8;
  if (flags & 0x2) at += 4;
  if (flags & 0x8) {
    defaults.durationTicks = data.readUInt32BE(at);
    at += 4;
  }
  if (flags & 0x10) {
    defaults.sizeBytes = data.readUInt32BE(at);
    at += 4;
  }
  if (flags & 0x20) defaults.flags = data.readUInt32BE(at);
  return { trackId: data.readUInt32BE(box.start + 4), defaults };
}

function readDecodeTime(data: Buffer, traf: BoxView): number {
  const box = findBox(data, traf, ['tfdt']);
  if (!box) throw corrupt('no tfdt box');
  return data[box.start] === 1 ? Number(data.readBigUInt64BE(box.start + 4)) : data.readUInt32BE(box.start + 4);
}

interface Run {
  dtsTicks: number;
  offset: number;
}

/** `trun`, ISO/IEC 14496-12 8.8.8; appends to `samples` and returns where the next run goes on. */
function readRun(data: Buffer, box: BoxView, header: FragmentHeader, from: Run, samples: Sample[]): Run {
  const word = data.readUInt32BE(box.start);
  const flags = word & 0xffffff;
  const signedOffsets = word >>> 24 > 0;
  const count = data.readUInt32BE(box.start + 4);
  if (count + samples.length > MAX_SAMPLES) throw corrupt(`${count} samples`);
  let at = box.start + 8;
  let { dtsTicks, offset } = from;
  const next = () => {
    at += 4;
    return data.readUInt32BE(at - 4);
  };
  if (flags & 0x1) offset = next() | 0;
  const firstFlags = flags & 0x4 ? next() : undefined;
  for (let i = 0; i < count; i++) {
    const durationTicks = flags & 0x100 ? next() : header.defaults.durationTicks;
    const sizeBytes = flags & 0x200 ? next() : header.defaults.sizeBytes;
    const sampleFlags = flags & 0x400 ? next() : header.defaults.flags;
    const shift = flags & 0x800 ? next() : 0;
    const effective = i === 0 && firstFlags !== undefined ? firstFlags : sampleFlags;
    if (offset < 0 || offset + sizeBytes > data.length) throw corrupt('a sample lies outside of the fragment');
    samples.push({
      dtsTicks,
      ptsTicks: dtsTicks + (signedOffsets ? shift | 0 : shift),
      durationTicks,
      offset,
      sizeBytes,
      key: (effective & SAMPLE_IS_NON_SYNC) === 0,
    });
    dtsTicks += durationTicks;
    offset += sizeBytes;
  }
  return { dtsTicks, offset };
}

/**
 * Reads one `moof` + `mdat` (data offsets relative to the `moof`, as `default_base_moof` writes them).
 * @throws SafecityError `INGEST_MP4_CORRUPT`
 */
export function parseFragment(data: Buffer, init: InitSegment): MediaFragment {
  const samples: Sample[] = [];
  try {
    const moof = findBox(data, { start: 0, end: data.length }, ['moof']);
    if (!moof) throw corrupt('no moof box');
    for (const traf of childBoxes(data, moof.start, moof.end)) {
      if (traf.type !== 'traf') continue;
      const tfhd = findBox(data, traf, ['tfhd']);
      if (!tfhd) throw corrupt('no tfhd box');
      const header = readTrackHeader(data, tfhd, init);
      if (header.trackId !== init.trackId) continue;
      let run: Run = { dtsTicks: readDecodeTime(data, traf), offset: moof.end + 8 };
      for (const box of childBoxes(data, traf.start, traf.end)) {
        if (box.type === 'trun') run = readRun(data, box, header, run, samples);
      }
    }
  } catch (error) {
    if (error instanceof SafecityError) throw error;
    throw corrupt('cut short', error);
  }
  const first = samples[0];
  if (!first) throw corrupt('no samples');
  return { data, samples, key: first.key };
}

/** `prft`, ISO/IEC 14496-12 8.16.5; null when the time in it is not the sender's. */
export function parseProducerReference(box: Buffer): ProducerReference | null {
  if (box.length < 28) return null;
  const word = box.readUInt32BE(8);
  if ((word & 0xffffff) !== PRFT_FROM_SENDER) return null;
  const long = word >>> 24 > 0;
  if (long && box.length < 32) return null;
  const seconds = box.readUInt32BE(16) - NTP_TO_UNIX_SECONDS;
  const senderMs = seconds * 1000 + (box.readUInt32BE(20) * 1000) / 2 ** 32;
  return { senderMs, mediaTicks: long ? Number(box.readBigUInt64BE(24)) : box.readUInt32BE(24) };
}
