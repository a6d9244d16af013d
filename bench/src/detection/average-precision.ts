import type { Box } from '@safecity/contracts';
import { boxIou } from '@safecity/rules';

/** A box `xyxy` in pixels of the original picture. */
export type PixelBox = Readonly<Box>;

export interface TrueObject {
  image: string;
  class: string;
  box: PixelBox;
}

export interface ScoredBox extends TrueObject {
  score: number;
}

export interface ClassPrecision {
  class: string;
  /** True objects. */
  objects: number;
  /** Average precision at IoU 0.50, 0..1. */
  ap50: number;
  /** Mean of it over IoU 0.50, 0.55 ... 0.95. */
  ap: number;
  /** Recall at IoU 0.50 with all boxes given. */
  recall50: number;
}

const THRESHOLDS = Array.from({ length: 10 }, (_, index) => 0.5 + index * 0.05);
const RECALL_POINTS = Array.from({ length: 101 }, (_, index) => index / 100);
/** Most boxes of a picture and class that count, best first. */
const MOST_BOXES = 100;

function byImage<T extends { image: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) groups.set(row.image, [...(groups.get(row.image) ?? []), row]);
  return groups;
}

/** Each box, best first, takes the true object of its picture that it overlaps most and that is free. */
function hitsAt(truth: Map<string, TrueObject[]>, boxes: readonly ScoredBox[], minIou: number): boolean[] {
  const taken = new Set<TrueObject>();
  return boxes.map((box) => {
    let best: TrueObject | undefined;
    let bestIou = minIou;
    for (const object of truth.get(box.image) ?? []) {
      const iou = taken.has(object) ? 0 : boxIou(object.box, box.box);
      if (iou >= bestIou) [best, bestIou] = [object, iou];
    }
    if (best) taken.add(best);
    return best !== undefined;
  });
}

function precisionOf(hits: readonly boolean[], objects: number): { ap: number; recall: number } {
  let found = 0;
  const curve = hits.map((hit, index) => {
    if (hit) found++;
    return { recall: found / objects, precision: found / (index + 1) };
  });
  for (let index = curve.length - 2; index >= 0; index--) {
    const [here, next] = [curve[index], curve[index + 1]];
    if (here && next) here.precision = Math.max(here.precision, next.precision);
  }
  let [sum, at] = [0, 0];
  for (const recall of RECALL_POINTS) {
    while (at < curve.length && (curve[at]?.recall ?? 0) < recall) at++;
    sum += curve[at]?.precision ?? 0;
  }
  return { ap: sum / RECALL_POINTS.length, recall: found / objects };
}

/**
 * Average precision of one class as COCO defines it: 101 recall points, interpolated precision, at most 100 boxes a
 * picture, IoU 0.50 to 0.95 in steps of 0.05 (Lin et al. 2014, "Microsoft COCO"). Objects of all sizes; no crowd regions.
 * @returns null when the truth has no object of the class
 */
export function averagePrecision(name: string, truth: readonly TrueObject[], detections: readonly ScoredBox[]): ClassPrecision | null {
  if (truth.length === 0) return null;
  const objects = byImage(truth);
  const counted = [...byImage(detections).values()].flatMap((boxes) => boxes.sort((a, b) => b.score - a.score).slice(0, MOST_BOXES));
  counted.sort((a, b) => b.score - a.score);
  const results = THRESHOLDS.map((minIou) => precisionOf(hitsAt(objects, counted, minIou), truth.length));
  const ap = results.reduce((sum, result) => sum + result.ap, 0) / results.length;
  return { class: name, objects: truth.length, ap50: results[0]?.ap ?? 0, ap, recall50: results[0]?.recall ?? 0 };
}
