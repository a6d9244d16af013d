import { type Box, type Detection, type DetectionsFrame, type Discontinuity, OBJECT_CLASSES } from '@safecity/contracts';
import type { TrackerDetection } from '../tracking/track.js';

/** Step back in capture time from which the clock was set, rather than frames swapped (exclusive). */
const CLOCK_STEP_BACK_MS = 5000;
/** A box of a smaller side is noise, as a share of the picture. */
const SMALLEST_SIDE = 1e-4;

/** What to do with a frame before anything else looks at it. */
export type FrameVerdict = 'duplicate' | 'out-of-order' | 'restart' | 'follows';

/**
 * Judges a frame by its capture time against the newest one taken. A frame as old as the newest is a duplicate; up to
 * 5 s older came out of order; older still means that the clock was set back, and tracks begin anew.
 */
export function judgeFrame(lastMs: number | null, frame: { capturedAtMs: number; discontinuity?: Discontinuity }): FrameVerdict {
  if (lastMs === null) return 'restart';
  if (frame.capturedAtMs === lastMs) return 'duplicate';
  if (frame.capturedAtMs < lastMs) return lastMs - frame.capturedAtMs > CLOCK_STEP_BACK_MS ? 'restart' : 'out-of-order';
  return frame.discontinuity === undefined ? 'follows' : 'restart';
}

function isSound(detection: Detection): boolean {
  const { box, score } = detection;
  if (!Array.isArray(box) || box.length !== 4) return false;
  for (const value of box) if (typeof value !== 'number' || !(value >= -1 && value <= 2)) return false;
  return (
    box[2] - box[0] >= SMALLEST_SIDE &&
    box[3] - box[1] >= SMALLEST_SIDE &&
    typeof score === 'number' &&
    score >= 0 &&
    score <= 1 &&
    (OBJECT_CLASSES as readonly string[]).includes(detection.class)
  );
}

/** Detections in picture heights, and how many were left out because a box or score is no number or out of range. */
export function soundDetections(frame: DetectionsFrame): { detections: TrackerDetection[]; ignored: number } {
  const aspect = frame.widthPx / frame.heightPx;
  const detections: TrackerDetection[] = [];
  for (const detection of frame.detections) {
    if (!isSound(detection)) continue;
    const [x1, y1, x2, y2] = detection.box;
    const { class: className, score, colour } = detection;
    detections.push({ class: className, score, box: [x1 * aspect, y1, x2 * aspect, y2], ...(colour ? { colour } : {}) });
  }
  return { detections, ignored: frame.detections.length - detections.length };
}

/** A box back from picture heights to 0..1, kept within what a contract box may be. */
export function toPicture(box: Readonly<Box>, aspect: number): Box {
  return [limit(box[0] / aspect), limit(box[1]), limit(box[2] / aspect), limit(box[3])];
}

function limit(value: number): number {
  return Math.min(2, Math.max(-1, value));
}
