import { box, words } from '../mp4/box-writer.js';
import { readBoxHeader } from '../mp4/boxes.js';
import type { ClipFragment } from '../mp4/progressive-mp4.js';

/** One group of pictures of a segment: a keyframe and what needs it. */
export interface RecordedGroup {
  /** Capture time of its keyframe and of its last picture, epoch ms. */
  fromMs: number;
  toMs: number;
  /** Where it lies in the file. */
  offset: number;
  sizeBytes: number;
  /** Of these, the first fragment, which holds the keyframe. */
  keyBytes: number;
  /** Mean size of a picture after the keyframe as a share of it, 0..1; null when there is none. */
  activity: number | null;
}

/** Marks the `uuid` box at the end of a segment that lists its groups. */
const INDEX_UUID = Buffer.from('5afec17e6d6172638001000000000003', 'hex');
const ROW_BYTES = 28;
/** UUID and count in front of the rows, the box's own size behind them: it is found from the end of the file. */
const FIXED_BYTES = INDEX_UUID.length + 4 + 4;

/** Lists the groups of a segment while its fragments are written or read. */
export class GroupIndexBuilder {
  readonly #groups: RecordedGroup[] = [];
  #keySizeBytes = 1;
  #others = { count: 0, bytes: 0 };

  /** The groups so far; the last one may grow. */
  get groups(): readonly RecordedGroup[] {
    return this.#groups;
  }

  /** Takes the next fragment with where it lies, its box of capture times included. */
  add({ media, captureTimesMs }: ClipFragment, offset: number, sizeBytes: number): void {
    if (media.key) {
      const fromMs = captureTimesMs[0] ?? 0;
      this.#groups.push({ fromMs, toMs: fromMs, offset, sizeBytes, keyBytes: sizeBytes, activity: null });
      this.#keySizeBytes = Math.max(1, media.samples[0]?.sizeBytes ?? 1);
      this.#others = { count: 0, bytes: 0 };
    }
    const group = this.#groups.at(-1);
    if (!group) return;
    group.toMs = Math.max(group.toMs, ...captureTimesMs);
    group.sizeBytes = offset + sizeBytes - group.offset;
    for (const sample of media.key ? media.samples.slice(1) : media.samples) {
      this.#others = { count: this.#others.count + 1, bytes: this.#others.bytes + sample.sizeBytes };
    }
    const { count, bytes } = this.#others;
    if (count > 0) group.activity = Math.min(1, bytes / count / this.#keySizeBytes);
  }
}

/** The most that moved in any of the groups; null when none tells. */
export const peakOf = (groups: readonly RecordedGroup[]): number | null =>
  groups.reduce<number | null>((most, { activity }) => (activity === null ? most : Math.max(most ?? 0, activity)), null);

/** The box that ends a segment. */
export function indexBox(groups: readonly RecordedGroup[]): Buffer {
  const rows = Buffer.alloc(groups.length * ROW_BYTES);
  groups.forEach(({ fromMs, toMs, offset, sizeBytes, keyBytes, activity }, index) => {
    const at = index * ROW_BYTES;
    rows.writeDoubleBE(fromMs, at);
    rows.writeInt32BE(toMs - fromMs, at + 8);
    for (const [place, value] of [offset, sizeBytes, keyBytes].entries()) rows.writeUInt32BE(value, at + 12 + place * 4);
    rows.writeFloatBE(activity ?? Number.NaN, at + 24);
  });
  const sizeBytes = 8 + FIXED_BYTES + rows.length;
  return box('uuid', INDEX_UUID, words(groups.length), rows, words(sizeBytes));
}

/** Size of the index box that ends with these bytes, were they the last of a file. */
export const indexSizeAt = (tail: Buffer): number => (tail.length < 4 ? 0 : tail.readUInt32BE(tail.length - 4));

/** The groups of a segment whose last bytes are `tail`; null when it does not end with an index, as those of older versions. */
export function readIndex(tail: Buffer): RecordedGroup[] | null {
  const sizeBytes = indexSizeAt(tail);
  if (sizeBytes < 8 + FIXED_BYTES || sizeBytes > tail.length) return null;
  const found = tail.subarray(tail.length - sizeBytes);
  const header = readBoxHeader(found, 0);
  if (header?.type !== 'uuid' || header.sizeBytes !== sizeBytes || !found.subarray(8, 24).equals(INDEX_UUID)) return null;
  const count = found.readUInt32BE(24);
  if (sizeBytes !== 8 + FIXED_BYTES + count * ROW_BYTES) return null;
  return Array.from({ length: count }, (_, index) => rowAt(found, 28 + index * ROW_BYTES));
}

function rowAt(found: Buffer, at: number): RecordedGroup {
  const fromMs = found.readDoubleBE(at);
  const activity = found.readFloatBE(at + 24);
  return {
    fromMs,
    toMs: fromMs + found.readInt32BE(at + 8),
    offset: found.readUInt32BE(at + 12),
    sizeBytes: found.readUInt32BE(at + 16),
    keyBytes: found.readUInt32BE(at + 20),
    activity: Number.isNaN(activity) ? null : activity,
  };
}
