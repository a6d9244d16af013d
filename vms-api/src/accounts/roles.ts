import type { AlertKind } from '@safecity/contracts';

export const ROLES = ['administrator', 'operator', 'eoc', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

export const PERMISSIONS = [
  'cameras:read',
  'cameras:write',
  'video:watch',
  'alerts:read',
  'alerts:decide',
  'evidence:read',
  'evidence:export',
  'tracks:read',
  'tracks:export',
  'plates:read',
  'watchlists:read',
  'watchlists:write',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const READ: readonly Permission[] = ['cameras:read', 'alerts:read', 'evidence:read'];

/** Plates are personal data: none of the emergency centre's business, not even on an incident that it may see. */
const PLATES: readonly Permission[] = ['plates:read', 'watchlists:read'];

/** What each role may do, inside the units it is scoped to. */
export const ROLE_PERMISSIONS: Record<Role, readonly Permission[]> = {
  administrator: PERMISSIONS,
  operator: [...READ, ...PLATES, 'watchlists:write', 'video:watch', 'alerts:decide', 'tracks:read'],
  eoc: [...READ, 'video:watch'],
  auditor: [...READ, ...PLATES, 'evidence:export', 'tracks:read', 'tracks:export'],
};

/** Kinds of alert a role sees. Violations are sensitive personal data and no concern of the emergency centre. */
export const ROLE_ALERT_KINDS: Record<Role, readonly AlertKind[]> = {
  administrator: ['incident', 'violation', 'security', 'camera'],
  operator: ['incident', 'violation', 'security', 'camera'],
  eoc: ['incident'],
  auditor: ['incident', 'violation', 'security', 'camera'],
};
