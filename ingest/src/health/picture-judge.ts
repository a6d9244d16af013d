import type { FrozenVerdict } from './frozen.js';
import { type CellEnergies, cellEnergies, type HealthPicture } from './health-picture.js';
import { agreement, type ViewShift, viewShift } from './view-match.js';
import { EDGE_ENERGY, LEAST_CELLS, medianOf, type ViewReference } from './view-reference.js';

/** What was measured on one picture; null where it could not be judged. */
export interface PictureMeasures {
  frozen: FrozenVerdict;
  /** Mean luma, 0..255. */
  brightness: number;
  /** Share of the cells that show anything at all, 0..1. */
  texturedShare: number;
  /** How much is left of the reference's edges, 1 is all; a median over cells. */
  edges: number | null;
  /** Sharpness against the reference: 1 is the same, lower is blurred. */
  sharpness: number | null;
  /** Share of the reference's cells that look the same at the same place, 0..1. */
  agreement: number | null;
  /** How the view has moved; null while it agrees, or when no shift explains it. */
  shift: ViewShift | null;
}

/** Thresholds; all of them hold for any camera. */
export const HEALTH_LIMITS = {
  /** Covered: no more cells than this show anything (inclusive). */
  texturedShare: 0.06,
  /** A cell shows something from this mean squared gradient on (inclusive). */
  texturedEnergy: 0.35,
  /** Covered, or blurred beyond recognition: less than this is left of the edges (exclusive). Dusk leaves more. */
  edges: 0.02,
  /** Out of focus below this sharpness (exclusive). */
  sharpness: 0.6,
  /** The view is where it was when so many cells agree (inclusive). */
  agreement: 0.5,
  /** Moved by this share of the longer side or more (inclusive). */
  displacement: 0.015,
  /** Another view altogether at this agreement or less (inclusive). */
  otherView: 0.15,
} as const;

/** True when a picture can be held against the reference. */
export function isComparable(picture: HealthPicture, reference: ViewReference | null): reference is ViewReference {
  return reference !== null && reference.gx.length === picture.small.gx.length && reference.cells.length >= LEAST_CELLS;
}

/**
 * Measures of one picture against the reference, if there is one.
 * @param searchShift the search for a shift costs most of it: only where its result is of use
 */
export function measurePicture(
  picture: HealthPicture,
  frozen: FrozenVerdict,
  reference: ViewReference | null,
  searchShift = true,
): PictureMeasures {
  const energies = cellEnergies(picture);
  const textured = energies.coarse.reduce((count, energy) => count + (energy >= HEALTH_LIMITS.texturedEnergy ? 1 : 0), 0);
  const common = { frozen, brightness: picture.brightness, texturedShare: textured / energies.coarse.length };
  if (!isComparable(picture, reference)) return { ...common, edges: null, sharpness: null, agreement: null, shift: null };
  const agrees = agreement(reference, picture.small, reference.cells);
  const isSearched = searchShift && agrees < HEALTH_LIMITS.agreement;
  return {
    ...common,
    edges: medianOf(
      reference.cells.map((cell) => (energies.coarse[cell] as number) / Math.max(EDGE_ENERGY, reference.energy[cell] as number)),
    ),
    sharpness: sharpnessAgainst(reference, energies),
    agreement: agrees,
    shift: isSearched ? viewShift(reference, picture.small, reference.cells) : null,
  };
}

/** Median over the cells that show edges now as then; null when they are few. */
function sharpnessAgainst(reference: ViewReference, { coarse, fine }: CellEnergies): number | null {
  const ratios: number[] = [];
  for (const cell of reference.cells) {
    const energy = coarse[cell] as number;
    const before = reference.sharpness[cell] as number;
    if (energy >= EDGE_ENERGY / 8 && before > 0) ratios.push((fine[cell] as number) / energy / before);
  }
  return ratios.length < LEAST_CELLS / 2 ? null : medianOf(ratios);
}
