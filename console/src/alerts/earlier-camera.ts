import type { Alert } from '../api/types.js';

/** Name of the camera from which a picture or clip comes, when that camera was named by mistake; else null. */
export function earlierCamera({ byHand }: Partial<Pick<Alert, 'byHand'>>, name: string): string | null {
  const moment = name.replace(/^clip-/, '');
  return byHand?.earlier.find(({ moments }) => moments.includes(moment))?.cameraName ?? null;
}
