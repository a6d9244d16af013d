import { SafecityError } from '@safecity/contracts';
import { assign } from '@safecity/rules';
import type { MotRow } from './mot-text.js';

/** One frame as the metrics see it. */
export interface ScoredFrame {
  /** Truth identity of each row, 0..`truthCount - 1`. */
  truth: number[];
  /** Result identity of each column, 0..`resultCount - 1`. */
  result: number[];
  /** IoU, `[truth, result]`, row by row. */
  iou: Float64Array;
}

/** One sequence, cleaned as its bench asks: only boxes that count. */
export interface ScoredSequence {
  truthCount: number;
  resultCount: number;
  frames: ScoredFrame[];
}

/** Least IoU at which boxes may be the same object (inclusive) for CLEAR, identity and cleaning. */
export const MATCH_IOU = 0.5;
/** Thresholds are inclusive though the sums behind an IoU are rounded. */
export const ROUNDING = Number.EPSILON;

/** Classes of MOT16 and later on which a person box is neither right nor wrong: on a vehicle, static, distractor, reflection. */
const DISTRACTORS = new Set([2, 7, 8, 12]);
const PEDESTRIAN = 1;

function iouOf(a: MotRow['box'], b: MotRow['box']): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared);
}

function overlaps(truth: readonly MotRow[], result: readonly MotRow[]): Float64Array {
  const iou = new Float64Array(truth.length * result.length);
  truth.forEach((row, i) => {
    result.forEach((column, j) => {
      iou[i * result.length + j] = iouOf(row.box, column.box);
    });
  });
  return iou;
}

/** Results that do not sit on a distractor: those matched, among all annotated objects, to one are taken away. */
function withoutDistractors(truth: readonly MotRow[], result: readonly MotRow[]): MotRow[] {
  const gains = overlaps(truth, result).map((iou) => (iou >= MATCH_IOU - ROUNDING ? iou : 0));
  const pairs = new Int32Array(truth.length);
  assign(gains, truth.length, result.length, pairs);
  const dropped = new Set<number>();
  truth.forEach((row, i) => {
    if (DISTRACTORS.has(row.class as number)) dropped.add(pairs[i] as number);
  });
  return result.filter((_, j) => !dropped.has(j));
}

function byFrame(rows: readonly MotRow[], frames: number, name: string): MotRow[][] {
  const list: MotRow[][] = Array.from({ length: frames }, () => []);
  const ids: Set<number>[] = list.map(() => new Set());
  for (const row of rows) {
    if (row.frame > frames) continue;
    const seen = ids[row.frame - 1] as Set<number>;
    if (seen.has(row.id)) throw new SafecityError('BENCH_MOT_UNREADABLE', `${name}: id ${row.id} stands twice in frame ${row.frame}`);
    seen.add(row.id);
    (list[row.frame - 1] as MotRow[]).push(row);
  }
  return list;
}

/** Numbers identities in the order in which they first come. */
class Numbering {
  private readonly numbers = new Map<number, number>();

  of(id: number): number {
    const known = this.numbers.get(id);
    if (known !== undefined) return known;
    this.numbers.set(id, this.numbers.size);
    return this.numbers.size - 1;
  }

  get count(): number {
    return this.numbers.size;
  }
}

/**
 * Pairs truth and results up frame by frame. Truth boxes of confidence 0 do not count. Where the truth has classes
 * (MOT16 and later) results on a distractor are taken away first, and only pedestrians count.
 * @param frames length of the sequence; rows beyond it are ignored
 * @throws SafecityError `BENCH_MOT_UNREADABLE` when an id stands twice in a frame
 */
export function scoredSequence(truth: readonly MotRow[], result: readonly MotRow[], frames: number): ScoredSequence {
  const classed = truth.some((row) => row.class !== undefined);
  const truthFrames = byFrame(truth, frames, 'truth');
  const resultFrames = byFrame(result, frames, 'results');
  const truthNumbers = new Numbering();
  const resultNumbers = new Numbering();
  const scored = truthFrames.map((all, index) => {
    const given = resultFrames[index] as MotRow[];
    const results = classed ? withoutDistractors(all, given) : given;
    const counting = all.filter((row) => row.confidence !== 0 && (!classed || row.class === PEDESTRIAN));
    return {
      truth: counting.map((row) => truthNumbers.of(row.id)),
      result: results.map((row) => resultNumbers.of(row.id)),
      iou: overlaps(counting, results),
    };
  });
  return { truthCount: truthNumbers.count, resultCount: resultNumbers.count, frames: scored };
}
