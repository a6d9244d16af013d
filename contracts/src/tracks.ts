import { type Static, Type } from 'typebox';
import { OBJECT_CLASSES, VEHICLE_COLOURS } from './classes.js';
import { DISCONTINUITIES } from './detections.js';
import { Box } from './geometry.js';
import { Id } from './ids.js';
import { VehiclePlate } from './plates.js';
import { SIGNAL_STATES } from './signals.js';
import { Bilingual } from './text.js';

/** One object in one frame with its identity, for the overlay. */
export const OverlayTrack = Type.Object({
  id: Type.String(),
  class: Type.Enum([...OBJECT_CLASSES]),
  /** Mean score of the track, 0..1. */
  score: Type.Number(),
  box: Box,
  /** How long it has stood still, ms; 0 when it moves. */
  stationaryMs: Type.Number(),
  /** Types of the open findings this track is part of. */
  findings: Type.Array(Type.String()),
  /** Absent until it was looked at. */
  plate: Type.Optional(VehiclePlate),
  /** How many people ride it (two-wheelers); they have no track of their own here, and its box holds them. */
  persons: Type.Optional(Type.Integer({ minimum: 1 })),
});
export type OverlayTrack = Static<typeof OverlayTrack>;

/** Confirmed tracks of one frame, rules → console. */
export const TracksFrame = Type.Object({
  cameraId: Id,
  capturedAtMs: Type.Number(),
  tracks: Type.Array(OverlayTrack),
  /** zoneId → how many confirmed tracks have their anchor inside. */
  occupancy: Type.Record(Type.String(), Type.Integer()),
  /** signalId → state at this frame. */
  signals: Type.Record(Type.String(), Type.String()),
  /** signalId → why its state is in doubt, for people; absent when none is. */
  signalDoubts: Type.Optional(Type.Record(Type.String(), Bilingual)),
});
export type TracksFrame = Static<typeof TracksFrame>;

/** rules → ingest: keep the camera active until `untilMs` (server clock), because of a moving or newborn track. */
export const Attention = Type.Object({ cameraId: Id, untilMs: Type.Number(), reason: Type.String() });
export type Attention = Static<typeof Attention>;

/**
 * One object's path, compact: between two points it moved in a straight line to within 0.4 % of the picture, unless the
 * later point says that it was not seen in between. A track that lasts long comes in parts of one id.
 */
export const ArchivedTrack = Type.Object({
  cameraId: Id,
  configRevision: Type.Integer(),
  trackId: Type.String(),
  class: Type.Enum([...OBJECT_CLASSES]),
  /** Mean score, 0..1. */
  score: Type.Number(),
  /** Share of its sightings that alone could have begun a track (the camera's `minScore` or more), 0..1. */
  clearShare: Type.Number({ minimum: 0, maximum: 1 }),
  /** Capture time of the first point, epoch ms. */
  firstMs: Type.Number(),
  lastMs: Type.Number(),
  /** `[ms after firstMs, x1, y1, x2, y2, seen since the point before: 1 or 0]`, boxes 0..1 of the picture. */
  points: Type.Array(
    Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number(), Type.Number(), Type.Integer({ minimum: 0, maximum: 1 })]),
    {
      minItems: 1,
    },
  ),
  /** Picture width / height. */
  aspect: Type.Number({ exclusiveMinimum: 0 }),
});
export type ArchivedTrack = Static<typeof ArchivedTrack>;

/** Where something went in the picture, in eighths of a turn from up, clockwise; lengths in picture heights. */
export const HEADINGS = ['up', 'up-right', 'right', 'down-right', 'down', 'down-left', 'left', 'up-left'] as const;
export type Heading = (typeof HEADINGS)[number];

/** What a track is searched by: of the whole track so far, not only of this part of its path. */
export const TrackFacts = Type.Object({
  /** Place of this part among those of the track, from 0. */
  part: Type.Integer({ minimum: 0 }),
  /** Capture time at which the track began: that of part 0. */
  trackFirstMs: Type.Number(),
  /** Zones its anchor was in, in the order of entering them. */
  zoneIds: Type.Array(Id),
  /** From where it began to where it is; null when it has gone less than half the height of its box. */
  heading: Type.Union([Type.Enum([...HEADINGS]), Type.Null()]),
  /** Mean speed on the road over this part of the path; null without calibration and while it stands. */
  meanSpeedKmh: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
  /** What the looks at a vehicle say together; absent when there were too few, or they do not agree. */
  colour: Type.Optional(Type.Enum([...VEHICLE_COLOURS])),
});
export type TrackFacts = Static<typeof TrackFacts>;

/** A signal group entered a state, as the rules saw it: at the first frame that had it. */
export const SignalChange = Type.Object({
  cameraId: Id,
  signalId: Id,
  state: Type.Enum([...SIGNAL_STATES]),
  fromMs: Type.Number(),
});
export type SignalChange = Static<typeof SignalChange>;

/** Why rules saw nothing for a while; the words of `DISCONTINUITIES` also mean that tracks began anew. */
export const VIDEO_GAP_REASONS = [...DISCONTINUITIES, 'no-frames', 'paused'] as const;

/**
 * Capture time in which the rules saw nothing: nothing that happened in it is known, and no time in it counts as dwell.
 * A break without a hole (a recording that begins again, a clock set back) has `toMs` equal to `fromMs`.
 */
export const VideoGap = Type.Object({
  cameraId: Id,
  /** Last frame before it. */
  fromMs: Type.Number(),
  /** First frame after it. */
  toMs: Type.Number(),
  reason: Type.Enum([...VIDEO_GAP_REASONS]),
});
export type VideoGap = Static<typeof VideoGap>;

/** From this capture time on the rules worked by this revision of the camera. */
export const ConfigChange = Type.Object({ cameraId: Id, revision: Type.Integer({ minimum: 0 }), fromMs: Type.Number() });
export type ConfigChange = Static<typeof ConfigChange>;

/**
 * One record of the track archive, rules → vms-api, and one line of an archive file. A replay gives the same records
 * again: `archiveKey` tells them.
 */
export const ArchiveRecord = Type.Union([
  Type.Object({ track: ArchivedTrack, facts: TrackFacts }),
  Type.Object({ signal: SignalChange }),
  Type.Object({ gap: VideoGap }),
  Type.Object({ config: ConfigChange }),
]);
export type ArchiveRecord = Static<typeof ArchiveRecord>;

/** The camera that a record is about. */
export function archiveCamera(record: ArchiveRecord): string {
  if ('track' in record) return record.track.cameraId;
  if ('signal' in record) return record.signal.cameraId;
  return 'gap' in record ? record.gap.cameraId : record.config.cameraId;
}

/** Message id of a record, the same for the same record of a replay. */
export function archiveKey(record: ArchiveRecord): string {
  const cameraId = archiveCamera(record);
  if ('track' in record) return `${cameraId}:track:${record.track.trackId}:${record.track.firstMs}:${record.facts.part}`;
  if ('signal' in record) return `${cameraId}:signal:${record.signal.signalId}:${record.signal.fromMs}`;
  if ('gap' in record) return `${cameraId}:gap:${record.gap.toMs}:${record.gap.reason}`;
  return `${cameraId}:config:${record.config.revision}:${record.config.fromMs}`;
}
