import type { VehicleColour } from '@safecity/contracts';
import type { BodyPixels } from './body-pixels.js';
import { type Lab, quantile } from './light.js';

/**
 * Paint is named beside the road, whose grey tells how light the light is and what colour it has. Glass, tyres and shade are
 * dark on every vehicle: black is what is dark nearly everywhere, and any other colour is that of what is not dark.
 */
const LEAST_PIXELS = 30;
/** More of it hidden, and nothing is said (exclusive). */
const MOST_HIDDEN = 0.4;
/** A pixel is dark when it is darker than the road by so much, L* … */
const DARKER = 10;
/** … and in any case below the first of these, never from the second on, and below this share of the whole picture's, up to a limit. */
const DARK_FROM = 16;
const DARK_TO = 40;
const DARK_OF_PICTURE = 0.7;
const DARK_OF_PICTURE_TO = 34;
/** Chroma from which on a pixel has a hue (inclusive); blue needs more, because grey paint and glass mirror the sky. */
const LEAST_CHROMA = 13;
const LEAST_BLUE = 20;
/** The hue of what is darker is noise, unless its chroma is above this. */
const HUE_FROM = 15;
const CLEAR_CHROMA = 30;
/** So much of the road's own colour is taken off each pixel, at most: that of the light. */
const MOST_CAST = 12;
/** A hue this dark is brown where it would be orange or yellow. */
const BROWN_TO = 45;
/** Share of the coloured pixels that one name must have (inclusive). */
const CONCENTRATED = 0.5;

/** Hues in degrees of CIELAB from which (inclusive) each colour begins; between 312 and 345 (violet, pink) none is named. */
const HUES: readonly [fromDegrees: number, VehicleColour | null][] = [
  [0, 'red'],
  [42, 'orange'],
  [72, 'yellow'],
  [105, 'green'],
  [205, 'blue'],
  [312, null],
  [345, 'red'],
];

function hueName(lightness: number, a: number, b: number): VehicleColour | null {
  const degrees = ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360;
  const name = HUES.findLast(([from]) => degrees >= from)?.[1] ?? null;
  return (name === 'orange' || name === 'yellow') && lightness <= BROWN_TO ? 'brown' : name;
}

/** A body in shares: of all its pixels, or of those that are not dark. */
interface Shares {
  dark: number;
  /** Of all, and of what is not dark. */
  hued: number;
  huedOfLit: number;
  /** The name that most coloured pixels have, and its share of them. */
  hue: VehicleColour | null;
  hueShare: number;
  /** Lightness of what is neither dark nor coloured, less that of the road. */
  plain: Float32Array;
  pixels: number;
}

function sharesOf({ lab, road }: BodyPixels, picture: Lab): Shares {
  const beside = road ?? picture;
  const cast = (value: number) => Math.max(-MOST_CAST, Math.min(MOST_CAST, value));
  const [castA, castB] = [cast(beside.a), cast(beside.b)];
  const ofPicture = Math.min(DARK_OF_PICTURE_TO, DARK_OF_PICTURE * picture.lightness);
  const darkTo = Math.min(DARK_TO, Math.max(DARK_FROM, ofPicture, beside.lightness - DARKER));
  const hues = new Map<VehicleColour | null, number>();
  const plain = new Float32Array(lab.length / 3);
  let plainCount = 0;
  let dark = 0;
  let hued = 0;
  for (let at = 0; at < lab.length; at += 3) {
    const lightness = lab[at] as number;
    const a = (lab[at + 1] as number) - castA;
    const b = (lab[at + 2] as number) - castB;
    const chroma = Math.sqrt(a * a + b * b);
    const hue = chroma >= LEAST_CHROMA && (lightness > HUE_FROM || chroma > CLEAR_CHROMA) ? hueName(lightness, a, b) : undefined;
    if (hue !== undefined && (hue !== 'blue' || chroma >= LEAST_BLUE)) {
      hued++;
      hues.set(hue, (hues.get(hue) ?? 0) + 1);
    } else if (lightness < darkTo) dark++;
    else plain[plainCount++] = lightness - beside.lightness;
  }
  const pixels = Math.max(1, lab.length / 3);
  const [hue, count] = [...hues].sort((p, q) => q[1] - p[1])[0] ?? [null, 0];
  return {
    dark: dark / pixels,
    hued: hued / pixels,
    huedOfLit: hued / Math.max(1, pixels - dark),
    hue,
    hueShare: hued === 0 ? 0 : count / hued,
    plain: plain.subarray(0, plainCount),
    pixels,
  };
}

function vehicleName({ dark, hued, huedOfLit, hue, hueShare, plain }: Shares): VehicleColour | null {
  if (hued >= 0.06 && huedOfLit >= 0.3 && hueShare >= CONCENTRATED) return hue;
  if (dark >= 0.68) return 'black';
  if (plain.length === 0) return null;
  const lighter = quantile(plain, 0.5);
  if (lighter >= 21) return 'white';
  return lighter >= -14 && lighter <= 14 && dark <= 0.62 ? 'grey' : null;
}

/**
 * Of a two-wheeler little is painted: only what is clear is said. Grey is not: metal, tyres and road are. Orange and brown are not:
 * the skin of a rider's legs is.
 */
function twoWheelerName({ dark, hued, huedOfLit, hue, hueShare, plain, pixels }: Shares): VehicleColour | null {
  if (hued >= 0.1 && huedOfLit >= 0.33 && hueShare >= CONCENTRATED) return hue === 'brown' || hue === 'orange' ? null : hue;
  const light = plain.reduce((count, lighter) => (lighter >= 18 ? count + 1 : count), 0) / pixels;
  if (dark >= 0.74) return light <= 0.1 && huedOfLit <= 0.2 ? 'black' : null;
  return light >= 0.14 ? 'white' : null;
}

/** The colour of a body; null when it cannot be told. @param picture what most of the picture looks like */
export function nameColour(body: BodyPixels, picture: Lab, isTwoWheeler: boolean): VehicleColour | null {
  if (body.hidden > MOST_HIDDEN || body.lab.length < 3 * LEAST_PIXELS) return null;
  const shares = sharesOf(body, picture);
  return isTwoWheeler ? twoWheelerName(shares) : vehicleName(shares);
}
