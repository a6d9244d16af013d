import type { AnchorPoint, Box, Point } from '@safecity/contracts';

/** Area of a box in its own units; 0 when it is turned inside out. */
export function boxArea(box: Readonly<Box>): number {
  return Math.max(0, box[2] - box[0]) * Math.max(0, box[3] - box[1]);
}

/** Area that two boxes share; 0 when they only touch. */
export function intersectionArea(a: Readonly<Box>, b: Readonly<Box>): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  if (width <= 0) return 0;
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return height <= 0 ? 0 : width * height;
}

/** Intersection over union, 0..1. The same in any units, so also in 0..1 of a picture that is not square. */
export function boxIou(a: Readonly<Box>, b: Readonly<Box>): number {
  const shared = intersectionArea(a, b);
  return shared === 0 ? 0 : shared / (boxArea(a) + boxArea(b) - shared);
}

/** The point of a box that is tested against geometry: unless told otherwise the middle of its lower side, where an object meets the ground. */
export function anchorOf(box: Readonly<Box>, point: AnchorPoint = 'bottom-centre'): Point {
  const x = (box[0] + box[2]) / 2;
  if (point === 'bottom-centre') return [x, box[3]];
  return [x, point === 'top' ? box[1] : (box[1] + box[3]) / 2];
}

/** Length that stands for the size of a box in both directions: the side of a square of the same area. */
export function boxSize(box: Readonly<Box>): number {
  return Math.sqrt(boxArea(box));
}

/** Smallest box around all points. */
export function boundingBox(points: readonly Point[]): Box {
  const box: Box = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [x, y] of points) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return box;
}

/**
 * How far an object at box `a` has shifted when it is next seen at box `b`, in sizes of the smaller box.
 *
 * The third smallest of the four sides' displacements: a real movement moves at least two sides, a box that a detector
 * stretches over a neighbour, or cuts short, moves one. Boxes must be in units that mean the same both ways.
 */
export function boxShift(a: Readonly<Box>, b: Readonly<Box>): number {
  const size = Math.min(boxSize(a), boxSize(b));
  if (size === 0) return Number.POSITIVE_INFINITY;
  const left = Math.abs(a[0] - b[0]);
  const top = Math.abs(a[1] - b[1]);
  const right = Math.abs(a[2] - b[2]);
  const bottom = Math.abs(a[3] - b[3]);
  const [low, high] = left < right ? [left, right] : [right, left];
  const [short, long] = top < bottom ? [top, bottom] : [bottom, top];
  return Math.max(low, short, Math.min(high, long)) / size;
}
