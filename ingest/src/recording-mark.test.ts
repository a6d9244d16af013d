import { encodeRecordingMark } from '@safecity/fixtures';
import { describe, expect, it } from 'vitest';
import type { MediaFragment } from './mp4/fragment.js';
import { readRecordingMark } from './recording-mark.js';
import { anInit } from './testing/builders.js';

function fragmentWith(nals: Buffer[]): MediaFragment {
  const data = Buffer.concat(
    nals.flatMap((nal) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(nal.length);
      return [length, nal];
    }),
  );
  return { data, key: true, samples: [{ dtsTicks: 0, ptsTicks: 0, durationTicks: 1, offset: 0, sizeBytes: data.length, key: true }] };
}

function markIn(nals: Buffer[], family: 'h264' | 'h265' = 'h264') {
  const fragment = fragmentWith(nals);
  const [sample] = fragment.samples;
  return sample ? readRecordingMark(fragment, sample, anInit({ family })) : undefined;
}

const slice = Buffer.from('65888400', 'hex');
const parameters = Buffer.from('6764001facd9', 'hex');

describe('the mark of the camera simulator', () => {
  const marks = [
    { captureUs: 1_795_416_976_990_123, loopIndex: 3, frameIndex: 41 },
    { captureUs: 0, loopIndex: 0, frameIndex: 0 },
    { captureUs: 0x0000_0300_0001, loopIndex: 0x0000_0001, frameIndex: 0x0000_0300 },
    { captureUs: 1_795_416_976_990_123, loopIndex: 0xffff_ffff, frameIndex: 0xffff_ffff },
  ];

  it.each(marks)('is read as it was written: loop $loopIndex frame $frameIndex', (mark) => {
    expect(markIn([parameters, encodeRecordingMark(mark, 'h264'), slice])).toEqual(mark);
    expect(markIn([encodeRecordingMark(mark, 'h265'), Buffer.from('2601af', 'hex')], 'h265')).toEqual(mark);
  });

  it('is absent from the stream of a real camera', () => {
    const otherSei = Buffer.from('0605110123456789abcdef0123456789abcdef0180', 'hex');
    expect(markIn([parameters, otherSei, slice])).toBeNull();
    expect(markIn([slice])).toBeNull();
  });

  it('is not looked for behind picture data, nor in a damaged sample', () => {
    const mark = encodeRecordingMark({ captureUs: 1, loopIndex: 1, frameIndex: 1 }, 'h264');
    expect(markIn([...new Array<Buffer>(8).fill(slice), mark])).toBeNull();
    const damaged = fragmentWith([mark]);
    damaged.data.writeUInt32BE(0xffffff, 0);
    expect(readRecordingMark(damaged, damaged.samples[0] as NonNullable<(typeof damaged.samples)[0]>, anInit())).toBeNull();
  });

  it('of another version is no mark', () => {
    const mark = encodeRecordingMark({ captureUs: 1, loopIndex: 1, frameIndex: 1 }, 'h264');
    mark[3 + 16] = 2;
    expect(markIn([mark, slice])).toBeNull();
  });
});
