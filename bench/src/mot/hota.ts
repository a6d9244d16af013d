import { assign } from '@safecity/rules';
import { ROUNDING, type ScoredFrame, type ScoredSequence } from './sequence.js';

/** Localisation thresholds 0.05, 0.10 … 0.95. */
export const ALPHAS: readonly number[] = Array.from({ length: 19 }, (_, k) => (k + 1) / 20);

/** Counts of HOTA, one value per alpha; they add up over sequences (`association` is the sum of A(c) over true positives). */
export interface HotaCounts {
  truePositives: number[];
  falsePositives: number[];
  falseNegatives: number[];
  association: number[];
}

/** HOTA, DetA and AssA, percent, each the mean over alpha. */
export interface Hota {
  hota: number;
  detA: number;
  assA: number;
}

/** How well each pair of identities fits over the whole sequence, 0..1, and how many boxes each identity has. */
function alignment(sequence: ScoredSequence) {
  const { truthCount, resultCount } = sequence;
  const shared = new Float64Array(truthCount * resultCount);
  const truthBoxes = new Float64Array(truthCount);
  const resultBoxes = new Float64Array(resultCount);
  for (const { truth, result, iou } of sequence.frames) {
    const { rows, columns } = sums(iou, truth.length, result.length);
    for (const id of truth) truthBoxes[id] = (truthBoxes[id] as number) + 1;
    for (const id of result) resultBoxes[id] = (resultBoxes[id] as number) + 1;
    truth.forEach((row, i) => {
      result.forEach((column, j) => {
        const value = iou[i * result.length + j] as number;
        const union = (rows[i] as number) + (columns[j] as number) - value;
        const index = row * resultCount + column;
        if (union > ROUNDING) shared[index] = (shared[index] as number) + value / union;
      });
    });
  }
  const fit = shared.map((value, index) => {
    const row = Math.floor(index / resultCount);
    return value / ((truthBoxes[row] as number) + (resultBoxes[index % resultCount] as number) - value);
  });
  return { fit, truthBoxes, resultBoxes };
}

function sums(values: Float64Array, rowCount: number, columnCount: number): { rows: Float64Array; columns: Float64Array } {
  const rows = new Float64Array(rowCount);
  const columns = new Float64Array(columnCount);
  values.forEach((value, index) => {
    const i = Math.floor(index / columnCount);
    const j = index % columnCount;
    rows[i] = (rows[i] as number) + value;
    columns[j] = (columns[j] as number) + value;
  });
  return { rows, columns };
}

function framePairs({ truth, result, iou }: ScoredFrame, fit: Float64Array, resultCount: number): Int32Array {
  const gains = iou.map((value, index) => {
    const row = truth[Math.floor(index / result.length)] as number;
    return value * (fit[row * resultCount + (result[index % result.length] as number)] as number);
  });
  const pairs = new Int32Array(truth.length);
  assign(gains, truth.length, result.length, pairs);
  return pairs;
}

/**
 * HOTA (J. Luiten et al., "HOTA: A Higher Order Metric for Evaluating Multi-Object Tracking", 2020). Frames are matched
 * so that IoU times the identities' fit over the sequence is greatest; a match is a true positive at every alpha its IoU
 * reaches (inclusive), and A(c) is the Jaccard index of its two identities among the true positives at that alpha.
 */
export function hotaCounts(sequence: ScoredSequence): HotaCounts {
  const { resultCount } = sequence;
  const { fit, truthBoxes, resultBoxes } = alignment(sequence);
  const together = ALPHAS.map(() => new Float64Array(fit.length));
  const truePositives = ALPHAS.map(() => 0);
  for (const frame of sequence.frames) {
    framePairs(frame, fit, resultCount).forEach((j, i) => {
      if (j < 0) return;
      const iou = frame.iou[i * frame.result.length + j] as number;
      const index = (frame.truth[i] as number) * resultCount + (frame.result[j] as number);
      ALPHAS.forEach((alpha, a) => {
        if (iou < alpha - ROUNDING) return;
        truePositives[a] = (truePositives[a] as number) + 1;
        const counts = together[a] as Float64Array;
        counts[index] = (counts[index] as number) + 1;
      });
    });
  }
  const total = (counts: Float64Array) => counts.reduce((sum, value) => sum + value, 0);
  const association = together.map((counts) =>
    counts.reduce((sum, count, index) => {
      const others = (truthBoxes[Math.floor(index / resultCount)] as number) + (resultBoxes[index % resultCount] as number) - count;
      return count === 0 ? sum : sum + (count * count) / others;
    }, 0),
  );
  return {
    truePositives,
    falsePositives: truePositives.map((tp) => total(resultBoxes) - tp),
    falseNegatives: truePositives.map((tp) => total(truthBoxes) - tp),
    association,
  };
}

/** Figures from counts. */
export function hotaOf({ truePositives, falsePositives, falseNegatives, association }: HotaCounts): Hota {
  const mean = (values: number[]) => (100 * values.reduce((sum, value) => sum + value, 0)) / values.length;
  const detA = truePositives.map((tp, a) => tp / Math.max(1, tp + (falsePositives[a] as number) + (falseNegatives[a] as number)));
  const assA = truePositives.map((tp, a) => (association[a] as number) / Math.max(1, tp));
  return { hota: mean(detA.map((value, a) => Math.sqrt(value * (assA[a] as number)))), detA: mean(detA), assA: mean(assA) };
}
