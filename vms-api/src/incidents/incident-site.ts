import type { CameraConfig, EvidenceMoment } from '@safecity/contracts';
import type { Identity } from '../accounts/identity.js';
import { getCamera } from '../cameras/camera-store.js';
import type { Transaction } from '../database/connection.js';
import { invalidRequest } from '../server/failure.js';

/** Where an incident is and whose it is. */
export interface Site {
  unitId: string;
  place: string | null;
  camera: Pick<CameraConfig, 'id' | 'name' | 'simulated'> | null;
}

/** What was told of where it is. */
interface ToldSite {
  cameraId: string;
  /** In words, when that is known better than where the camera stands. */
  place: string | undefined;
}

/** An incident that a camera sees belongs to the unit of the camera. @throws SafecityError `API_NOT_FOUND` */
export async function siteOfCamera(transaction: Transaction, identity: Identity, { cameraId, place }: ToldSite): Promise<Site> {
  const { unit_id: unitId, config } = await getCamera(transaction, identity, cameraId);
  return { unitId, place: place ?? config.location?.address ?? null, camera: config };
}

/** Without a camera a place in words is all that a centre has. @throws SafecityError `API_INVALID` (400) */
export function placeInWords(place: string | null | undefined): string {
  if (place == null) throw invalidRequest({ path: 'place', code: 'place-needed', message: 'without a camera say in words where it is' });
  return place;
}

/** How long before the moment that was seen the first picture is taken: who saw it needed some time to say so. */
const BEFORE_MS = 5000;

/**
 * The pictures that a camera sets aside of what was seen.
 * @param cameras how many cameras were named before this one, by mistake; their pictures have these names already
 */
export function momentsAround(atMs: number, cameras = 0): EvidenceMoment[] {
  const suffix = cameras === 0 ? '' : `-${cameras + 1}`;
  return [
    { name: `before${suffix}`, atMs: atMs - BEFORE_MS },
    { name: `raised${suffix}`, atMs },
  ];
}
