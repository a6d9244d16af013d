import { labIndex, labTable } from './lab-table.js';

/** A decoded picture as detection gets it: packed RGB, the picture at the top left of rows of `inputWidthPx`. */
export interface DetectedPicture {
  rgb: Uint8Array;
  inputWidthPx: number;
  pictureWidthPx: number;
  pictureHeightPx: number;
}

/** A colour in CIELAB. */
export interface Lab {
  lightness: number;
  a: number;
  b: number;
}

const COLUMNS = 32;
const ROWS = 24;
/** A picture whose most coloured places have less chroma is a grey one: an infrared camera's (exclusive). */
const GREY_CHROMA = 2;
const MOST_COLOURED = 0.97;
/** The light itself has a colour from this chroma of the whole on: sodium lamps (inclusive). */
const COLOURED_LIGHT = 14;
/** In a picture whose lightest places are darker, everything is black (exclusive). */
const LEAST_LIGHT = 25;
const LIGHTEST = 0.95;

/** Half units from -128 (inclusive) to 128: all that CIELAB has of sRGB, counted instead of sorted because it is asked for each look. */
const counts = new Uint16Array(512);

/** The value below which `share` of them lie, to half a unit; 0 when there is none. @param values every `step`-th from `first` on counts */
export function quantile(values: Float32Array, share: number, first = 0, step = 1): number {
  counts.fill(0);
  let left = 0;
  for (let at = first; at < values.length; at += step, left++) {
    const bin = Math.max(0, Math.min(511, Math.round(2 * (values[at] as number)) + 256));
    counts[bin] = (counts[bin] as number) + 1;
  }
  if (left === 0) return 0;
  left = Math.floor(share * left);
  let bin = 0;
  while (bin < 511 && left >= (counts[bin] as number)) left -= counts[bin++] as number;
  return (bin - 256) / 2;
}

/**
 * What most of a picture looks like, from a grid of places.
 * @returns null when colours cannot be told in its light: a grey picture, a dark one, or under lamps of one colour
 */
export function lightOf({ rgb, inputWidthPx, pictureWidthPx, pictureHeightPx }: DetectedPicture): Lab | null {
  const table = labTable();
  const [lightness, a, b, chroma] = [0, 1, 2, 3].map(() => new Float32Array(COLUMNS * ROWS)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  for (let place = 0; place < COLUMNS * ROWS; place++) {
    const x = Math.floor((((place % COLUMNS) + 0.5) * pictureWidthPx) / COLUMNS);
    const y = Math.floor(((Math.floor(place / COLUMNS) + 0.5) * pictureHeightPx) / ROWS);
    const lab = labIndex(rgb, (y * inputWidthPx + x) * 3);
    lightness[place] = table[lab] as number;
    a[place] = table[lab + 1] as number;
    b[place] = table[lab + 2] as number;
    chroma[place] = Math.hypot(a[place] as number, b[place] as number);
  }
  const whole: Lab = { lightness: quantile(lightness, 0.5), a: quantile(a, 0.5), b: quantile(b, 0.5) };
  const isGrey = quantile(chroma, MOST_COLOURED) < GREY_CHROMA;
  const isDark = quantile(lightness, LIGHTEST) < LEAST_LIGHT;
  return isGrey || isDark || Math.hypot(whole.a, whole.b) >= COLOURED_LIGHT ? null : whole;
}
