import type { ArchivedTrack, Box, CameraConfig, TrackFacts } from '@safecity/contracts';
import { toPicture } from '../pipeline/frame-gate.js';
import { type Track, trackClass } from '../tracking/track.js';
import { type ColourLooks, colourOf } from '../tracking/track-colour.js';
import { factsOf, type TrackSoFar } from './track-facts.js';

type ArchivePoint = ArchivedTrack['points'][number];

/** Largest distance of a box's side from the straight line between two kept points, share of the picture (inclusive). */
const TOLERANCE = 0.004;
/** A track not seen for longer has a hole in its path, capture time (exclusive). */
const HOLE_MS = 1000;
/** A track that lasts longer is archived in parts of this length, so that a parked vehicle is in the archive today. */
export const PART_MS = 10 * 60_000;
/** The same for a path of more points, so that checkpoints and records stay small. */
const PART_POINTS = 200;

interface OpenTrack {
  firstMs: number;
  lastMs: number;
  points: ArchivePoint[];
  /** Last point kept, and the slopes per ms within which a line from it stays near every point since. */
  from: [atMs: number, box: Box];
  low: number[];
  high: number[];
  /** Newest point, not kept yet. */
  newest: [atMs: number, box: Box] | null;
  summary: { confirmed: boolean; class: ArchivedTrack['class']; score: number; colours?: ColourLooks };
  sightings: number;
  clearSightings: number;
  /** What was known of the track before this part. */
  soFar: TrackSoFar;
}

/** Tracks whose paths are being written, by id. Plain JSON. */
export type ArchiveState = Record<string, OpenTrack>;

const UNBOUNDED = { low: [-1, -1, -1, -1].map(() => -Number.MAX_VALUE), high: [1, 1, 1, 1].map(() => Number.MAX_VALUE) };
const rounded = (value: number) => Math.round(value * 10_000) / 10_000;

function keep(open: OpenTrack, atMs: number, box: Box, seen: 0 | 1): void {
  const [x1, y1, x2, y2] = box.map(rounded) as Box;
  open.points.push([Math.round(atMs - open.firstMs), x1, y1, x2, y2, seen]);
  open.from = [atMs, box];
  open.low = [...UNBOUNDED.low];
  open.high = [...UNBOUNDED.high];
  open.newest = null;
}

/** True when a line from the last kept point to this one passes all points between within the tolerance. */
function fitsLine(open: OpenTrack, atMs: number, box: Box): boolean {
  const [fromMs, from] = open.from;
  const stepMs = atMs - fromMs;
  return box.every((side, index) => {
    const slope = (side - (from[index] as number)) / stepMs;
    return slope >= (open.low[index] as number) && slope <= (open.high[index] as number);
  });
}

function narrow(open: OpenTrack, atMs: number, box: Box): void {
  const [fromMs, from] = open.from;
  const stepMs = atMs - fromMs;
  box.forEach((side, index) => {
    const rise = side - (from[index] as number);
    open.low[index] = Math.max(open.low[index] as number, (rise - TOLERANCE) / stepMs);
    open.high[index] = Math.min(open.high[index] as number, (rise + TOLERANCE) / stepMs);
  });
  open.newest = [atMs, box];
}

/** Takes one sighting in; swinging-door compression (Bristol 1990) with the end point held to the same corridor. */
function take(open: OpenTrack, atMs: number, box: Box): void {
  if (atMs - open.lastMs > HOLE_MS) {
    if (open.newest) keep(open, ...open.newest, 1);
    keep(open, atMs, box, 0);
  } else {
    if (open.newest && !fitsLine(open, atMs, box)) keep(open, ...open.newest, 1);
    narrow(open, atMs, box);
  }
  open.lastMs = atMs;
}

function begin(atMs: number, box: Box, summary: OpenTrack['summary'], soFar: TrackSoFar): OpenTrack {
  const open: OpenTrack = {
    firstMs: atMs,
    lastMs: atMs,
    points: [],
    from: [atMs, box],
    low: [],
    high: [],
    newest: null,
    summary,
    sightings: 0,
    clearSightings: 0,
    soFar,
  };
  keep(open, atMs, box, 0);
  return open;
}

function count(open: OpenTrack, isClear: boolean): OpenTrack {
  open.sightings++;
  if (isClear) open.clearSightings++;
  return open;
}

/** The part of a camera's configuration that an archived track depends on. */
export type ArchiveCamera = Pick<CameraConfig, 'id' | 'revision' | 'zones' | 'calibration'>;

/** A finished track, or a finished part of one, with what it is searched by. */
export interface FinishedTrack {
  track: ArchivedTrack;
  facts: TrackFacts;
}

function finish(open: OpenTrack, trackId: string, aspect: number, camera: ArchiveCamera): FinishedTrack {
  if (open.newest) keep(open, ...open.newest, 1);
  const { firstMs, lastMs, points, summary } = open;
  const track: ArchivedTrack = {
    cameraId: camera.id,
    configRevision: camera.revision,
    trackId,
    class: summary.class,
    score: rounded(summary.score),
    clearShare: rounded(open.clearSightings / open.sightings),
    firstMs,
    lastMs,
    points,
    aspect,
  };
  const colour = colourOf(summary.colours);
  return { track, facts: { ...factsOf(track, open.soFar, camera), ...(colour === null ? {} : { colour }) } };
}

/**
 * Writes the paths of a camera's tracks on by one frame and gives those that ended with it; tracks that were never
 * confirmed leave no trace. Mutates `state`.
 */
export function archiveTracks(
  state: ArchiveState,
  tracks: readonly Track[],
  nowMs: number,
  aspect: number,
  camera: ArchiveCamera,
): FinishedTrack[] {
  const finished: FinishedTrack[] = [];
  const alive = new Set<string>();
  for (const track of tracks) {
    alive.add(track.id);
    if (track.lastMs !== nowMs) continue;
    const { phase, colours } = track;
    const summary = {
      confirmed: phase !== 'tentative',
      class: trackClass(track),
      score: track.scoreSum / track.hits,
      ...(colours ? { colours } : {}),
    };
    const box = toPicture(track.box, aspect);
    const open = state[track.id];
    const isClear = track.clearMs === nowMs;
    if (!open) {
      const soFar = { part: 0, firstMs: nowMs, firstBox: box, zoneIds: [] };
      state[track.id] = count(begin(nowMs, box, summary, soFar), isClear);
      continue;
    }
    count(open, isClear).summary = summary;
    take(open, nowMs, box);
    if (nowMs - open.firstMs < PART_MS && open.points.length < PART_POINTS) continue;
    const part = finish(open, track.id, aspect, camera);
    finished.push(part);
    const soFar = { ...open.soFar, part: open.soFar.part + 1, zoneIds: part.facts.zoneIds };
    state[track.id] = count(begin(nowMs, box, summary, soFar), isClear);
  }
  for (const [trackId, open] of Object.entries(state)) {
    if (alive.has(trackId)) continue;
    delete state[trackId];
    if (open.summary.confirmed) finished.push(finish(open, trackId, aspect, camera));
  }
  return finished;
}
