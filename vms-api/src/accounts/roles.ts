import type { AlertKind } from '@safecity/contracts';

export const ROLES = [
  'administrator',
  'shift-lead',
  'operator',
  'reviewer',
  'review-lead',
  'eoc',
  'auditor',
  'integration',
  'gateway',
] as const;
export type Role = (typeof ROLES)[number];

export const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);

export const PERMISSIONS = [
  'cameras:read',
  'cameras:write',
  'cameras:flag',
  'video:watch',
  'recording:watch',
  'recording:export',
  'alerts:read',
  'alerts:decide',
  'alerts:assign',
  'alerts:open',
  'alerts:suppress',
  'alerts:suppress-long',
  'drills:declare',
  'shifts:hand-over',
  'evidence:read',
  'evidence:original',
  'evidence:export',
  'evidence:hold',
  'evidence:lift-hold',
  'metadata:read',
  'tracks:read',
  'tracks:export',
  'statistics:read',
  'signals:write',
  'plates:read',
  'watchlists:read',
  'watchlists:write',
  'review:work',
  'review:lead',
  'review:read',
  'legal:write',
  'audit:read',
  'destinations:write',
  'units:write',
  'users:write',
  'retention:read',
  'retention:write',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const READ: readonly Permission[] = ['cameras:read', 'alerts:read', 'evidence:read'];

/** Plates are personal data: none of the emergency centre's business, not even on an incident that it may see. */
const PLATES: readonly Permission[] = ['plates:read', 'watchlists:read'];

/** Unmasked evidence, with a stated reason. Who runs the system sees the masked copies and has no business with more. */
const ORIGINAL: readonly Permission[] = ['evidence:original'];

/** Violations are decided by traffic police alone. */
const OF_TRAFFIC_POLICE: readonly Permission[] = ['review:work', 'review:lead'];

/** Who sets how long data are kept does not say what is kept longer; who has set a hold does not lift it alone. */
const OF_HOLDS: readonly Permission[] = ['evidence:hold', 'evidence:lift-hold'];

/** What each role may do, inside the units it is scoped to. */
export const ROLE_PERMISSIONS: Record<Role, readonly Permission[]> = {
  // Who is watched does not read the log of it, and who runs the system does not decide about violations.
  administrator: PERMISSIONS.filter(
    (permission) => permission !== 'audit:read' && ![...OF_TRAFFIC_POLICE, ...OF_HOLDS, ...ORIGINAL].includes(permission),
  ),
  'shift-lead': [
    ...READ,
    ...ORIGINAL,
    ...PLATES,
    'watchlists:write',
    'video:watch',
    'recording:watch',
    'recording:export',
    'cameras:flag',
    'alerts:decide',
    'alerts:assign',
    'alerts:open',
    'alerts:suppress',
    'alerts:suppress-long',
    'drills:declare',
    'shifts:hand-over',
    'evidence:hold',
    'tracks:read',
    'statistics:read',
  ],
  operator: [
    ...READ,
    ...ORIGINAL,
    ...PLATES,
    'watchlists:write',
    'video:watch',
    'recording:watch',
    'cameras:flag',
    'alerts:decide',
    'alerts:open',
    'alerts:suppress',
    'shifts:hand-over',
    'tracks:read',
  ],
  eoc: [...READ, ...ORIGINAL, 'video:watch', 'recording:watch'],
  auditor: [
    ...READ,
    ...ORIGINAL,
    ...PLATES,
    'evidence:export',
    'tracks:read',
    'tracks:export',
    'statistics:read',
    'review:read',
    'audit:read',
    ...OF_HOLDS,
    'retention:read',
  ],
  // A program of another system, by its token; no person.
  integration: ['cameras:read', 'alerts:read', 'metadata:read', 'statistics:read'],
  // A program beside a junction's controller, no person.
  gateway: ['signals:write'],
  // No list of alerts: it would tell a planted case from a new one.
  reviewer: ['review:work', 'evidence:read', ...ORIGINAL],
  'review-lead': [...OF_TRAFFIC_POLICE, 'review:read', 'legal:write', 'evidence:read', ...ORIGINAL, 'evidence:export', 'evidence:hold'],
};

/** Roles that watch recordings around the incidents that they see, and no others. */
export const AROUND_INCIDENTS_ONLY: readonly Role[] = ['eoc'];

/** Kinds of alert a role sees. Violations are sensitive personal data and no concern of the emergency centre. */
export const ROLE_ALERT_KINDS: Record<Role, readonly AlertKind[]> = {
  administrator: ['incident', 'violation', 'security', 'camera'],
  'shift-lead': ['incident', 'violation', 'security', 'camera'],
  operator: ['incident', 'violation', 'security', 'camera'],
  eoc: ['incident'],
  auditor: ['incident', 'violation', 'security', 'camera'],
  integration: ['incident'],
  gateway: [],
  reviewer: ['violation'],
  'review-lead': ['violation'],
};

/**
 * Kinds of alert of which a role may see the unmasked evidence. Operators act on people in danger; faces and plates of
 * bystanders of a violation are for those who decide about it and those who check them.
 */
export const ROLE_ORIGINAL_KINDS: Record<Role, readonly AlertKind[]> = {
  ...ROLE_ALERT_KINDS,
  'shift-lead': ['incident', 'security', 'camera'],
  operator: ['incident', 'security', 'camera'],
};
