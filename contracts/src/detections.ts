import { type Static, Type } from 'typebox';
import { OBJECT_CLASSES, VEHICLE_COLOURS } from './classes.js';
import { Box } from './geometry.js';
import { Id } from './ids.js';
import { SignalReading } from './signals.js';

/** One box, class and score in one frame. */
export const Detection = Type.Object({
  class: Type.Enum([...OBJECT_CLASSES]),
  score: Type.Number({ minimum: 0, maximum: 1 }),
  box: Box,
  /** Of a vehicle that was looked at in this frame; absent when it was not, or its colour could not be told. */
  colour: Type.Optional(Type.Enum([...VEHICLE_COLOURS])),
});
export type Detection = Static<typeof Detection>;

/**
 * Boxes are published from this score on even when the camera's `minScore` is higher: a weak box never starts a track,
 * but it carries one on through blur and occlusion (second association of ByteTrack).
 */
export const LOWEST_PUBLISHED_SCORE = 0.15;

/** Why tracks cannot be carried over from the frame before. */
export const DISCONTINUITIES = ['start', 'reconnect', 'clock-jump', 'loop-seam', 'config'] as const;
export type Discontinuity = (typeof DISCONTINUITIES)[number];

/** Result of one frame, ingest → rules. Published with message id `<cameraId>:<capturedAtMs>`. */
export const DetectionsFrame = Type.Object({
  cameraId: Id,
  /** Camera revision in force when the frame was decoded. */
  configRevision: Type.Integer(),
  /** Capture time, epoch ms, from the stream (server-clock anchored). */
  capturedAtMs: Type.Number(),
  /** The camera's own clock minus the server's, ms, from RTCP sender reports; absent when the camera sends none. */
  cameraClockOffsetMs: Type.Optional(Type.Number()),
  /** Size of the original picture in pixels. */
  widthPx: Type.Integer({ minimum: 1 }),
  heightPx: Type.Integer({ minimum: 1 }),
  modelId: Id,
  /** Of the model's file, as its inference node announces it; absent from older senders. */
  modelSha256: Type.Optional(Type.String()),
  /** The stream itself says that it is a recording: simulated, whatever the camera's configuration says. */
  recording: Type.Optional(Type.Boolean()),
  /** The stream that pictures are cut from at full resolution, and how long before this frame its keyframe lies; set where plates are read. */
  cutFrom: Type.Optional(
    Type.Object({
      widthPx: Type.Integer({ minimum: 1 }),
      heightPx: Type.Integer({ minimum: 1 }),
      sinceKeyframeMs: Type.Number({ minimum: 0 }),
    }),
  ),
  /**
   * The video was watched from this capture time on without a hole, though not every picture was decoded: a longer step
   * between two frames within it is an idle camera, not a gap. Absent: nothing is known of it.
   */
  watchedSinceMs: Type.Optional(Type.Number()),
  /** Set on the first frame after a break: trackers reset. */
  discontinuity: Type.Optional(Type.Enum([...DISCONTINUITIES])),
  detections: Type.Array(Detection, { maxItems: 500 }),
  /**
   * What each source said of each signal at this time: they go with the boxes, so that a replay has both in their order.
   * Absent: no signal of the camera has a source but a script.
   */
  signals: Type.Optional(Type.Array(SignalReading, { maxItems: 32 })),
});
export type DetectionsFrame = Static<typeof DetectionsFrame>;
