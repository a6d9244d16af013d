import { type Static, Type } from 'typebox';
import { OBJECT_CLASSES } from './classes.js';
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

/** rules → ingest: read the plates of these vehicles at this moment. Fire and forget. */
export const PlatesWanted = Type.Object({
  cameraId: Id,
  /** Capture time of the picture to read from, epoch ms. */
  capturedAtMs: Type.Number(),
  vehicles: Type.Array(Type.Object({ trackId: Type.String(), class: Type.Enum([...OBJECT_CLASSES]), box: Box }), {
    minItems: 1,
    maxItems: 32,
  }),
});
export type PlatesWanted = Static<typeof PlatesWanted>;

/** The plate of one vehicle, as all its readings together say. */
export const VehiclePlate = Type.Object({
  /** Capitals and digits without separators, Đ as D; null: looked at, and unread. */
  text: Type.Union([Type.String(), Type.Null()]),
  /** Score of all readings together, 0..1; 0 when unread. How often plates of a score are right: docs/accuracy.md. */
  confidence: Type.Number({ minimum: 0, maximum: 1 }),
  /** Kind of plate, for example `car`; null when it has no format that is known. */
  format: Type.Union([Type.String(), Type.Null()]),
  colour: Type.Enum([...PLATE_COLOURS]),
  /** How often it was looked at. */
  looks: Type.Integer({ minimum: 1 }),
  /** Readings that say exactly this. */
  agreeing: Type.Integer({ minimum: 0 }),
  /** Characters that were changed to fit the format, or put together of readings none of which says this; absent from older senders. */
  repaired: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Capture time of the newest look, epoch ms. */
  atMs: Type.Number(),
});
export type VehiclePlate = Static<typeof VehiclePlate>;

/** rules → vms-api: the plate of a vehicle when it is first read and whenever that changes. Message id `<cameraId>:<trackId>:<atMs>`. */
export const PlateOfVehicle = Type.Object({
  cameraId: Id,
  trackId: Type.String(),
  class: Type.Enum([...OBJECT_CLASSES]),
  plate: VehiclePlate,
  /** The vehicle at `plate.atMs`. */
  box: Box,
  simulated: Type.Boolean(),
});
export type PlateOfVehicle = Static<typeof PlateOfVehicle>;
