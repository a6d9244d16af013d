import type { ObjectClass, PlatesConfig, PlatesRead, VehiclePlate } from '@safecity/contracts';
import { choosePlates, type Plate } from './understand.js';
import { votePlate } from './vote.js';

/** What is known of the plate of one vehicle. Plain JSON. */
export interface PlateTrack {
  class: ObjectClass;
  /** Capture time at which it was last readable, or looked at. */
  seenMs: number;
  /** Since when it waits for a cheap picture. */
  waitsSinceMs: number | null;
  asks: number;
  askedMs: number | null;
  /** Best view asked for, as `plateView` measures it. */
  bestView: number;
  looks: number;
  /** Capture times of the looks. */
  lookedMs: number[];
  readings: Plate[];
  plate?: VehiclePlate;
}

/** trackId → its plate. */
export type PlateTracks = Record<string, PlateTrack>;

/** A vehicle is remembered so long after it was last readable: readings come later than frames. */
const KEPT_MS = 60_000;
/** Two readings that agree with this confidence or more are believed (inclusive). */
const SURE = 0.9;

/** A vehicle that is readable for the first time. */
export function startPlateTrack(className: ObjectClass, nowMs: number): PlateTrack {
  return {
    class: className,
    seenMs: nowMs,
    waitsSinceMs: null,
    asks: 0,
    askedMs: null,
    bestView: 0,
    looks: 0,
    lookedMs: [],
    readings: [],
  };
}

/** True when another look would change nothing. */
export function isSure({ plate }: PlateTrack): boolean {
  return plate !== undefined && plate.text !== null && plate.agreeing >= 2 && plate.confidence >= SURE;
}

function plateOf({ readings, looks }: PlateTrack, atMs: number): VehiclePlate {
  const voted = votePlate(readings);
  if (!voted) return { text: null, confidence: 0, format: null, colour: 'unknown', looks, agreeing: 0, atMs };
  const { text, score, format, colour, agreeing } = voted;
  const repaired = agreeing === 0 ? Math.max(1, voted.repaired) : voted.repaired;
  return { text, confidence: Math.min(1, Math.max(0, score)), format, colour, looks, agreeing, repaired, atMs };
}

/**
 * Takes in what was read of a vehicle at one moment. Mutates `plates`.
 * @returns the plate by all its readings; undefined for a vehicle that is not known (any more) and for a moment that was taken before
 */
export function takeReadings(
  plates: PlateTracks,
  { trackId, capturedAtMs, readings }: PlatesRead,
  { country }: PlatesConfig,
): PlateTrack | undefined {
  const known = plates[trackId];
  if (!known || known.lookedMs.includes(capturedAtMs)) return undefined;
  known.looks++;
  known.lookedMs.push(capturedAtMs);
  known.seenMs = Math.max(known.seenMs, capturedAtMs);
  known.readings.push(...choosePlates(readings, { country, atMs: capturedAtMs }).slice(0, 1));
  known.plate = plateOf(known, capturedAtMs);
  return known;
}

/** Lets go of vehicles that have left. Mutates `plates`. */
export function forgetPlates(plates: PlateTracks, nowMs: number): void {
  for (const [trackId, { seenMs }] of Object.entries(plates)) if (nowMs - seenMs > KEPT_MS) delete plates[trackId];
}
