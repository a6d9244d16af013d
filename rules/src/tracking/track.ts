import { type Box, OBJECT_CLASSES, type ObjectClass, type VehicleColour } from '@safecity/contracts';
import { boxArea } from '../geometry/boxes.js';
import { classIndex, isPersonClass, vote, votedClass } from './classes.js';
import { type BoxFilter, predictFilter, readBox, startFilter, stopGrowth, updateFilter } from './kalman.js';
import type { TrackerOptions } from './options.js';
import { observeRest, type Rest, startRest } from './rest.js';
import { type ColourLooks, withColour } from './track-colour.js';

/** One box, class and score, in units that mean the same in both directions (pixels, or picture heights). */
export interface TrackerDetection {
  class: ObjectClass;
  score: number;
  box: Box;
  /** Of a vehicle that was looked at. */
  colour?: VehicleColour;
}

/** `tentative`: not yet believed; `confirmed`: seen in the newest frame; `lost`: believed, not seen. Removed tracks are gone. */
export type TrackPhase = 'tentative' | 'confirmed' | 'lost';

/** One object's identity over time. Plain values only, so that its JSON is its checkpoint. */
export interface Track {
  /** `<capture time of the first detection, ms, base 36>-<place among those begun in that frame>`. */
  id: string;
  phase: TrackPhase;
  firstMs: number;
  /** Capture time of the newest detection. */
  lastMs: number;
  /** Capture time of the newest detection that alone could have begun a track; weaker ones carry it on and prove nothing. */
  clearMs: number;
  hits: number;
  scoreSum: number;
  /** Sum of scores by class, in the order of `OBJECT_CLASSES`. */
  votes: number[];
  /** Class its life voted for, as a place in `OBJECT_CLASSES`. */
  classIndex: number;
  /** Where the filter has it now: corrected when seen, predicted when not. */
  box: Box;
  filter: BoxFilter;
  rest: Rest;
  /** Time not seen since `lastMs` during which nothing hid its place. */
  missingMs: number;
  /** Absent until its colour was told. */
  colours?: ColourLooks;
}

/** Begins a tentative track. */
export function startTrack(id: string, detection: TrackerDetection, atMs: number, options: TrackerOptions): Track {
  const votes = OBJECT_CLASSES.map(() => 0);
  const index = classIndex(detection.class);
  vote(votes, index, detection.score);
  return {
    id,
    phase: 'tentative',
    firstMs: atMs,
    lastMs: atMs,
    clearMs: atMs,
    hits: 1,
    scoreSum: detection.score,
    votes,
    classIndex: index,
    box: [...detection.box],
    filter: startFilter(detection.box, options.noise),
    rest: startRest(detection.box, atMs),
    missingMs: 0,
    ...(detection.colour ? { colours: withColour(undefined, detection.colour, boxArea(detection.box)) } : {}),
  };
}

/** How long the object kept its place, as far as it was seen, ms; about 0 for what moves. */
export function restedMs(track: Readonly<Track>): number {
  return track.rest.lastMs - track.rest.sinceMs;
}

/** True when the object kept its place for `standingAfterMs` or more, as far as it was seen. */
export function isStanding(track: Readonly<Track>, options: TrackerOptions): boolean {
  return restedMs(track) >= options.standingAfterMs;
}

/** True for a standing thing that waits for nobody: all but people, who may be another one each time they are seen. */
export function isParked(track: Readonly<Track>, options: TrackerOptions): boolean {
  return !isPersonClass(track.classIndex) && isStanding(track, options);
}

/** Moves a track to the time of a new frame. A standing object that is not seen stays where it is. Mutates it. */
export function predictTrack(track: Track, stepMs: number, options: TrackerOptions): void {
  if (track.phase === 'lost' && isParked(track, options)) return;
  if (track.phase === 'lost') stopGrowth(track.filter);
  predictFilter(track.filter, stepMs / 1000, options.noise);
  readBox(track.filter, track.box);
}

/** Takes a matched detection in. Mutates `track`. */
export function sightTrack(track: Track, detection: TrackerDetection, atMs: number, options: TrackerOptions): void {
  const standing = isStanding(track, options);
  updateFilter(track.filter, detection.box, options.noise, detection.score);
  readBox(track.filter, track.box);
  observeRest(track.rest, detection.box, atMs, standing);
  const seenClass = classIndex(detection.class);
  vote(track.votes, seenClass, detection.score);
  if (seenClass !== track.classIndex) track.classIndex = votedClass(track.votes);
  track.lastMs = atMs;
  if (detection.score >= options.highScore) track.clearMs = atMs;
  track.hits++;
  track.scoreSum += detection.score;
  track.missingMs = 0;
  if (detection.colour) track.colours = withColour(track.colours, detection.colour, boxArea(detection.box));
  if (track.phase !== 'tentative' || isBelieved(track, options)) track.phase = 'confirmed';
}

function isBelieved({ hits, firstMs, lastMs, scoreSum }: Track, { confirmMs, confirmScore }: TrackerOptions): boolean {
  return hits >= 3 || (hits >= 2 && (lastMs - firstMs >= confirmMs || scoreSum >= hits * confirmScore));
}

/** Notes that a confirmed track was not seen. A standing one is put at rest at its place, without speed. Mutates `track`. */
export function missTrack(track: Track, missingMs: number, options: TrackerOptions): void {
  track.missingMs += missingMs;
  if (track.phase !== 'confirmed') return;
  track.phase = 'lost';
  if (!isParked(track, options)) return;
  track.filter = startFilter(track.rest.box, { ...options.noise, newSpeed: 0.1, newGrowth: 0.05 });
  readBox(track.filter, track.box);
}

/** Class a track's life voted for. */
export function trackClass(track: Readonly<Track>): ObjectClass {
  return OBJECT_CLASSES[track.classIndex] as ObjectClass;
}
