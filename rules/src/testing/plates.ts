import type { PlateReading, PlatesRead } from '@safecity/contracts';
import { T0 } from './scene.js';

/** Test builder: rows read without doubt. */
export function aReading(rows: readonly string[], score = 0.97): PlateReading {
  return {
    boxPx: [10, 60, 90, 100],
    rows: rows.map((row) => [...row].map((character) => ({ character, score, alternatives: [] }))),
    characterHeightPx: 24,
    colour: 'white',
  };
}

/** Test builder: a look at a vehicle `atMs` after the scene's beginning; no rows: nothing was read. */
export function plateRead(trackId: string, atMs: number, rows?: readonly string[], overrides: Partial<PlatesRead> = {}): PlatesRead {
  return {
    cameraId: 'cam-1',
    trackId,
    capturedAtMs: T0 + atMs,
    vehicleBox: [0.3, 0.3, 0.7, 0.7],
    readings: rows ? [aReading(rows)] : [],
    ...overrides,
  };
}
