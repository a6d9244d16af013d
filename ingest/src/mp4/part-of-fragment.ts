import { box, words } from './box-writer.js';
import type { MediaFragment, Sample } from './fragment.js';

const SAMPLE_FIELDS_BYTES = 16;
const FLAGS = { key: 0x02000000, other: 0x01010000 };
/** `default-base-is-moof`: offsets count from the first byte of the `moof`. */
const DEFAULT_BASE_IS_MOOF = 0x020000;
/** `trun` with data offset, and duration, size, flags and composition offset of each sample. */
const TRUN_FLAGS = 0x000f01;

/**
 * Some pictures of a fragment as a fragment of their own, `moof` + `mdat` (ISO/IEC 14496-12 8.8), times unchanged.
 * @param samples of `media`, in its order; they need not lie side by side
 */
export function partOfFragment(media: MediaFragment, samples: readonly Sample[], trackId: number): Buffer {
  const [first] = samples;
  if (!first) return Buffer.alloc(0);
  const decodeTime = Buffer.alloc(12);
  decodeTime.writeUInt32BE(0x01000000);
  decodeTime.writeBigUInt64BE(BigInt(first.dtsTicks), 4);
  // Times within a run follow from durations: what is left out in between is added to the picture before.
  const durationOf = (sample: Sample, next: Sample | undefined) => (next ? next.dtsTicks - sample.dtsTicks : sample.durationTicks);
  const rows = samples.map((sample, index) =>
    words(
      durationOf(sample, samples[index + 1]),
      sample.sizeBytes,
      sample.key ? FLAGS.key : FLAGS.other,
      sample.ptsTicks - sample.dtsTicks,
    ),
  );
  const header = [box('mfhd', words(0, 1)), box('tfhd', words(DEFAULT_BASE_IS_MOOF, trackId)), box('tfdt', decodeTime)] as const;
  const trunBytes = 8 + 12 + samples.length * SAMPLE_FIELDS_BYTES;
  const [mfhd, tfhd, tfdt] = header;
  const moofBytes = 8 + mfhd.length + 8 + tfhd.length + tfdt.length + trunBytes;
  const trun = box('trun', words(0x01000000 | TRUN_FLAGS, samples.length, moofBytes + 8), ...rows);
  const moof = box('moof', mfhd, box('traf', tfhd, tfdt, trun));
  return Buffer.concat([moof, box('mdat', ...samples.map(({ offset, sizeBytes }) => media.data.subarray(offset, offset + sizeBytes)))]);
}
