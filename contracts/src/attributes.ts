import { type Static, Type } from 'typebox';
import { Box } from './geometry.js';
import { Id } from './ids.js';

/** What a model can tell of a person in the crop of a track. */
export const ATTRIBUTE_NAMES = ['helmet'] as const;
export type AttributeName = (typeof ATTRIBUTE_NAMES)[number];

/** One attribute of one person at one moment. */
export const TrackAttribute = Type.Object({
  name: Type.Enum([...ATTRIBUTE_NAMES]),
  /** Which of the people on the vehicle: 0 drives, 1 and on sit behind in order. */
  person: Type.Integer({ minimum: 0, maximum: 9 }),
  /** `unknown`: looked at, and not to be told (hidden, too small, dark). */
  value: Type.Enum(['yes', 'no', 'unknown']),
  /** How sure the model is of the value, 0..1. */
  score: Type.Number({ minimum: 0, maximum: 1 }),
});
export type TrackAttribute = Static<typeof TrackAttribute>;

/** What was told of one track at one moment, ingest → rules. Message id `<cameraId>:<trackId>:<capturedAtMs>:attributes`. */
export const TrackAttributes = Type.Object({
  cameraId: Id,
  trackId: Type.String(),
  /** Capture time of the picture that was looked at, epoch ms. */
  capturedAtMs: Type.Number(),
  /** The track in that picture, 0..1. */
  box: Box,
  attributes: Type.Array(TrackAttribute, { maxItems: 32 }),
});
export type TrackAttributes = Static<typeof TrackAttributes>;
