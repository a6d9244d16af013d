import { describe, expect, it } from 'vitest';
import { pictureTimes } from './picture-times.js';

const bytesOf = (...values: number[]) => values.flatMap((value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);
const box = (type: string, ...content: number[][]): number[] => {
  const inside = content.flat();
  return [...bytesOf(8 + inside.length), ...[...type].map((letter) => letter.charCodeAt(0)), ...inside];
};

describe('pictureTimes', () => {
  it('gives the times at which pictures are shown, in their order, whatever the order of decoding', () => {
    const mdhd = box('mdhd', bytesOf(0, 0, 0, 1000, 0, 0));
    const moov = box('moov', box('trak', box('mdia', mdhd)));
    const tfdt = box('tfdt', bytesOf(0x01000000, 0, 5000));
    const picture = (durationTicks: number, shift: number) => bytesOf(durationTicks, 10, 0, shift);
    const trun = box('trun', bytesOf(0x01000f01, 3, 0), picture(40, 80), picture(40, 80 + 40), picture(40, -40 + 80));
    const piece = Uint8Array.from([
      ...moov,
      ...box('moof', box('mfhd', bytesOf(0, 1)), box('traf', box('tfhd', bytesOf(0, 1)), tfdt, trun)),
      ...box('mdat'),
    ]);
    expect(pictureTimes(piece.buffer)).toEqual([5.08, 5.12, 5.16]);
  });

  it('gives none of what is no such piece', () => {
    expect(pictureTimes(new ArrayBuffer(0))).toEqual([]);
    expect(pictureTimes(Uint8Array.from(box('moof', bytesOf(1))).buffer)).toEqual([]);
  });
});
