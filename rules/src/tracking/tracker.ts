import type { Box } from '@safecity/contracts';
import { boxArea, boxIou, boxShift, intersectionArea } from '../geometry/boxes.js';
import { assign } from './assignment.js';
import { classIndex, isVehicleClass, mayBeOneObject } from './classes.js';
import { DEFAULT_TRACKER_OPTIONS, type TrackerOptions } from './options.js';
import { SAME_PLACE_SHIFT } from './rest.js';
import { lowScoreGain, matchGain } from './similarity.js';
import { isParked, missTrack, predictTrack, restedMs, sightTrack, startTrack, type Track, type TrackerDetection } from './track.js';

/** Everything a tracker remembers. Plain values: its JSON is a checkpoint, and a tracker goes on from it exactly. */
export interface TrackerState {
  /** Capture time of the newest frame; null before the first. */
  atMs: number | null;
  /** Usual time between frames, for what is counted in frames in the papers. */
  intervalMs: number;
  tracks: Track[];
}

/** Multi-object tracker of one camera. Holds no state of its own between calls. */
export interface Tracker {
  start(): TrackerState;
  /**
   * Takes one frame in. Consumes `state` (mutates and returns it); `atMs` must be later than the frame before.
   * @returns the state, and the tracks that were let go, so that owners of per-track memory drop it
   */
  step(state: TrackerState, atMs: number, detections: readonly TrackerDetection[]): { state: TrackerState; removed: Track[] };
}

/** Boxes of mixed-up classes that overlap by this much are one object reported twice. */
const SAME_OBJECT_IOU = 0.7;
/** An unmatched box this much inside a standing object of its kind is a part of that object, not a new one. */
const PART_OF_STANDING = 0.8;
/** Two tracks of one kind that overlap by this much follow one object: the younger goes. */
const SAME_TRACK_IOU = 0.85;
/** A place is hidden when another object covers this share of it. */
const HIDDEN_SHARE = 0.5;
/** Longest step between two frames that counts as watching. */
const LONGEST_STEP_MS = 5000;

type GainOf = (track: Readonly<Track>, detection: TrackerDetection, detectionClass: number, options: TrackerOptions) => number;

/**
 * ByteTrack (arXiv 2110.06864): Kalman prediction, optimal assignment with the sure detections first and with the
 * doubtful ones second, tentative tracks last. Departures: every limit is in time and the similarity knows the doubt of
 * the prediction (rates of 0.5 to 30 frames a second), standing objects keep their place and identity, classes are
 * voted on, and a tentative track outlives a missed frame.
 */
export function createTracker(overrides: Partial<TrackerOptions> = {}): Tracker {
  const options: TrackerOptions = { ...DEFAULT_TRACKER_OPTIONS, ...overrides };
  return {
    start: () => ({ atMs: null, intervalMs: 0, tracks: [] }),
    step: (state, atMs, detections) => stepTracker(state, atMs, detections, options),
  };
}

function stepTracker(state: TrackerState, atMs: number, detections: readonly TrackerDetection[], options: TrackerOptions) {
  const stepMs = state.atMs === null ? 0 : atMs - state.atMs;
  const removed: Track[] = [];
  state.tracks = keep(state.tracks, removed, (track) => !isTooOld(track, atMs, state, options));
  for (const track of state.tracks) predictTrack(track, stepMs, options);
  const frame = new FrameMatcher(distinct(detections, options.lowScore), atMs, options);
  const believed = state.tracks.filter((track) => track.phase !== 'tentative');
  const left = frame.match(believed, (d) => d.score >= options.highScore, matchGain);
  const unseen = frame.match(left, (d) => d.score < options.highScore, lowScoreGain);
  const tentative = state.tracks.filter((track) => track.phase === 'tentative');
  frame.match(tentative, (d) => d.score >= options.highScore, matchGain);
  const seen = state.tracks.filter((track) => track.phase === 'confirmed' && track.lastMs === atMs);
  for (const track of unseen) missTrack(track, missedTime(track, seen, stepMs, options), options);
  state.tracks = keep(state.tracks, removed, (track) => !isDouble(track, seen, options));
  state.tracks.push(...frame.births(state.tracks));
  if (stepMs > 0) state.intervalMs = nextInterval(state.intervalMs, stepMs);
  state.atMs = atMs;
  return { state, removed };
}

function keep(tracks: Track[], removed: Track[], isKept: (track: Track) => boolean): Track[] {
  const kept: Track[] = [];
  for (const track of tracks) (isKept(track) ? kept : removed).push(track);
  return kept;
}

function nextInterval(intervalMs: number, stepMs: number): number {
  const step = Math.min(stepMs, LONGEST_STEP_MS);
  return intervalMs === 0 ? step : 0.7 * intervalMs + 0.3 * step;
}

function isTooOld(track: Track, atMs: number, { intervalMs, atMs: beforeMs }: TrackerState, options: TrackerOptions): boolean {
  const unseenMs = atMs - track.lastMs;
  const isNextFrame = track.lastMs === beforeMs && unseenMs <= LONGEST_STEP_MS;
  if (track.phase === 'tentative') return !isNextFrame && unseenMs > Math.max(options.tentativeLostMs, 2.5 * intervalMs);
  const patienceMs = Math.max(options.movingLostMs, 3.5 * intervalMs, Math.min(options.standingLostMs, 2 * restedMs(track)));
  if (!isParked(track, options)) return unseenMs > patienceMs;
  return track.missingMs > Math.min(options.standingLostMs, patienceMs) || unseenMs > options.hiddenLostMs;
}

/** Detections worth looking at; where one object was reported as two classes, only the surer one. */
function distinct(detections: readonly TrackerDetection[], lowScore: number): TrackerDetection[] {
  const kept: TrackerDetection[] = [];
  for (const detection of detections) {
    if (detection.score < lowScore) continue;
    const twin = twinOf(detection, kept);
    if (twin < 0) kept.push(detection);
    else if ((kept[twin] as TrackerDetection).score < detection.score) kept[twin] = detection;
  }
  return kept;
}

function twinOf(detection: TrackerDetection, kept: readonly TrackerDetection[]): number {
  const { box } = detection;
  // Boxes that share so much have their sides within this of each other: most pairs end here.
  const reach = (1 - SAME_OBJECT_IOU) * (box[2] - box[0]) * (1 / SAME_OBJECT_IOU);
  for (let k = 0; k < kept.length; k++) {
    const other = kept[k] as TrackerDetection;
    if (Math.abs(other.box[0] - box[0]) > reach || boxIou(other.box, box) < SAME_OBJECT_IOU) continue;
    if (mayBeOneObject(classIndex(detection.class), classIndex(other.class))) return k;
  }
  return -1;
}

function missedTime(track: Track, seen: readonly Track[], stepMs: number, options: TrackerOptions): number {
  if (!isParked(track, options)) return stepMs;
  const area = boxArea(track.rest.box);
  const hidden = seen.some((other) => other !== track && intersectionArea(other.box, track.rest.box) >= HIDDEN_SHARE * area);
  return hidden ? 0 : Math.min(stepMs, LONGEST_STEP_MS);
}

/** A lost track whose object another track follows: an older one at its position, or one at the place where it stood. */
function isDouble(track: Track, seen: readonly Track[], options: TrackerOptions): boolean {
  if (track.phase !== 'lost') return false;
  const standing = isParked(track, options);
  return seen.some((other) => {
    if (!mayBeOneObject(other.classIndex, track.classIndex)) return false;
    if (standing) return isVehicleClass(track.classIndex) && isParked(other, options) && isOneObject(other.rest.box, track.rest.box);
    return other.firstMs < track.firstMs && boxIou(other.box, track.box) >= SAME_TRACK_IOU;
  });
}

/** True when `box` is a part of what stands at `place`, or that thing with one side stretched or cut. */
function isOneObject(place: Readonly<Box>, box: Readonly<Box>): boolean {
  return boxShift(place, box) <= SAME_PLACE_SHIFT || intersectionArea(place, box) >= PART_OF_STANDING * boxArea(box);
}

/** The detections of one frame and which of them are still free. */
class FrameMatcher {
  private readonly classes: number[];
  private readonly taken: boolean[];

  constructor(
    private readonly detections: readonly TrackerDetection[],
    private readonly atMs: number,
    private readonly options: TrackerOptions,
  ) {
    this.classes = detections.map((detection) => classIndex(detection.class));
    this.taken = detections.map(() => false);
  }

  /** Matches tracks with free detections of the wanted kind, best sum of gains first. Returns the tracks left over. */
  match(tracks: readonly Track[], isWanted: (detection: TrackerDetection) => boolean, gainOf: GainOf): Track[] {
    const columns: number[] = [];
    for (let j = 0; j < this.detections.length; j++)
      if (!this.taken[j] && isWanted(this.detections[j] as TrackerDetection)) columns.push(j);
    if (columns.length === 0 || tracks.length === 0) return [...tracks];
    const gains = new Float64Array(tracks.length * columns.length);
    for (let i = 0; i < tracks.length; i++) {
      for (let j = 0; j < columns.length; j++) {
        const index = columns[j] as number;
        gains[i * columns.length + j] = gainOf(
          tracks[i] as Track,
          this.detections[index] as TrackerDetection,
          this.classes[index] as number,
          this.options,
        );
      }
    }
    const pairs = new Int32Array(tracks.length);
    assign(gains, tracks.length, columns.length, pairs);
    return tracks.filter((track, i) => {
      const column = pairs[i] as number;
      if (column < 0) return true;
      const index = columns[column] as number;
      this.taken[index] = true;
      sightTrack(track, this.detections[index] as TrackerDetection, this.atMs, this.options);
      return false;
    });
  }

  /** Tentative tracks of the free detections that are sure enough and no part of something that stands. */
  births(tracks: readonly Track[]): Track[] {
    const standing = tracks.filter((t) => t.phase !== 'tentative' && isVehicleClass(t.classIndex) && isParked(t, this.options));
    const born: Track[] = [];
    this.detections.forEach((detection, j) => {
      if (this.taken[j] || detection.score < this.options.newTrackScore) return;
      const index = this.classes[j] as number;
      const isPart = standing.some((track) => mayBeOneObject(track.classIndex, index) && isOneObject(track.rest.box, detection.box));
      if (!isPart) born.push(startTrack(`${Math.round(this.atMs).toString(36)}-${born.length}`, detection, this.atMs, this.options));
    });
    return born;
  }
}
