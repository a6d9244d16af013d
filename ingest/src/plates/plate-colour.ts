import type { PlateColour } from '@safecity/contracts';
import type { Picture } from './picture.js';

/** Saturation from which on a background counts as coloured (inclusive), 0..1. */
const COLOURED = 0.35;
const DARK = 40;

/** The background is what most bright, or on coloured plates most coloured, pixels of a row have. */
export function plateColour({ data }: Picture): PlateColour {
  const votes = { white: 0, yellow: 0, blue: 0, red: 0 };
  let total = 0;
  for (let at = 0; at + 2 < data.length; at += 3) {
    const [red, green, blue] = [data[at] as number, data[at + 1] as number, data[at + 2] as number];
    const high = Math.max(red, green, blue);
    if (high < DARK) continue;
    const low = Math.min(red, green, blue);
    total++;
    if ((high - low) / high < COLOURED) {
      if (high > 110) votes.white++;
    } else if (high === blue) votes.blue++;
    else if (green > 0.6 * red) votes.yellow++;
    else votes.red++;
  }
  const [colour, count] = Object.entries(votes).sort((a, b) => b[1] - a[1])[0] as [PlateColour, number];
  return total > 0 && count >= total * 0.4 ? colour : 'unknown';
}
