import { type Static, Type } from 'typebox';
import { OBJECT_CLASSES } from './classes.js';
import { Box } from './geometry.js';
import { Id } from './ids.js';

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
