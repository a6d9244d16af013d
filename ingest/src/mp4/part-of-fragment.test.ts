import { describe, expect, it } from 'vitest';
import { anInit } from '../testing/builders.js';
import { type MediaFragment, parseFragment } from './fragment.js';
import { partOfFragment } from './part-of-fragment.js';

const init = anInit({ trackId: 3 });
const pictures = [
  { dtsTicks: 5_000_000_000, ptsTicks: 5_000_000_080, durationTicks: 40, offset: 2, sizeBytes: 3, key: true },
  { dtsTicks: 5_000_000_040, ptsTicks: 5_000_000_020, durationTicks: 40, offset: 5, sizeBytes: 1, key: false },
  { dtsTicks: 5_000_000_080, ptsTicks: 5_000_000_080, durationTicks: 40, offset: 6, sizeBytes: 2, key: false },
];
const media: MediaFragment = { data: Buffer.from('..KEYpqq'), samples: pictures, key: true };

describe('a part of a fragment', () => {
  it.each([
    { name: 'the keyframe alone', wanted: [0], bytes: 'KEY' },
    { name: 'what follows it', wanted: [1, 2], bytes: 'pqq' },
    { name: 'pictures that do not lie side by side', wanted: [0, 2], bytes: 'KEYqq' },
  ])('of $name has their bytes, times and kinds, and is read by the reader of fragments', ({ wanted, bytes }) => {
    const samples = wanted.map((index) => pictures[index] ?? expect.fail());
    const part = parseFragment(partOfFragment(media, samples, 3), init);
    const facts = ({ dtsTicks, ptsTicks, sizeBytes, key }: (typeof pictures)[number]) => ({ dtsTicks, ptsTicks, sizeBytes, key });
    expect(part.samples.map(facts)).toEqual(samples.map(facts));
    expect(Buffer.concat(part.samples.map(({ offset, sizeBytes }) => part.data.subarray(offset, offset + sizeBytes))).toString()).toBe(
      bytes,
    );
  });

  it('of nothing is nothing', () => {
    expect(partOfFragment(media, [], 3)).toHaveLength(0);
  });
});
