function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}

/** RFC 6381 name of an H.264 stream from the content of its `avcC` box, for example `avc1.64001f`. */
export function avcCodecString(avcC: Buffer): string {
  return `avc1.${hexByte(avcC[1] ?? 0)}${hexByte(avcC[2] ?? 0)}${hexByte(avcC[3] ?? 0)}`;
}

function reversedBits32(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit++) reversed = (reversed << 1) | ((value >>> bit) & 1);
  return reversed >>> 0;
}

/**
 * RFC 6381 name of an H.265 stream from the content of its `hvcC` box, for example `hvc1.1.6.L93.B0`
 * (ISO/IEC 14496-15 annex E.3).
 */
export function hevcCodecString(hvcC: Buffer): string {
  const profile = hvcC[1] ?? 0;
  const space = ['', 'A', 'B', 'C'][profile >> 6] ?? '';
  const tier = profile & 0x20 ? 'H' : 'L';
  const compatibility = reversedBits32(hvcC.readUInt32BE(2)).toString(16).toUpperCase();
  const constraints = [...hvcC.subarray(6, 12)];
  while (constraints.length > 0 && constraints[constraints.length - 1] === 0) constraints.pop();
  const parts = [`hvc1.${space}${profile & 0x1f}`, compatibility, `${tier}${hvcC[12] ?? 0}`];
  return [...parts, ...constraints.map((byte) => byte.toString(16).toUpperCase())].join('.');
}
