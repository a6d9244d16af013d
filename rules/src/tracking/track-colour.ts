import type { VehicleColour } from '@safecity/contracts';

/** Looks at the colour of one vehicle so far: colour → sum of the areas that the vehicle had when it was seen so. Plain JSON. */
export interface ColourLooks {
  /** Looks at which a colour was told. */
  count: number;
  areas: Partial<Record<VehicleColour, number>>;
}

/** One look may be of the moment at which the light or another vehicle deceives. */
const LEAST_LOOKS = 2;
/** Share of what the looks saw, by area, that one colour must have (exclusive). */
const LEAST_SHARE = 0.6;

/** The looks with another one, which counts by the area of the vehicle: near looks tell more than far ones. */
export function withColour(looks: ColourLooks | undefined, colour: VehicleColour, area: number): ColourLooks {
  return { count: (looks?.count ?? 0) + 1, areas: { ...looks?.areas, [colour]: (looks?.areas[colour] ?? 0) + area } };
}

/** The colour that the looks agree on; null before two looks, and when none has more than three fifths. */
export function colourOf(looks: ColourLooks | undefined): VehicleColour | null {
  if (!looks || looks.count < LEAST_LOOKS) return null;
  const entries = Object.entries(looks.areas) as [VehicleColour, number][];
  const total = entries.reduce((sum, [, area]) => sum + area, 0);
  return entries.find(([, area]) => area > total * LEAST_SHARE)?.[0] ?? null;
}
