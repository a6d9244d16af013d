import type { Permission } from '../api/types.js';
import { useSession } from './session.js';

/**
 * Whether the signed-in person holds a permission somewhere. The server decides for itself at each request; this only
 * keeps buttons that would be refused off the screen.
 */
export function useMay(): (permission: Permission) => boolean {
  const { permissions } = useSession().session.user;
  return (permission) => permissions.includes(permission);
}
