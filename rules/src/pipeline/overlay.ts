import { type CameraConfig, CLASS_GROUPS, type Finding, type OverlayTrack, type Point, type TracksFrame } from '@safecity/contracts';
import type { Observation, ObservedTrack } from '../catalogue/rule-machine.js';
import { boundingBox } from '../geometry/boxes.js';
import type { PlateTracks } from '../plates/plate-tracks.js';
import { signalDoubtWords } from '../signals/disagreements.js';
import { signalStateAt } from '../signals/signal-state.js';

/** A track not seen for longer is not drawn (exclusive); a standing one is drawn longer, because it has not moved. */
const DRAWN_UNSEEN_MS = 1000;
const DRAWN_STANDING_UNSEEN_MS = 5000;

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
