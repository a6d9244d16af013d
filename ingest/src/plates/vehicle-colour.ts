import type { ObjectClass, TrackAttributes, VehicleColour } from '@safecity/contracts';
import type { Picture } from './picture.js';

/** Classes whose box is mostly their own body: on a motorcycle the rider's clothes would be named. */
const COLOURED: readonly ObjectClass[] = ['car', 'bus', 'truck'];
/** Of the region: its sides are road, its lower part wheels and shade. Left, top, right, bottom as shares. */
const BODY = [0.2, 0, 0.8, 0.6] as const;
/** Pixels looked at per axis, at most. */
const MOST_PER_AXIS = 64;
/** Share of the body from which on a colour is named (inclusive). */
const LEAST_SHARE = 0.35;
/** Lightness that some of the picture must reach, L* 0..100: in the dark everything is black. */
const LEAST_LIGHT = 18;
/** Chroma below which a pixel has no hue (exclusive), and from which lightness it is white, up to which black. */
const LEAST_CHROMA = 14;
const WHITE_FROM = 70;
const BLACK_TO = 28;
/** A hue this dark is brown where it would be orange or yellow. */
const BROWN_TO = 48;

/** Hues in degrees of CIELAB from which (inclusive) each colour begins; between 310 and 350 (violet, pink) none is named. */
const HUES: readonly [fromDegrees: number, VehicleColour | null][] = [
  [0, 'red'],
  [45, 'orange'],
  [75, 'yellow'],
  [105, 'green'],
  [200, 'blue'],
  [310, null],
  [350, 'red'],
];

const linear = (value: number) => (value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const LINEAR = Float64Array.from({ length: 256 }, (_, value) => linear(value / 255));
const curve = (t: number) => (t > 0.008_856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);

/** sRGB to CIELAB, white point D65. */
function labOf(red: number, green: number, blue: number): [lightness: number, a: number, b: number] {
  const [r, g, b] = [LINEAR[red] as number, LINEAR[green] as number, LINEAR[blue] as number];
  const x = curve((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.950_47);
  const y = curve(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = curve((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.088_83);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** What a pixel is called; null when it has no name here. */
function nameOf([lightness, a, b]: readonly [number, number, number]): VehicleColour | null {
  if (Math.hypot(a, b) < LEAST_CHROMA) {
    if (lightness >= WHITE_FROM) return 'white';
    return lightness <= BLACK_TO ? 'black' : 'grey';
  }
  const degrees = ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360;
  const name = HUES.findLast(([from]) => degrees >= from)?.[1] ?? null;
  return (name === 'orange' || name === 'yellow') && lightness <= BROWN_TO ? 'brown' : name;
}

/**
 * Name of the colour that most of a vehicle's body has, by lightness, chroma and hue of its pixels in CIELAB.
 * @param region the lower part of the vehicle, as plates are looked for in it
 * @returns null for what is no car, bus or truck, in the dark, and when no colour has a good third of the body
 */
export function vehicleColour({ data, widthPx, heightPx }: Picture, className: ObjectClass): TrackAttributes['colour'] | null {
  if (!COLOURED.includes(className)) return null;
  const [left, top, right, bottom] = [BODY[0] * widthPx, BODY[1] * heightPx, BODY[2] * widthPx, BODY[3] * heightPx];
  const stepX = Math.max(1, (right - left) / MOST_PER_AXIS);
  const stepY = Math.max(1, (bottom - top) / MOST_PER_AXIS);
  const votes = new Map<VehicleColour | null, number>();
  let total = 0;
  let lightest = 0;
  for (let y = top; y < bottom; y += stepY) {
    for (let x = left; x < right; x += stepX) {
      const at = (Math.floor(y) * widthPx + Math.floor(x)) * 3;
      const lab = labOf(data[at] as number, data[at + 1] as number, data[at + 2] as number);
      const name = nameOf(lab);
      lightest = Math.max(lightest, lab[0]);
      votes.set(name, (votes.get(name) ?? 0) + 1);
      total++;
    }
  }
  const [name, count] = [...votes].sort((a, b) => b[1] - a[1])[0] ?? [null, 0];
  const share = Math.round((count / Math.max(1, total)) * 1000) / 1000;
  return name === null || lightest < LEAST_LIGHT || share < LEAST_SHARE ? null : { name, share };
}
