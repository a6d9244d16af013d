import {
  type AnchorPoint,
  type Attention,
  type CameraConfig,
  CLASS_GROUPS,
  type Finding,
  type OverlayTrack,
  type Point,
  type TracksFrame,
  type Zone,
} from '@safecity/contracts';
import type { Observation, ObservedTrack } from '../catalogue/rule-machine.js';
import { anchorOf, boundingBox } from '../geometry/boxes.js';
import { isInPolygon } from '../geometry/polygon.js';
import type { PlateTracks } from '../plates/plate-tracks.js';
import { signalDoubtWords } from '../signals/disagreements.js';
import { signalStateAt } from '../signals/signal-state.js';
import { boxVelocity } from '../tracking/kalman.js';
import { DEFAULT_TRACKER_OPTIONS } from '../tracking/options.js';
import { isStanding, type Track, trackClass } from '../tracking/track.js';
import { toPicture } from './frame-gate.js';

/** A track not seen for longer is not drawn (exclusive); a standing one is drawn longer, because it has not moved. */
const DRAWN_UNSEEN_MS = 1000;
const DRAWN_STANDING_UNSEEN_MS = 5000;
/** Attention is asked for this long, and again when less than half of it is left. */
const ATTENTION_MS = 10_000;

/** Confirmed tracks as rules see them. */
export function observeTracks(tracks: readonly Track[], nowMs: number, aspect: number, zones: readonly Zone[]): ObservedTrack[] {
  const observed: ObservedTrack[] = [];
  for (const track of tracks) {
    if (track.phase === 'tentative') continue;
    const standing = isStanding(track, DEFAULT_TRACKER_OPTIONS);
    const filtered = toPicture(track.box, aspect);
    const box = standing ? toPicture(track.rest.box, aspect) : filtered;
    const anchor = anchorOf(box);
    observed.push({
      id: track.id,
      class: trackClass(track),
      score: track.scoreSum / track.hits,
      box,
      drawnBox: track.rest.awaySinceMs === null ? box : filtered,
      anchor,
      firstMs: track.firstMs,
      lastSeenMs: track.lastMs,
      velocity: standing ? [0, 0] : boxVelocity(track.filter),
      seen: track.lastMs === nowMs,
      clearlySeen: track.clearMs === nowMs,
      stillSinceMs: track.rest.sinceMs,
      standingMs: standing ? track.rest.lastMs - track.rest.sinceMs : 0,
      zoneIds: zonesAt(anchor, zones),
    });
  }
  return observed;
}

/** The same observation with another point of the boxes as anchor. */
export function withAnchor(observation: Observation, point: AnchorPoint, zones: readonly Zone[]): Observation {
  if (point === 'bottom-centre') return observation;
  const tracks = observation.tracks.map((track) => {
    const anchor = anchorOf(track.box, point);
    return { ...track, anchor, zoneIds: zonesAt(anchor, zones) };
  });
  return { ...observation, tracks };
}

/** Detectors reach a little beyond the picture, zones end at its border: a point outside counts as on the border. */
function zonesAt([x, y]: Point, zones: readonly Zone[]): string[] {
  const point: Point = [Math.min(1, Math.max(0, x)), Math.min(1, Math.max(0, y))];
  const ids: string[] = [];
  for (const zone of zones) if (isInPolygon(zone.polygon, point)) ids.push(zone.id);
  return ids;
}

/** Bags are carried by people who are counted already. */
function isBag(track: ObservedTrack): boolean {
  return (CLASS_GROUPS.bag as readonly string[]).includes(track.class);
}

function isDrawn(track: ObservedTrack, nowMs: number): boolean {
  return nowMs - track.lastSeenMs <= (track.standingMs > 0 ? DRAWN_STANDING_UNSEEN_MS : DRAWN_UNSEEN_MS);
}

function findingTypes(openFindings: readonly Finding[], trackId: string): string[] {
  const types = new Set<string>();
  for (const finding of openFindings) if (finding.trackIds.includes(trackId)) types.add(finding.type);
  return [...types];
}

/** A road user as it is drawn: a two-wheeler in one box with its riders, and marked with what was found of any of them. */
function overlayTrack(track: ObservedTrack, drawn: readonly ObservedTrack[], openFindings: readonly Finding[]): OverlayTrack {
  const all = [track, ...drawn.filter(({ rides }) => rides === track.id)];
  // Whoever is not seen in this picture is drawn where the others are, not where it would have gone.
  const seen = all.filter((one) => one.seen);
  const found = openFindings.length === 0 ? [] : all.flatMap(({ id }) => findingTypes(openFindings, id));
  return {
    id: track.id,
    class: track.class,
    score: track.score,
    box: boundingBox(
      (seen.length > 0 ? seen : [track]).flatMap(({ drawnBox: [x1, y1, x2, y2] }): Point[] => [
        [x1, y1],
        [x2, y2],
      ]),
    ),
    stationaryMs: track.standingMs,
    findings: [...new Set(found)],
    ...(track.persons === undefined ? {} : { persons: track.persons }),
  };
}

/** The overlay of one frame. */
export function tracksFrame(
  state: { openFindings: Record<string, Finding>; plates?: PlateTracks },
  observation: Observation,
  camera: CameraConfig,
): TracksFrame {
  const { nowMs } = observation;
  // A finding about a zone is everybody's in it: marking each of them would bury the picture.
  const openFindings = Object.values(state.openFindings).filter((finding) => finding.subject.kind === 'track');
  const drawn = observation.tracks.filter((track) => isDrawn(track, nowMs));
  const plateOf = (trackId: string) => {
    const plate = state.plates?.[trackId]?.plate;
    return plate ? { plate } : {};
  };
  const ids = new Set(drawn.map(({ id }) => id));
  const users = drawn.filter(({ rides }) => rides === undefined || !ids.has(rides));
  const tracks = users.map((track) => ({ ...overlayTrack(track, drawn, openFindings), ...plateOf(track.id) }));
  const occupancy: Record<string, number> = {};
  for (const zone of camera.zones)
    occupancy[zone.id] = users.reduce((count, track) => count + (track.zoneIds.includes(zone.id) && !isBag(track) ? 1 : 0), 0);
  const signals: Record<string, string> = {};
  for (const signal of camera.signals) signals[signal.id] = signalStateAt(signal, observation.signals, nowMs).state;
  const doubts = signalDoubtWords(camera.signals, observation.signals, nowMs);
  return { cameraId: camera.id, capturedAtMs: nowMs, tracks, occupancy, signals, ...(doubts ? { signalDoubts: doubts } : {}) };
}

/**
 * Asks ingest to keep a camera active while something moves or is new; a standing track never does. Mutates
 * `attentionUntilMs`.
 */
export function attentionFor(
  state: { tracker: { tracks: readonly Track[] }; attentionUntilMs: number },
  cameraId: string,
  nowMs: number,
): Attention | undefined {
  if (state.attentionUntilMs - nowMs > ATTENTION_MS / 2) return undefined;
  const lively = state.tracker.tracks.find((track) => track.phase !== 'lost' && !isStanding(track, DEFAULT_TRACKER_OPTIONS));
  if (!lively) return undefined;
  state.attentionUntilMs = nowMs + ATTENTION_MS;
  return { cameraId, untilMs: state.attentionUntilMs, reason: lively.phase === 'tentative' ? 'new-track' : 'moving-track' };
}
