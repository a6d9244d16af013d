import type { MediaFragment, Sample } from './fragment.js';

/** The NAL units of one sample (length-prefixed, as `avcC`/`hvcC` say), without their lengths; stops at a damaged length. */
export function* nalUnits(fragment: MediaFragment, sample: Sample, nalLengthBytes: number): Generator<Buffer> {
  const { data } = fragment;
  const end = sample.offset + sample.sizeBytes;
  let at = sample.offset;
  while (at + nalLengthBytes <= end) {
    const length = data.readUIntBE(at, nalLengthBytes);
    at += nalLengthBytes;
    if (length === 0) continue;
    if (at + length > end) return;
    yield data.subarray(at, at + length);
    at += length;
  }
}
