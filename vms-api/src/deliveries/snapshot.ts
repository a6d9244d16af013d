import type { CameraConfig } from '@safecity/contracts';
import type { AlertRecord, Coordinates } from '../alerts/alert-record.js';
import type { Queryable } from '../database/connection.js';
import type { DeliverySnapshot } from './plan.js';

interface SnapshotSource {
  message: AlertRecord;
  cameraName: string | null;
  place: string | null;
  location: Coordinates | null;
}

/** Freezes what a message about the alert will say. */
export function snapshotOf(
  source: SnapshotSource,
  decision: { verifiedBy: string; reasonCode: string | null } | null = null,
): DeliverySnapshot {
  const { message, cameraName, place, location } = source;
  return {
    message,
    cameraName,
    place,
    location: location ? { latitude: location.latitude, longitude: location.longitude } : null,
    verifiedBy: decision?.verifiedBy ?? null,
    reasonCode: decision?.reasonCode ?? null,
  };
}

/** Where an alert is: as a person told it, or where its camera stands now; null when that is not known. */
export async function locationOf(sql: Queryable, { byHand, cameraId }: AlertRecord): Promise<Coordinates | null> {
  if (byHand?.location || cameraId === undefined) return byHand?.location ?? null;
  const rows = await sql<
    { location: CameraConfig['location'] | null }[]
  >`SELECT config -> 'location' AS location FROM cameras WHERE id = ${cameraId}`;
  return rows[0]?.location ?? null;
}
