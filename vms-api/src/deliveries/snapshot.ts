import type { AlertMessage, CameraConfig } from '@safecity/contracts';
import type { Queryable } from '../database/connection.js';
import type { DeliverySnapshot } from './plan.js';

interface SnapshotSource {
  message: AlertMessage;
  cameraName: string;
  place: string | null;
  location: CameraConfig['location'] | null;
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

/** Where a camera stands now; null when that is not known. */
export async function locationOf(sql: Queryable, cameraId: string): Promise<CameraConfig['location'] | null> {
  const rows = await sql<
    { location: CameraConfig['location'] | null }[]
  >`SELECT config -> 'location' AS location FROM cameras WHERE id = ${cameraId}`;
  return rows[0]?.location ?? null;
}
