import { box, words } from './box-writer.js';
import type { InitSegment } from './init-segment.js';
import type { ClipSample } from './timed-samples.js';

const DEFAULT_BASE_IS_MOOF = 0x020000;
/** Data offset, and of each picture: duration, size, flags, composition offset. */
const RUN_FLAGS = 0x000f01;
const DEPENDS_ON_NOTHING = 0x02000000;
const DEPENDS_ON_OTHERS = 0x01010000;

/**
 * One `moof` + `mdat` (ISO/IEC 14496-12 8.8) of pictures in order of decoding.
 * @param endTicks decoding time of what follows: until then the last picture stands
 * @param media the bytes of the pictures, in order
 */
export function writtenFragment(init: InitSegment, samples: readonly ClipSample[], endTicks: number, media: readonly Buffer[]): Buffer[] {
  const rows = samples.flatMap(({ dtsTicks, ptsTicks, sizeBytes, key }, index) => {
    const durationTicks = (samples[index + 1]?.dtsTicks ?? endTicks) - dtsTicks;
    return [durationTicks, sizeBytes, key ? DEPENDS_ON_NOTHING : DEPENDS_ON_OTHERS, ptsTicks - dtsTicks];
  });
  const decodeTime = Buffer.alloc(12);
  decodeTime.writeUInt32BE(0x01000000);
  decodeTime.writeBigUInt64BE(BigInt(samples[0]?.dtsTicks ?? 0), 4);
  const moof = (dataOffset: number) =>
    box(
      'moof',
      box('mfhd', words(0, 1)),
      box(
        'traf',
        box('tfhd', words(DEFAULT_BASE_IS_MOOF, init.trackId)),
        box('tfdt', decodeTime),
        box('trun', words(0x01000000 | RUN_FLAGS, samples.length, dataOffset, ...rows)),
      ),
    );
  const mdat = Buffer.alloc(8);
  mdat.writeUInt32BE(8 + media.reduce((sum, piece) => sum + piece.length, 0));
  mdat.write('mdat', 4, 'latin1');
  return [moof(moof(0).length + 8), mdat, ...media];
}
