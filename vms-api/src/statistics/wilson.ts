/** Normal quantile of a two-sided 95 % interval. */
const Z = 1.959964;

/** A share with its 95 % interval, 0..1. */
export interface Share {
  value: number;
  low: number;
  high: number;
}

/** Share of `hits` among `total` with the score interval of Wilson (1927); null of nothing. */
export function wilsonShare(hits: number, total: number): Share | null {
  if (total === 0) return null;
  const value = hits / total;
  const spread = Z * Math.sqrt((value * (1 - value)) / total + (Z * Z) / (4 * total * total));
  const scale = 1 + (Z * Z) / total;
  const middle = value + (Z * Z) / (2 * total);
  return { value, low: Math.max(0, (middle - spread) / scale), high: Math.min(1, (middle + spread) / scale) };
}
