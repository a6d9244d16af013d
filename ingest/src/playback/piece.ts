import { RECORDING_GAP_MS } from '@safecity/contracts';
import type { ClipFragment } from '../mp4/progressive-mp4.js';
import { timed } from '../mp4/timed-samples.js';
import { writtenFragment } from '../mp4/written-fragment.js';
import type { CameraArchive, Segment } from '../recorder/camera-archive.js';
import type { RecordedGroup } from '../recorder/group-index.js';
import { readSegment } from '../recorder/segment-file.js';

/** What is asked of a recording to be played. */
export interface PieceWanted {
  /** Capture time, epoch ms. */
  fromMs: number;
  /** At least so much, unless the segment ends before or it has too many bytes. */
  forMs: number;
  /** No group that begins then or later, epoch ms. */
  beforeMs: number;
  /** Keyframes alone, each standing until the next. */
  keysOnly: boolean;
}

/** A piece of a recording as fragmented MP4. Media time is capture time: seconds since 1970. */
export interface Piece {
  init: ClipFragment['init'];
  parts: Buffer[];
  /** Capture time of its first picture, a keyframe, and of its last, epoch ms. */
  fromMs: number;
  toMs: number;
  /** Where the next recorded group begins, epoch ms; null when nothing more is recorded yet. */
  nextMs: number | null;
}

/** More is fetched in further pieces. One group is never split, whatever its size. */
const MAX_PIECE_BYTES = 8 * 1024 * 1024;
/** The longest that a picture in front of a gap is taken to stand. */
const MAX_STEP_MS = 200;

/** Groups in order from `first` on, and what follows them. */
interface Run {
  groups: readonly RecordedGroup[];
  next: RecordedGroup | undefined;
}

/** Recorded pictures of one segment, in order of decoding from a keyframe on, as they lie on disk. */
export interface RecordedPictures {
  /** Never empty; pictures that cannot be decoded from the first one on are left out. */
  fragments: readonly ClipFragment[];
  /** Capture time of the first picture, a keyframe, and of the last, epoch ms. */
  fromMs: number;
  toMs: number;
  /** When the last picture ends, capture time. */
  endMs: number;
  /** Where the next recorded group begins, epoch ms; null when nothing more is recorded yet. */
  nextMs: number | null;
}

function runFrom(all: readonly RecordedGroup[], wanted: PieceWanted): Run {
  const before = all.findLastIndex(({ fromMs }) => fromMs <= wanted.fromMs);
  const first = Math.max(0, before);
  let end = first;
  let bytes = 0;
  while (end < all.length) {
    const group = all[end] as RecordedGroup;
    const size = wanted.keysOnly ? group.keyBytes : group.sizeBytes;
    const enough = group.fromMs >= wanted.fromMs + wanted.forMs || bytes + size > MAX_PIECE_BYTES;
    if (group.fromMs >= wanted.beforeMs || (end > first && enough)) break;
    bytes += size;
    end++;
  }
  return { groups: all.slice(first, end), next: all[end] };
}

/** The fragments of each group; of each keyframe alone when that is wanted. */
async function fragmentsOf(archive: CameraArchive, segment: Segment, groups: readonly RecordedGroup[], keysOnly: boolean) {
  const [first] = groups;
  const last = groups.at(-1);
  if (!first || !last) return null;
  const initBytes = (await archive.groupsOf(segment))?.[0]?.offset ?? 0;
  const init = await archive.bytesAt(segment, 0, initBytes);
  if (!init) return null;
  const stretches = keysOnly
    ? groups.map(({ offset, keyBytes }) => ({ offset, sizeBytes: keyBytes }))
    : [{ offset: first.offset, sizeBytes: last.offset + last.sizeBytes - first.offset }];
  const bytes = await Promise.all(stretches.map(({ offset, sizeBytes }) => archive.bytesAt(segment, offset, sizeBytes)));
  if (bytes.some((part) => part === null)) return null;
  const found = readSegment(Buffer.concat([init, ...(bytes as Buffer[])]))?.fragments ?? [];
  return keysOnly ? found.map(keyAlone) : found;
}

function keyAlone({ init, media, captureTimesMs }: ClipFragment): ClipFragment {
  return { init, media: { ...media, samples: media.samples.slice(0, 1) }, captureTimesMs: captureTimesMs.slice(0, 1) };
}

/** Pictures shown before the first keyframe need a group that is not sent. */
function withoutLeading(fragments: readonly ClipFragment[]): ClipFragment[] {
  const keyMs = fragments[0]?.captureTimesMs[0] ?? 0;
  return fragments.map((fragment) => {
    const kept = fragment.media.samples.flatMap((sample, index) => {
      const captureMs = fragment.captureTimesMs[index] as number;
      return captureMs >= keyMs ? [{ sample, captureMs }] : [];
    });
    const media = { ...fragment.media, samples: kept.map(({ sample }) => sample) };
    return { init: fragment.init, media, captureTimesMs: kept.map(({ captureMs }) => captureMs) };
  });
}

/**
 * When the last picture of a piece ends, capture time: as the next begins, or, when a gap follows, as long after the last
 * picture of its group as that came after the one before.
 */
function endOf(fragments: readonly ClipFragment[], toMs: number, nextMs: number | null): number {
  if (nextMs !== null && nextMs > toMs && nextMs - toMs <= RECORDING_GAP_MS) return nextMs;
  const times = fragments.flatMap(({ captureTimesMs }) => captureTimesMs).sort((one, other) => one - other);
  const lastMs = times.at(-1) ?? toMs;
  return toMs + Math.max(1, Math.min(lastMs - (times.at(-2) ?? lastMs), MAX_STEP_MS));
}

/** `moof` and `mdat` of pictures whose media time is capture time less `originMs`; the last one stands until `endMs`. */
export function writtenPictures(fragments: readonly ClipFragment[], endMs: number, originMs: number): Buffer[] {
  const { init } = fragments[0] as ClipFragment;
  const samples = timed(fragments, originMs, init.timescale);
  const first = samples[0];
  const delayTicks = first ? first.ptsTicks - first.dtsTicks : 0;
  const endTicks = Math.round(((endMs - originMs) * init.timescale) / 1000) - delayTicks;
  const media = fragments.flatMap(({ media: { data, samples: pictures } }) =>
    pictures.map(({ offset, sizeBytes }) => data.subarray(offset, offset + sizeBytes)),
  );
  return writtenFragment(init, samples, Math.max(endTicks, (samples.at(-1)?.dtsTicks ?? 0) + 1), media);
}

/**
 * The recording from the group that holds `fromMs` on; in a gap, from the group after it. It ends where its segment does, so
 * that it has one set of parameter sets and no gap inside. Null when nothing is recorded from there on.
 */
export async function recordedPictures(archive: CameraArchive, wanted: PieceWanted): Promise<RecordedPictures | null> {
  const segment = archive.segmentAt(wanted.fromMs);
  const all = segment && (await archive.groupsOf(segment));
  if (!segment || !all) return null;
  const { groups, next } = runFrom([...all], wanted);
  const last = groups.at(-1);
  const fragments = await fragmentsOf(archive, segment, groups, wanted.keysOnly);
  if (!last || !fragments?.[0]) return null;
  const nextMs = next?.fromMs ?? archive.segments[archive.segments.indexOf(segment) + 1]?.fromMs ?? null;
  const shown = withoutLeading(fragments);
  return { fragments: shown, fromMs: groups[0]?.fromMs ?? 0, toMs: last.toMs, endMs: endOf(shown, last.toMs, nextMs), nextMs };
}

/** Those pictures as a piece to be played, a stream copy. */
export function copiedPiece({ fragments, fromMs, toMs, endMs, nextMs }: RecordedPictures): Piece {
  const { init } = fragments[0] as ClipFragment;
  return { init, parts: [init.data, ...writtenPictures(fragments, endMs, 0)], fromMs, toMs, nextMs };
}
