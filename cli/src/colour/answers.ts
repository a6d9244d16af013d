import type { ColourAnswer } from '@safecity/bench';
import { type ArchiveRecord, type Box, CLASS_GROUPS, type DetectionsFrame, type VehicleColour } from '@safecity/contracts';
import { type ColourLooks, colourOf, withColour } from '@safecity/rules';
import type { ColourLabels, VehicleLabel } from './labels-file.js';

/** A track, or a box, is the labelled vehicle from this overlap on (inclusive). */
const LEAST_IOU = 0.4;
/** Looks of a clip of stills count within so much of the label. */
const STILL_MS = 700;
/** A path that has no picture nearer to the label's time is elsewhere by then. */
const PATH_SLACK_MS = 300;

const ROAD_VEHICLES: ReadonlySet<string> = new Set(CLASS_GROUPS['road-vehicle']);

/** What the live pipeline made of a clip. */
export interface WatchedClip {
  widthPx: number;
  heightPx: number;
  records: readonly ArchiveRecord[];
  frames: readonly DetectionsFrame[];
}

type TrackRecord = Extract<ArchiveRecord, { track: unknown }>;

const areaOf = ([x1, y1, x2, y2]: Box) => (x2 - x1) * (y2 - y1);

function iou(p: Box, q: Box): number {
  const width = Math.min(p[2], q[2]) - Math.max(p[0], q[0]);
  const height = Math.min(p[3], q[3]) - Math.max(p[1], q[1]);
  const shared = width > 0 && height > 0 ? width * height : 0;
  return shared / (areaOf(p) + areaOf(q) - shared);
}

/** Where an archived track was at a time; null when that is not part of its path. */
function boxAtTime({ track: { firstMs, points } }: TrackRecord, atMs: number): Box | null {
  const ms = atMs - firstMs;
  const to = points.find(([at]) => at >= ms) ?? points.at(-1);
  const from = points.findLast(([at]) => at <= ms) ?? points[0];
  if (!to || !from || from[0] > ms + PATH_SLACK_MS || to[0] < ms - PATH_SLACK_MS) return null;
  const share = to[0] === from[0] ? 0 : (ms - from[0]) / (to[0] - from[0]);
  return [1, 2, 3, 4].map((side) => (from[side] as number) + share * ((to[side] as number) - (from[side] as number))) as Box;
}

/** The colour in the newest part of a track: that of the whole track. */
function archivedColour(records: readonly TrackRecord[], trackId: string): VehicleColour | null {
  const parts = records.filter(({ track }) => track.trackId === trackId).sort((a, b) => a.facts.part - b.facts.part);
  return parts.at(-1)?.facts.colour ?? null;
}

function ofTrack(records: readonly TrackRecord[], atMs: number, box: Box): Omit<ColourAnswer, 'colours'> {
  let best: { trackId: string; overlap: number } | null = null;
  for (const record of records) {
    const at = boxAtTime(record, atMs);
    const overlap = at ? iou(at, box) : 0;
    if (overlap >= Math.max(LEAST_IOU, best?.overlap ?? 0)) best = { trackId: record.track.trackId, overlap };
  }
  return { said: best ? archivedColour(records, best.trackId) : null, isTracked: best !== null };
}

function ofStills(frames: readonly DetectionsFrame[], atMs: number, box: Box): Omit<ColourAnswer, 'colours'> {
  let looks: ColourLooks | undefined;
  let isTracked = false;
  for (const { capturedAtMs, detections } of frames) {
    if (Math.abs(capturedAtMs - atMs) > STILL_MS) continue;
    const near = detections.filter((one) => ROAD_VEHICLES.has(one.class) && iou(one.box, box) >= LEAST_IOU);
    const seen = near.sort((a, b) => iou(b.box, box) - iou(a.box, box))[0];
    isTracked ||= seen !== undefined;
    if (seen?.colour) looks = withColour(looks, seen.colour, areaOf(seen.box));
  }
  // Repeats of one still are one look, and another is not to be had.
  return { said: looks ? colourOf({ ...looks, count: Number.POSITIVE_INFINITY }) : null, isTracked };
}

/** What was said of each labelled vehicle of a clip, in the order of the labels. */
export function answersOf({ vehicles, stills = false }: ColourLabels, clip: WatchedClip): { label: VehicleLabel; answer: ColourAnswer }[] {
  const { widthPx: w, heightPx: h, frames } = clip;
  const records = clip.records.filter((record): record is TrackRecord => 'track' in record && ROAD_VEHICLES.has(record.track.class));
  return vehicles.map((label) => {
    const { atMs, colours } = label;
    const box: Box = [label.box[0] / w, label.box[1] / h, label.box[2] / w, label.box[3] / h];
    return { label, answer: { colours, ...(stills ? ofStills(frames, atMs, box) : ofTrack(records, atMs, box)) } };
  });
}
