import type { EvidenceMoment } from '@safecity/contracts';

/** A clip that is wanted: around one or more moments, capture time, epoch ms. */
export interface ClipWindow {
  /** `clip-<first moment>`. */
  name: string;
  moments: string[];
  fromMs: number;
  toMs: number;
}

/** Seconds before the first and after the last moment. */
export interface ClipRoll {
  preRollS: number;
  postRollS: number;
}

/** A longer clip would outlive the ring; what lies further apart becomes clips of their own. */
const LONGEST_MS = 120_000;

/** Adds moments to the clips that are still wanted: those whose times meet become one. */
export function withMoments(windows: readonly ClipWindow[], moments: readonly EvidenceMoment[], roll: ClipRoll): ClipWindow[] {
  const result = windows.map((window) => ({ ...window, moments: [...window.moments] }));
  for (const { name, atMs } of moments.toSorted((a, b) => a.atMs - b.atMs)) {
    const fromMs = atMs - roll.preRollS * 1000;
    const toMs = atMs + roll.postRollS * 1000;
    const meets = result.find(
      (window) =>
        fromMs <= window.toMs && window.fromMs <= toMs && Math.max(toMs, window.toMs) - Math.min(fromMs, window.fromMs) <= LONGEST_MS,
    );
    if (!meets) result.push({ name: `clip-${name}`, moments: [name], fromMs, toMs });
    else {
      meets.moments.push(name);
      meets.fromMs = Math.min(meets.fromMs, fromMs);
      meets.toMs = Math.max(meets.toMs, toMs);
    }
  }
  return result;
}
