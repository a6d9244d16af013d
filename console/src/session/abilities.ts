import { useSession } from './session.js';

/**
 * What the signed-in role may be offered. The server decides for itself at each request; this only keeps buttons that
 * would be refused off the screen.
 */
export function useAbilities(): { decidesAlerts: boolean; addsCameras: boolean; watches: boolean; exportsEvidence: boolean } {
  const { role } = useSession().session.user;
  return {
    decidesAlerts: role === 'administrator' || role === 'operator',
    addsCameras: role === 'administrator',
    watches: role !== 'auditor' && role !== 'gateway',
    exportsEvidence: role === 'administrator' || role === 'auditor',
  };
}
