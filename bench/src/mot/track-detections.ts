import { createTracker, type TrackerDetection, type TrackerOptions } from '@safecity/rules';
import type { MotRow } from './mot-text.js';

/** What tracking one file of detections gave. */
export interface MotTracking {
  /** Boxes of confirmed tracks in the frames where they were seen, smoothed by their filter; identities count from 1. */
  rows: MotRow[];
  frames: number;
  /** Time that the tracker alone took, without reading and writing. */
  seconds: number;
}

/** Capture time of frame 1; any will do. */
const START_MS = 1_000_000_000_000;

function detectionFrames(rows: readonly MotRow[]): TrackerDetection[][] {
  const frames: TrackerDetection[][] = Array.from({ length: rows.reduce((most, row) => Math.max(most, row.frame), 0) }, () => []);
  for (const { frame, box, confidence } of rows) {
    if (box[2] <= box[0] || box[3] <= box[1]) continue;
    frames[frame - 1]?.push({ class: 'person', score: Math.min(1, Math.max(0, confidence)), box });
  }
  return frames;
}

/**
 * Runs the tracker of the live service over MOTChallenge detections, frame by frame, without looking ahead.
 * @param rows boxes in pixels; every one is taken for a person
 * @param fps frames a second
 */
export function trackMot(rows: readonly MotRow[], fps: number, options: Partial<TrackerOptions> = {}): MotTracking {
  const frames = detectionFrames(rows);
  const tracker = createTracker(options);
  const numbers = new Map<string, number>();
  const tracked: MotRow[] = [];
  let state = tracker.start();
  let nanoseconds = 0n;
  frames.forEach((detections, index) => {
    const atMs = START_MS + (index * 1000) / fps;
    const before = process.hrtime.bigint();
    state = tracker.step(state, atMs, detections).state;
    nanoseconds += process.hrtime.bigint() - before;
    for (const track of state.tracks) {
      if (track.phase !== 'confirmed' || track.lastMs !== atMs) continue;
      const id = numbers.get(track.id) ?? numbers.size + 1;
      numbers.set(track.id, id);
      tracked.push({ frame: index + 1, id, box: [...track.box], confidence: track.scoreSum / track.hits, class: undefined });
    }
  });
  return { rows: tracked, frames: frames.length, seconds: Number(nanoseconds) / 1e9 };
}

/** Results as MOTChallenge text: `frame,id,x,y,w,h,score,-1,-1,-1`. */
export function motText(rows: readonly MotRow[]): string {
  return rows
    .map(({ frame, id, box: [x1, y1, x2, y2], confidence }) => {
      const numbers = [x1, y1, x2 - x1, y2 - y1].map((value) => value.toFixed(2)).join(',');
      return `${frame},${id},${numbers},${confidence.toFixed(4)},-1,-1,-1\n`;
    })
    .join('');
}
