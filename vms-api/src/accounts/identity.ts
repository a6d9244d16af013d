import type { Permission, Role } from './roles.js';
import type { Scope } from './scope.js';

/** One role of somebody, with what it reaches now. */
export interface Grant extends Scope {
  role: Role;
  /** The unit in which the role was given. */
  unitId: string;
  /** Epoch ms, exclusive; null: until it is taken back. */
  untilMs: number | null;
}

/** Who makes a request, as its session says. In a handler the scope is what the route's permission reaches, not more. */
export interface Identity extends Scope {
  /** A person with a session, or another system with its token. */
  kind: 'person' | 'token';
  userId: string;
  username: string;
  displayName: string;
  /** The first of the roles that count here. */
  role: Role;
  /** The unit that the user belongs to. */
  unitId: string;
  /** Signed in with the city's identity provider. */
  byProvider: boolean;
  /** The grants that count here. */
  grants: Grant[];
  sessionHash: Buffer;
  csrfToken: string;
}

/** What a route demands: nothing, anybody who is known, a person, or a role that has the permission. */
export type Access = 'public' | 'session' | 'person' | Permission;
