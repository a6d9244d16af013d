/** Largest finite half-precision value. */
export const LARGEST_HALF = 65_504;

const scratch = new DataView(new ArrayBuffer(4));

/**
 * Bits of the nearest half-precision number (IEEE 754 binary16), ties to even; what is too large becomes infinite, what
 * is too small a subnormal or zero.
 */
export function halfBits(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  if (exponent === 0xff) return sign | (fraction === 0 ? 0x7c00 : 0x7e00);
  const shifted = exponent - 112;
  if (shifted >= 0x1f) return sign | 0x7c00;
  // A subnormal keeps its leading one as a bit of the fraction.
  const drop = shifted > 0 ? 13 : 14 - shifted;
  if (drop > 24) return sign;
  const whole = shifted > 0 ? fraction : fraction | 0x800000;
  const kept = whole >>> drop;
  const rest = whole & ((1 << drop) - 1);
  const half = 1 << (drop - 1);
  const up = rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0;
  // Rounding up may carry into the exponent, which is what it should do.
  return sign | ((shifted > 0 ? (shifted << 10) | kept : kept) + up);
}
