import type { Permission, Role } from './roles.js';

/** Who makes a request, as its session says. */
export interface Identity {
  userId: string;
  username: string;
  displayName: string;
  role: Role;
  unitId: string;
  /** The user's unit and every unit below it, now. */
  unitIds: string[];
  sessionHash: Buffer;
  csrfToken: string;
}

/** What a route demands: nothing, any session, or a session whose role has the permission. */
export type Access = 'public' | 'session' | Permission;
