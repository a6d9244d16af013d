import { type CameraConfig, matches, PlateOfVehicle } from '@safecity/contracts';
import { jsonb, type Sql, type Transaction } from '../database/connection.js';
import { lockTrackPlates, setTrackPlate } from '../tracks/track-plates.js';
import { type ClonedPlateHint, clonedPlateHints, type PlateSighting } from './cloned-plate.js';

/** A hint as it is stored: with the sighting that contradicts this one. */
export type StoredHint = ClonedPlateHint & { other: { cameraId: string; unitId: string; trackId: string; atMs: number } };

/** Both plates must be read this well (inclusive): a misread character would make two vehicles of one. */
const SURE = 0.9;
const LOOK_BACK_MS = 24 * 3_600_000;
const MOST_OTHERS = 20;

interface OtherRow {
  camera_id: string;
  track_id: string;
  unit_id: string;
  at_ms: number;
  class: PlateOfVehicle['class'];
  details: { confidence: number; colour: PlateOfVehicle['plate']['colour'] };
  location: CameraConfig['location'] | null;
}

function sightingOf(row: OtherRow, text: string): PlateSighting {
  const { camera_id: cameraId, at_ms: atMs, class: className, details, location } = row;
  const place = location ? { place: { latitude: location.latitude, longitude: location.longitude } } : {};
  return { text, atMs, cameraId, class: className, colour: details.colour, ...place };
}

async function hintsOf(transaction: Transaction, row: OtherRow, text: string): Promise<StoredHint[]> {
  if (row.details.confidence < SURE) return [];
  const others = await transaction<OtherRow[]>`
    SELECT s.camera_id, s.track_id, s.unit_id, s.at_ms, s.class, s.details, c.config -> 'location' AS location
    FROM plate_sightings s LEFT JOIN cameras c ON c.id = s.camera_id
    WHERE s.plate = ${text} AND s.at_ms >= ${row.at_ms - LOOK_BACK_MS} AND s.at_ms <= ${row.at_ms + LOOK_BACK_MS}
      AND (s.camera_id, s.track_id) <> (${row.camera_id}, ${row.track_id}) AND (s.details ->> 'confidence')::float >= ${SURE}
    ORDER BY abs(s.at_ms - ${row.at_ms}) LIMIT ${MOST_OTHERS}`;
  return others.flatMap((other) =>
    clonedPlateHints(sightingOf(row, text), sightingOf(other, text)).map((hint) => ({
      ...hint,
      other: { cameraId: other.camera_id, unitId: other.unit_id, trackId: other.track_id, atMs: other.at_ms },
    })),
  );
}

async function store(transaction: Transaction, message: PlateOfVehicle): Promise<void> {
  const { cameraId, trackId, class: className, plate, box, simulated } = message;
  const [camera] = await transaction<{ unit_id: string; location: OtherRow['location'] }[]>`
    SELECT unit_id, config -> 'location' AS location FROM cameras WHERE id = ${cameraId}`;
  if (!camera) return;
  // Later looks may take a reading back: then nothing was read.
  if (plate.text === null) {
    const gone =
      await transaction`DELETE FROM plate_sightings WHERE camera_id = ${cameraId} AND track_id = ${trackId} AND at_ms <= ${plate.atMs}`;
    if (gone.count > 0) await setTrackPlate(transaction, { cameraId, trackId, atMs: plate.atMs, text: null });
    return;
  }
  const { text, atMs, ...rest } = plate;
  const details = { ...rest, box, simulated };
  const row = { camera_id: cameraId, track_id: trackId, unit_id: camera.unit_id, at_ms: atMs, class: className, details };
  const hints = await hintsOf(transaction, { ...row, location: camera.location }, text);
  const stored = await transaction`
    INSERT INTO plate_sightings (camera_id, track_id, unit_id, at_ms, plate, class, details, hints)
    VALUES (${cameraId}, ${trackId}, ${camera.unit_id}, ${atMs}, ${text}, ${className}, ${jsonb(transaction, details)}, ${jsonb(transaction, hints)})
    ON CONFLICT (camera_id, track_id) DO UPDATE SET at_ms = excluded.at_ms, plate = excluded.plate, class = excluded.class,
      details = excluded.details, hints = excluded.hints
    WHERE plate_sightings.at_ms <= excluded.at_ms`;
  if (stored.count > 0) await setTrackPlate(transaction, { cameraId, trackId, atMs, text });
}

/**
 * Stores the plate of a vehicle with what contradicts it, and in the vehicle's archived track. The same message again changes nothing.
 * @returns false for a message that no retry will mend
 */
export async function takeVehiclePlate(sql: Sql, message: unknown): Promise<boolean> {
  if (!matches(PlateOfVehicle, message)) return false;
  await sql.begin(async (transaction) => {
    await lockTrackPlates(transaction, 'plate');
    await store(transaction, message);
  });
  return true;
}
