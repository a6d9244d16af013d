import { type Box, CLASS_GROUPS, type Detection } from '@safecity/contracts';

/** A box that overlaps a known place by this much is what stands there (inclusive). */
const SAME_PLACE_IOU = 0.55;
/** A place where nothing was seen for so long is forgotten: a detector may lose what stands for a while. */
const REMEMBERED_MS = 60_000;
/** A box this much surer than nothing wakes although it could not begin a track yet: it may come nearer. */
const SHARE_OF_MIN_SCORE = 0.8;

interface Place {
  group: string;
  box: Box;
  lastMs: number;
}

/**
 * Tells moving and new objects from those that stand, from detections alone. A place keeps the box that opened it, so
 * that even a slow walker leaves it; what stands never does.
 */
export class LivelyDetections {
  #places: Place[] = [];

  /** Takes the detections of one frame in; true when one of them is at no known place. */
  take(detections: readonly Detection[], minScore: number, capturedAtMs: number): boolean {
    this.#places = this.#places.filter(({ lastMs }) => capturedAtMs - lastMs <= REMEMBERED_MS);
    let isLively = false;
    for (const { class: name, score, box } of detections) {
      const group = (CLASS_GROUPS['road-vehicle'] as readonly string[]).includes(name) ? 'road-vehicle' : name;
      const place = this.#places.find((known) => known.group === group && overlap(known.box, box) >= SAME_PLACE_IOU);
      if (place) place.lastMs = capturedAtMs;
      else if (score >= minScore * SHARE_OF_MIN_SCORE) {
        this.#places.push({ group, box, lastMs: capturedAtMs });
        isLively = true;
      }
    }
    return isLively;
  }
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = (box: Box) => (box[2] - box[0]) * (box[3] - box[1]);
  return (width * height) / (area(a) + area(b) - width * height);
}
