import type { Box, DetectionsFrame, ObjectClass, PlatesConfig, PlatesWanted } from '@safecity/contracts';
import type { ObservedTrack } from '../catalogue/rule-machine.js';
import { isSure, type PlateTrack, type PlateTracks, startPlateTrack } from './plate-tracks.js';

/** Where pictures are cut from, as ingest says with each frame. */
export type CutFrom = NonNullable<DetectionsFrame['cutFrom']>;

/** Height of the characters on a plate as a share of the breadth of a vehicle seen from front or back. */
const CHARACTER_SHARE: Partial<Record<ObjectClass, number>> = { motorcycle: 0.07, car: 0.04, truck: 0.03, bus: 0.03 };
/** A box broader than this, breadth by height, shows the vehicle from its side, where it has no plate (exclusive). */
const FRONTAL_ASPECT: Partial<Record<ObjectClass, number>> = { motorcycle: 1, car: 1.9, truck: 2, bus: 2 };
/** What is left of a view from the side, hidden, or cut off below, where the plate hangs. */
const SPOILT = 0.3;
/** What is left of one cut off on another side: the plate is in the middle, and may well be whole. */
const CUT_OFF = 0.7;
/** A box this near to the picture's edge may be cut off by it, as a share of the side. */
const EDGE = 0.005;
/** Share of the lower half that something in front may hide (inclusive). */
const MOST_HIDDEN = 0.3;
/** Pictures so soon after their keyframe cost few others to decode, ms (inclusive). */
const CHEAP_MS = 300;
/** So long a readable vehicle waits for a cheap picture, ms. */
const PATIENCE_MS = 1500;
/** Two looks nearer in time see the same, ms. */
const LEAST_STEP_MS = 400;
/** An answer that has not come after this will not, ms. */
const ANSWER_MS = 3000;
/** A second look at what was read may be this much worse; at what was not, it must be this much better. */
const AGAIN = 0.7;
const BETTER = 1.2;
const MOST_VEHICLES = 8;

/** Share of the lower half of `box` that lies under another, which is nearer to the camera. */
function hiddenShare(box: Box, other: Box): number {
  if (other[3] <= box[3]) return 0;
  const top = (box[1] + box[3]) / 2;
  const width = Math.min(box[2], other[2]) - Math.max(box[0], other[0]);
  const height = Math.min(box[3], other[3]) - Math.max(top, other[1]);
  return width <= 0 || height <= 0 ? 0 : (width * height) / ((box[2] - box[0]) * (box[3] - top));
}

/**
 * How well the plate of a vehicle may be seen: the height its characters should have in the full picture, in pixels, less
 * where it is cut off by the picture's edge, hidden by another or seen from the side. 0 for what has no plate.
 */
export function plateView(track: ObservedTrack, others: readonly ObservedTrack[], { widthPx, heightPx }: CutFrom): number {
  const share = CHARACTER_SHARE[track.class];
  if (share === undefined) return 0;
  const [x1, y1, x2, y2] = track.drawnBox;
  const aspect = ((x2 - x1) * widthPx) / Math.max(1, (y2 - y1) * heightPx);
  const isCutOff = x1 < EDGE || y1 < EDGE || x2 > 1 - EDGE;
  const isSideways = aspect > (FRONTAL_ASPECT[track.class] ?? 2);
  const isHidden = others.some((other) => other !== track && other.seen && hiddenShare(track.drawnBox, other.drawnBox) > MOST_HIDDEN);
  const spoilt = [y2 > 1 - EDGE, isSideways, isHidden].filter(Boolean).length;
  return (x2 - x1) * widthPx * share * (isCutOff ? CUT_OFF : 1) * SPOILT ** spoilt;
}

function wantsLook(known: PlateTrack, view: number, nowMs: number, { maxReadsPerTrack }: PlatesConfig): boolean {
  if (known.looks >= maxReadsPerTrack || known.asks >= 2 * maxReadsPerTrack || isSure(known)) return false;
  if (known.askedMs === null) return true;
  const sinceMs = nowMs - known.askedMs;
  if (sinceMs < LEAST_STEP_MS || (known.asks > known.looks && sinceMs < ANSWER_MS)) return false;
  if (known.asks > known.looks) return view >= AGAIN * known.bestView;
  return view >= (known.plate?.text ? AGAIN : BETTER) * known.bestView;
}

/** Where a vehicle was `agoMs` before this frame, by the speed of its centre; inside the picture. */
function boxBefore({ drawnBox, velocity: [vx, vy] }: ObservedTrack, agoMs: number, { widthPx, heightPx }: CutFrom): Box {
  const dx = ((vx * heightPx) / widthPx) * (agoMs / 1000);
  const dy = vy * (agoMs / 1000);
  const [x1, y1, x2, y2] = drawnBox;
  return [x1 - dx, y1 - dy, x2 - dx, y2 - dy].map((value) => Math.min(1, Math.max(0, value))) as Box;
}

/**
 * Which vehicles of a frame should be looked at now, and in which picture: readable, in the best view so far, at most
 * `maxReadsPerTrack` times each and no more once two looks agree. Soon after a keyframe they are looked for in that one,
 * which needs no other picture to be decoded; a vehicle that has waited long is taken in the frame itself. Mutates `plates`.
 */
export function vehiclesToRead(
  plates: PlateTracks,
  { tracks, nowMs }: { tracks: readonly ObservedTrack[]; nowMs: number },
  cutFrom: CutFrom,
  config: PlatesConfig,
): Pick<PlatesWanted, 'capturedAtMs' | 'vehicles'> | undefined {
  const { sinceKeyframeMs } = cutFrom;
  const isCheap = sinceKeyframeMs <= CHEAP_MS;
  const wanted: Look[] = [];
  for (const track of tracks) {
    const view = track.seen ? plateView(track, tracks, cutFrom) : 0;
    if (view < config.minCharacterPx) continue;
    const known = plates[track.id] ?? startPlateTrack(track.class, nowMs);
    plates[track.id] = known;
    known.class = track.class;
    known.seenMs = nowMs;
    if (!wantsLook(known, view, nowMs, config)) continue;
    known.waitsSinceMs ??= nowMs;
    if ((isCheap && track.firstMs <= nowMs - sinceKeyframeMs) || nowMs - known.waitsSinceMs >= PATIENCE_MS)
      wanted.push({ known, track, view });
  }
  if (wanted.length === 0) return undefined;
  const agoMs = isCheap ? sinceKeyframeMs : 0;
  const best = wanted.sort((a, b) => b.view - a.view).slice(0, MOST_VEHICLES);
  for (const { known, view } of best) noteAsked(known, view, nowMs);
  return {
    capturedAtMs: nowMs - agoMs,
    vehicles: best.map(({ track }) => ({ trackId: track.id, class: track.class, box: boxBefore(track, agoMs, cutFrom) })),
  };
}

interface Look {
  known: PlateTrack;
  track: ObservedTrack;
  view: number;
}

function noteAsked(known: PlateTrack, view: number, nowMs: number): void {
  known.asks++;
  known.askedMs = nowMs;
  known.waitsSinceMs = null;
  known.bestView = Math.max(known.bestView, view);
}
