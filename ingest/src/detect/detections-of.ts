import { CLASS_GROUPS, type Detection, OBJECT_CLASSES, type ObjectClass } from '@safecity/contracts';
import type { PictureFit } from '../decode/picture-fit.js';
import { nonMaximumSuppression, ROW_COLUMNS } from './non-maximum-suppression.js';

export interface SelectOptions {
  /** Class names of the model, by index. */
  classes: readonly string[];
  nmsIou: number;
  /** Boxes with this score or more count (inclusive). */
  minScore: number;
  /** Classes that may leave; default `OBJECT_CLASSES`. */
  keep?: readonly string[];
  /** One vehicle often comes out as car and as bus: with this, the better of the two alone is kept. */
  suppressAcrossGroup?: boolean;
}

/** One kept box in input pixels. */
export interface SelectedBox {
  className: string;
  score: number;
  /** x1, y1, x2, y2 in pixels of the model's input. */
  box: [number, number, number, number];
}

/** A frame never carries more; the best ones win. */
const MAX_DETECTIONS = 500;
/** Boxes may reach beyond the picture because detectors extrapolate, but not without end. */
const BOX_RANGE = { low: -1, high: 2 };

/** Classes that a detector takes for one another. */
const CONFUSED: readonly (readonly string[])[] = [CLASS_GROUPS.vehicle, CLASS_GROUPS['two-wheeler']];

/** A name for all classes that are taken for one another with this one. */
export function confusionGroup(className: string): string {
  return CONFUSED.find((group) => group.includes(className))?.[0] ?? className;
}

/** Score threshold, class filter and NMS over a model's output `[K, 6]`; best first. Rows with NaN or no area are dropped. */
export function selectBoxes(boxes: Float32Array, options: SelectOptions): SelectedBox[] {
  const keep = new Set<string>(options.keep ?? OBJECT_CLASSES);
  const rows: number[] = [];
  for (let row = 0; row * ROW_COLUMNS + 5 < boxes.length; row++) {
    const at = (column: number) => boxes[row * ROW_COLUMNS + column] ?? Number.NaN;
    if (at(4) >= options.minScore && at(4) > 0 && at(2) > at(0) && at(3) > at(1) && keep.has(options.classes[at(5)] ?? '')) rows.push(row);
  }
  const groups = options.classes.map((name) => (options.suppressAcrossGroup ? confusionGroup(name) : name));
  return nonMaximumSuppression(boxes, rows, options.nmsIou, (index) => groups[index] ?? index).map((row) => {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0, score = 0, classIndex = 0] = boxes.subarray(row * ROW_COLUMNS, (row + 1) * ROW_COLUMNS);
    return { className: options.classes[classIndex] ?? '', score: Math.min(1, score), box: [x1, y1, x2, y2] };
  });
}

/** Input pixels → 0..1 of the original picture. Values beyond 0..1 mean beyond the picture. */
export function toPictureShare(box: readonly [number, number, number, number], fit: PictureFit): [number, number, number, number] {
  return [box[0] / fit.pictureWidthPx, box[1] / fit.pictureHeightPx, box[2] / fit.pictureWidthPx, box[3] / fit.pictureHeightPx];
}

function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}

function clamp(value: number): number {
  return round(Math.min(BOX_RANGE.high, Math.max(BOX_RANGE.low, value)), 5);
}

/**
 * A model's output as detections of the original picture, as they are published: class filter, NMS within groups of
 * classes that are taken for one another, boxes 0..1.
 * Boxes whose middle lies in the padding are dropped.
 */
export function detectionsOf(boxes: Float32Array, fit: PictureFit, options: SelectOptions): Detection[] {
  return selectBoxes(boxes, { ...options, suppressAcrossGroup: true })
    .filter(({ box }) => (box[0] + box[2]) / 2 <= fit.pictureWidthPx && (box[1] + box[3]) / 2 <= fit.pictureHeightPx)
    .slice(0, MAX_DETECTIONS)
    .map(({ className, score, box }) => {
      const [x1, y1, x2, y2] = toPictureShare(box, fit);
      return { class: className as ObjectClass, score: round(score, 4), box: [clamp(x1), clamp(y1), clamp(x2), clamp(y2)] };
    });
}
