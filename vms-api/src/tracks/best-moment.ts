import type { ArchivedTrack, Box } from '@safecity/contracts';

/** Boxes nearer than this to the border of the picture are cut off by it, as a rule. */
const BORDER = 0.01;

/** Where a track is to be looked at. */
export interface BestMoment {
  /** Capture time. */
  atMs: number;
  box: Box;
}

/** The moment in which a track is seen largest and whole: touching the border of the picture counts as half as large. */
export function bestMoment(parts: readonly ArchivedTrack[]): BestMoment {
  let best: BestMoment = { atMs: 0, box: [0, 0, 1, 1] };
  let bestSize = -1;
  for (const { firstMs, points } of parts) {
    for (const [ms, ...rest] of points) {
      const box = rest.slice(0, 4).map((side) => Math.min(1, Math.max(0, side))) as Box;
      const isCut = box[0] < BORDER || box[1] < BORDER || box[2] > 1 - BORDER || box[3] > 1 - BORDER;
      const size = (box[2] - box[0]) * (box[3] - box[1]) * (isCut ? 0.5 : 1);
      if (size <= bestSize) continue;
      [best, bestSize] = [{ atMs: firstMs + ms, box }, size];
    }
  }
  return best;
}
