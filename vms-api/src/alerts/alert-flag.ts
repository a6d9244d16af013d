import type { Alert } from './alert-schemas.js';

/**
 * An alert of severity high or critical marks its camera for the wall until it is handled and over: for as long as it is open,
 * and either nobody has looked at it or it still goes on.
 */
export function alertFlagsCamera({
  cameraId,
  state,
  severity,
  ongoing,
}: Pick<Alert, 'cameraId' | 'state' | 'severity' | 'ongoing'>): boolean {
  const isOpen = state !== 'resolved' && state !== 'false-alarm';
  return cameraId !== null && isOpen && (severity === 'critical' || severity === 'high') && (state === 'new' || ongoing);
}
