import type { TrackAttributes, VehicleColour } from '@safecity/contracts';

/** Looks at the colour of one vehicle so far. Plain JSON. */
export interface ColourLooks {
  /** Capture time of the newest look that counts. */
  atMs: number;
  /** Colour → sum of the shares of the body that had it. */
  shares: Partial<Record<VehicleColour, number>>;
}

/** The looks with another one; one that is not newer was counted already. */
export function withColour(
  looks: ColourLooks | undefined,
  { capturedAtMs, colour }: Pick<TrackAttributes, 'capturedAtMs' | 'colour'>,
): ColourLooks | undefined {
  if (!colour || (looks && capturedAtMs <= looks.atMs)) return looks;
  const shares = { ...looks?.shares };
  shares[colour.name] = (shares[colour.name] ?? 0) + colour.share;
  return { atMs: capturedAtMs, shares };
}

/** The colour that has more than half of what all looks saw; null when none has. */
export function colourOf(looks: ColourLooks | undefined): VehicleColour | null {
  const entries = Object.entries(looks?.shares ?? {}) as [VehicleColour, number][];
  const total = entries.reduce((sum, [, share]) => sum + share, 0);
  return entries.find(([, share]) => share > total / 2)?.[0] ?? null;
}
