import { assign } from '@safecity/rules';
import { MATCH_IOU, ROUNDING, type ScoredSequence } from './sequence.js';

/** Counts of the identity metrics; they add up over sequences. */
export interface IdentityCounts {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
}

/**
 * Identity metrics (E. Ristani et al., "Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking",
 * 2016): one assignment of truth identities to result identities for the whole sequence, the one with most boxes right.
 */
export function identityCounts(sequence: ScoredSequence): IdentityCounts {
  const together = new Float64Array(sequence.truthCount * sequence.resultCount);
  let truthBoxes = 0;
  let resultBoxes = 0;
  for (const { truth, result, iou } of sequence.frames) {
    truthBoxes += truth.length;
    resultBoxes += result.length;
    truth.forEach((row, i) => {
      result.forEach((column, j) => {
        if ((iou[i * result.length + j] as number) < MATCH_IOU - ROUNDING) return;
        const index = row * sequence.resultCount + column;
        together[index] = (together[index] as number) + 1;
      });
    });
  }
  const pairs = new Int32Array(sequence.truthCount);
  assign(together, sequence.truthCount, sequence.resultCount, pairs);
  const truePositives = pairs.reduce((sum, to, from) => sum + (to < 0 ? 0 : (together[from * sequence.resultCount + to] as number)), 0);
  return { truePositives, falsePositives: resultBoxes - truePositives, falseNegatives: truthBoxes - truePositives };
}

/** IDF1, percent. */
export function idf1({ truePositives, falsePositives, falseNegatives }: IdentityCounts): number {
  return (100 * truePositives) / Math.max(1, truePositives + (falsePositives + falseNegatives) / 2);
}
