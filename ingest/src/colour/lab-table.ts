/** Bits of each colour value that are told apart: finer steps are below the noise of compressed video. */
const BITS = 5;
const STEPS = 1 << BITS;

const linear = (value: number) => (value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const curve = (t: number) => (t > 0.008_856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);

/** sRGB 0..1 to CIELAB, white point D65. */
function labOf(red: number, green: number, blue: number): [lightness: number, a: number, b: number] {
  const [r, g, b] = [linear(red), linear(green), linear(blue)];
  const x = curve((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.950_47);
  const y = curve(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = curve((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.088_83);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function makeTable(): Float32Array {
  const table = new Float32Array(STEPS ** 3 * 3);
  const value = (step: number) => ((step + 0.5) * (256 / STEPS)) / 255;
  for (let index = 0; index < STEPS ** 3; index++) {
    const [red, green, blue] = [index >> (2 * BITS), (index >> BITS) & (STEPS - 1), index & (STEPS - 1)];
    table.set(labOf(value(red), value(green), value(blue)), index * 3);
  }
  return table;
}

let table: Float32Array | undefined;

/** L* 0..100, a*, b* of every colour, `Float32Array [32768, 3]`, in the order of `labIndex`; made at the first call. */
export function labTable(): Float32Array {
  table ??= makeTable();
  return table;
}

/** Where the colour of packed RGB at `at` begins in `labTable`. */
export function labIndex(rgb: Uint8Array, at: number): number {
  const shift = 8 - BITS;
  const [red, green, blue] = [rgb[at] as number, rgb[at + 1] as number, rgb[at + 2] as number];
  return 3 * (((red >> shift) << (2 * BITS)) | ((green >> shift) << BITS) | (blue >> shift));
}
