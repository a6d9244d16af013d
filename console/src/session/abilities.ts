import { useSession } from './session.js';

/**
 * What the signed-in role may be offered. The server decides for itself at each request; this only keeps buttons that
 * would be refused off the screen.
 */
export function useAbilities(): {
  decidesAlerts: boolean;
  suppresses: boolean;
  suppressesLong: boolean;
  addsCameras: boolean;
  watches: boolean;
  exportsEvidence: boolean;
} {
  const { role } = useSession().session.user;
  const isOnDesk = role === 'administrator' || role === 'shift-lead' || role === 'operator';
  return {
    decidesAlerts: isOnDesk,
    suppresses: isOnDesk,
    suppressesLong: role === 'administrator' || role === 'shift-lead',
    addsCameras: role === 'administrator',
    watches: role !== 'auditor' && role !== 'gateway',
    exportsEvidence: role === 'administrator' || role === 'reviewer' || role === 'auditor',
  };
}
