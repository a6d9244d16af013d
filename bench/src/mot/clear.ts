import { assign } from '@safecity/rules';
import { MATCH_IOU, ROUNDING, type ScoredSequence } from './sequence.js';

/** Counts of the CLEAR metrics; they add up over sequences. */
export interface ClearCounts {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  idSwitches: number;
}

/** Weight of a match that goes on from the frame before: above any sum of overlaps. */
const CONTINUED = 1000;

/**
 * CLEAR (K. Bernardin, R. Stiefelhagen, 2008): per frame the best matching at IoU 0.5 that keeps the matches of the
 * frame before where they still hold. A switch is a truth object matched to another identity than when last matched.
 */
export function clearCounts(sequence: ScoredSequence): ClearCounts {
  const counts: ClearCounts = { truePositives: 0, falsePositives: 0, falseNegatives: 0, idSwitches: 0 };
  const lastMatch = new Int32Array(sequence.truthCount).fill(-1);
  let before = new Int32Array(sequence.truthCount).fill(-1);
  for (const { truth, result, iou } of sequence.frames) {
    if (truth.length === 0 || result.length === 0) {
      counts.falseNegatives += truth.length;
      counts.falsePositives += result.length;
      continue;
    }
    const gains = iou.map((value, index) => {
      if (value < MATCH_IOU - ROUNDING) return 0;
      const continued = before[truth[Math.floor(index / result.length)] as number] === result[index % result.length];
      return value + (continued ? CONTINUED : 0);
    });
    const pairs = new Int32Array(truth.length);
    assign(gains, truth.length, result.length, pairs);
    const matches = new Int32Array(sequence.truthCount).fill(-1);
    let matched = 0;
    truth.forEach((id, row) => {
      const column = pairs[row] as number;
      if (column < 0) return;
      const to = result[column] as number;
      matched++;
      matches[id] = to;
      if (lastMatch[id] !== -1 && lastMatch[id] !== to) counts.idSwitches++;
      lastMatch[id] = to;
    });
    before = matches;
    counts.truePositives += matched;
    counts.falseNegatives += truth.length - matched;
    counts.falsePositives += result.length - matched;
  }
  return counts;
}

/** MOTA, percent: 100 · (TP − FP − switches) / truth boxes; may be negative. */
export function mota({ truePositives, falsePositives, falseNegatives, idSwitches }: ClearCounts): number {
  return (100 * (truePositives - falsePositives - idSwitches)) / Math.max(1, truePositives + falseNegatives);
}
