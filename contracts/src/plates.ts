import { type Static, Type } from 'typebox';
import { Box } from './geometry.js';
import { Id } from './ids.js';

/** Other characters that one place may hold, and the reader's score of each, best first. */
export const PlateAlternative = Type.Object({
  character: Type.String({ minLength: 1, maxLength: 1 }),
  score: Type.Number({ minimum: 0, maximum: 1 }),
});
export type PlateAlternative = Static<typeof PlateAlternative>;

/** One character as it was read: a capital, a digit, or one of the separators `-`, `.` and space. */
export const PlateCharacter = Type.Object({
  character: Type.String({ minLength: 1, maxLength: 1 }),
  score: Type.Number({ minimum: 0, maximum: 1 }),
  alternatives: Type.Array(PlateAlternative, { maxItems: 4 }),
});
export type PlateCharacter = Static<typeof PlateCharacter>;

export const PLATE_COLOURS = ['white', 'yellow', 'blue', 'red', 'unknown'] as const;
export type PlateColour = (typeof PLATE_COLOURS)[number];

/** Characters of one plate, row by row from the top, before anything is known about formats. */
export const PlateReading = Type.Object({
  /** The plate in the picture it was read from, in pixels of that picture, `[x1, y1, x2, y2]`. */
  boxPx: Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number()]),
  rows: Type.Array(Type.Array(PlateCharacter, { maxItems: 32 }), { minItems: 1, maxItems: 2 }),
  /** Height of a row of characters, pixels of the picture. */
  characterHeightPx: Type.Number(),
  colour: Type.Enum([...PLATE_COLOURS]),
});
export type PlateReading = Static<typeof PlateReading>;

/** What was read of one vehicle at one moment, ingest → rules. Message id `<cameraId>:<trackId>:<capturedAtMs>`. */
export const PlatesRead = Type.Object({
  cameraId: Id,
  trackId: Type.String(),
  capturedAtMs: Type.Number(),
  /** The vehicle the reading was cut from, 0..1. */
  vehicleBox: Box,
  readings: Type.Array(PlateReading, { maxItems: 16 }),
});
export type PlatesRead = Static<typeof PlatesRead>;
