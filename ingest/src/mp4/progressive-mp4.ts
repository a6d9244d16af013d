import { box, words } from './box-writer.js';
import { type BoxView, childBoxes, findBox } from './boxes.js';
import type { InitSegment } from './init-segment.js';
import { type ClipFragment, type ClipSample, timed } from './timed-samples.js';

export type { ClipFragment } from './timed-samples.js';

/** An MP4 file that has not been written yet. */
export interface ProgressiveMp4 {
  /** The file, in order; the pictures are views of the fragments, not copies. */
  parts: Buffer[];
  sizeBytes: number;
  /** Capture time of the picture at media time 0, and of the last one, epoch ms. */
  fromMs: number;
  toMs: number;
  durationMs: number;
}

const MOVIE_TIMESCALE = 1000;
const SECONDS_1904_TO_1970 = 2_082_844_800;
const MAX_UINT32 = 0xffffffff;
const UNITY_MATRIX = [0x00010000, 0, 0, 0, 0x00010000, 0, 0, 0, 0x40000000];

function runs(values: readonly number[]): { count: number; value: number }[] {
  const found: { count: number; value: number }[] = [];
  for (const value of values) {
    const last = found[found.length - 1];
    if (last?.value === value) last.count++;
    else found.push({ count: 1, value });
  }
  return found;
}

function runTable(type: string, version: number, values: readonly number[]): Buffer {
  const rows = runs(values);
  return box(type, words(version << 24, rows.length, ...rows.flatMap(({ count, value }) => [count, value])));
}

/** A box of the init segment, header included. */
function copied(init: InitSegment, within: BoxView, path: string[]): Buffer {
  const found = findBox(init.data, within, path);
  return found ? init.data.subarray(found.start - 8, found.end) : Buffer.alloc(0);
}

function videoTrack({ data, trackId }: InitSegment): BoxView {
  const moov = findBox(data, { start: 0, end: data.length }, ['moov']) as BoxView;
  for (const track of childBoxes(data, moov.start, moov.end)) {
    const tkhd = track.type === 'trak' ? findBox(data, track, ['tkhd']) : null;
    if (tkhd && data.readUInt32BE(tkhd.start + (data[tkhd.start] === 1 ? 20 : 12)) === trackId) return track;
  }
  return moov;
}

/** The lower half of a duration in ticks where a 32-bit field is all there is. */
function bounded(ticks: number): number {
  return Math.min(MAX_UINT32, Math.max(0, Math.round(ticks)));
}

function commentBox(text: string): Buffer {
  const value = Buffer.concat([words(1, 0), Buffer.from(text, 'utf8')]);
  const handler = box('hdlr', words(0, 0), Buffer.from('mdirappl', 'latin1'), words(0, 0), Buffer.alloc(1));
  return box('udta', box('meta', words(0), handler, box('ilst', box('\xa9cmt', box('data', value)))));
}

interface Layout {
  init: InitSegment;
  samples: ClipSample[];
  /** Number of pictures and of bytes of each chunk. */
  chunks: { samples: number; bytes: number }[];
  durationTicks: number;
  fromMs: number;
  comment: string;
}

/** `moov` (ISO/IEC 14496-12 8.2) with the media data beginning at `mediaOffset`. */
function movieBox(layout: Layout, mediaOffset: number): Buffer {
  const { init, samples, chunks, durationTicks, fromMs } = layout;
  const track = videoTrack(init);
  const durations = samples.map((sample, i) => (samples[i + 1]?.dtsTicks ?? sample.dtsTicks + lastStep(samples, init)) - sample.dtsTicks);
  const firstDts = samples[0]?.dtsTicks ?? 0;
  const movieDuration = bounded((durationTicks * MOVIE_TIMESCALE) / init.timescale);
  const created = Math.floor(fromMs / 1000) + SECONDS_1904_TO_1970;
  let offset = mediaOffset;
  const offsets = chunks.map(({ bytes }) => {
    offset += bytes;
    return offset - bytes;
  });
  const shifts = samples.map(({ ptsTicks, dtsTicks }) => ptsTicks - dtsTicks);
  const keys = samples.flatMap(({ key }, index) => (key ? [index + 1] : []));
  const perChunk = runs(chunks.map((chunk) => chunk.samples));
  let chunk = 1;
  const chunkRows = perChunk.flatMap(({ count, value }) => {
    chunk += count;
    return [chunk - count, value, 1];
  });
  const stbl = box(
    'stbl',
    copied(init, track, ['mdia', 'minf', 'stbl', 'stsd']),
    runTable('stts', 0, durations),
    ...(shifts.some((shift) => shift !== 0) ? [runTable('ctts', 1, shifts)] : []),
    box('stss', words(0, keys.length, ...keys)),
    box('stsc', words(0, perChunk.length, ...chunkRows)),
    box('stsz', words(0, 0, samples.length, ...samples.map(({ sizeBytes }) => sizeBytes))),
    box('stco', words(0, offsets.length, ...offsets)),
  );
  const minf = box('minf', copied(init, track, ['mdia', 'minf', 'vmhd']), copied(init, track, ['mdia', 'minf', 'dinf']), stbl);
  const mediaTicks = bounded(durations.reduce((sum, ticks) => sum + ticks, 0));
  const language = 0x55c40000;
  const mdhd = box('mdhd', words(0, created, created, init.timescale, mediaTicks, language));
  const mdia = box('mdia', mdhd, copied(init, track, ['mdia', 'hdlr']), minf);
  const head = [created, created, init.trackId, 0, movieDuration, 0, 0, 0, 0];
  const tkhd = box('tkhd', words(3, ...head, ...UNITY_MATRIX, init.widthPx * 0x10000, init.heightPx * 0x10000));
  // The edit starts the presentation at media time 0 although decoding starts before it.
  const edts = box('edts', box('elst', words(0, 1, movieDuration, Math.max(0, -firstDts), 0x00010000)));
  const mvhd = box(
    'mvhd',
    words(0, created, created, MOVIE_TIMESCALE, movieDuration, 0x00010000, 0x01000000, 0, 0, ...UNITY_MATRIX),
    words(0, 0, 0, 0, 0, 0, init.trackId + 1),
  );
  return box('moov', mvhd, box('trak', tkhd, edts, mdia), commentBox(layout.comment));
}

function lastStep(samples: readonly ClipSample[], init: InitSegment): number {
  const last = samples[samples.length - 1];
  const before = samples[samples.length - 2];
  const step = last && before ? last.dtsTicks - before.dtsTicks : init.timescale / 25;
  return Math.max(1, Math.min(Math.round(step), init.timescale));
}

/** The bytes of a fragment's pictures: one view when they lie side by side. */
function mediaOf({ media }: ClipFragment): Buffer[] {
  const { data, samples } = media;
  const pieces = samples.map(({ offset, sizeBytes }) => ({ from: offset, to: offset + sizeBytes }));
  const joined = pieces.every((piece, index) => index === 0 || pieces[index - 1]?.to === piece.from);
  const [first] = pieces;
  const last = pieces[pieces.length - 1];
  if (joined && first && last) return [data.subarray(first.from, last.to)];
  return pieces.map(({ from, to }) => data.subarray(from, to));
}

/**
 * Joins fragments into an MP4 file whose index comes first, so that it plays while it loads: a stream copy, no picture is
 * changed. Media time is capture time less `fromMs`, to a tick of the stream; a gap is a picture that stands.
 * @param comment stored in the file (`©cmt`)
 */
export function progressiveMp4(fragments: readonly ClipFragment[], comment: (fromMs: number, toMs: number) => string): ProgressiveMp4 {
  const init = fragments[0]?.init as InitSegment;
  const captures = fragments.flatMap(({ captureTimesMs }) => [...captureTimesMs]);
  const fromMs = captures.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
  const toMs = captures.reduce((most, ms) => Math.max(most, ms), Number.NEGATIVE_INFINITY);
  const samples = timed(fragments, fromMs, init.timescale);
  const media = fragments.map(mediaOf);
  const chunks = fragments.map((fragment, index) => ({
    samples: fragment.media.samples.length,
    bytes: (media[index] ?? []).reduce((sum, piece) => sum + piece.length, 0),
  }));
  const durationTicks = Math.max(...samples.slice(-64).map(({ ptsTicks }) => ptsTicks)) + lastStep(samples, init);
  const layout: Layout = { init, samples, chunks, durationTicks, fromMs, comment: comment(fromMs, toMs) };
  const brands = init.family === 'h265' ? 'isomiso2mp41hvc1' : 'isomiso2avc1mp41';
  const ftyp = box('ftyp', Buffer.from('isom', 'latin1'), words(0x200), Buffer.from(brands, 'latin1'));
  const moovBytes = movieBox(layout, 0).length;
  const mediaBytes = chunks.reduce((sum, { bytes }) => sum + bytes, 0);
  const mdat = Buffer.alloc(8);
  mdat.writeUInt32BE(8 + mediaBytes);
  mdat.write('mdat', 4, 'latin1');
  const parts = [ftyp, movieBox(layout, ftyp.length + moovBytes + 8), mdat, ...media.flat()];
  const durationMs = Math.round((durationTicks * 1000) / init.timescale);
  return { parts, sizeBytes: ftyp.length + moovBytes + 8 + mediaBytes, fromMs, toMs, durationMs };
}
