import { Id, worded } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { type AuditAction, recordAudit } from '../audit/audit.js';
import type { Queryable, Transaction } from '../database/connection.js';
import { invalidRequest, notFound, refusal } from '../server/failure.js';
import { EpochMs, momentOf, named, nullable, ReasonText, AlertId as Uuid } from '../server/schemas.js';
import { getOpenUnit, type UnitContext } from '../units/unit-store.js';
import { addGrant, checkCameras } from './grants.js';
import { invite } from './provider/bindings.js';
import { ROLES } from './roles.js';
import { addUser, changePassword } from './users.js';

const Grant = named(
  'Grant',
  Type.Object({
    id: Uuid,
    role: Type.String(),
    unitId: Id,
    cameraIds: nullable(Type.Array(Id)),
    untilMs: nullable(EpochMs),
    grantedBy: Type.String(),
    grantedAtMs: EpochMs,
  }),
);

export const User = named(
  'User',
  Type.Object({
    username: Type.String(),
    displayName: Type.String(),
    unitId: Id,
    disabled: Type.Boolean(),
    secondFactor: Type.Boolean(),
    provider: Type.Boolean({ description: 'Bound to an identity of the identity provider' }),
    lastSeenMs: nullable(EpochMs),
    grants: Type.Array(Grant),
  }),
);
export type User = Static<typeof User>;

export const GrantBody = Type.Object(
  {
    role: Type.Enum(ROLES.filter((role) => role !== 'integration')),
    unitId: Id,
    cameraIds: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 1000, uniqueItems: true, description: 'Left out: every camera' })),
    untilMs: Type.Optional(momentOf('Epoch ms, exclusive; left out: until it is taken back')),
  },
  { additionalProperties: false },
);
export type GrantBody = Static<typeof GrantBody>;

export const UserBody = Type.Object(
  {
    username: Type.String({
      pattern: worded('^[a-z0-9._-]{2,64}$', 'username-form', 'must be 2 to 64 small letters, digits, points, hyphens or underscores'),
    }),
    displayName: Type.String({ minLength: 1, maxLength: 200 }),
    password: Type.Optional(
      Type.String({ minLength: 1, maxLength: 1024, description: 'May be left out where people sign in with the identity provider' }),
    ),
    ...GrantBody.properties,
  },
  { additionalProperties: false },
);
export type UserBody = Static<typeof UserBody>;

/** Users who belong to the own units; of their grants, also those elsewhere. */
export async function listUsers(sql: Queryable, unitIds: string[], username?: string): Promise<User[]> {
  const rows = await sql<User[]>`
    SELECT u.username, u.display_name AS "displayName", u.unit_id AS "unitId", u.disabled_at_ms IS NOT NULL AS disabled,
      EXISTS (SELECT 1 FROM second_factors f WHERE f.user_id = u.id AND f.confirmed_at_ms IS NOT NULL) AS "secondFactor",
      EXISTS (SELECT 1 FROM provider_identities i WHERE i.user_id = u.id) AS provider,
      (SELECT max(s.last_seen_ms) FROM sessions s WHERE s.user_id = u.id) AS "lastSeenMs",
      COALESCE((SELECT jsonb_agg(jsonb_build_object('id', g.id, 'role', g.role, 'unitId', g.unit_id, 'cameraIds', g.camera_ids,
        'untilMs', g.until_ms, 'grantedBy', g.granted_by, 'grantedAtMs', g.granted_at_ms) ORDER BY g.granted_at_ms, g.id)
        FROM role_grants g WHERE g.user_id = u.id), '[]') AS grants
    FROM users u WHERE u.unit_id = ANY(${unitIds}) ${username === undefined ? sql`` : sql`AND u.username = ${username}`}
    ORDER BY u.username`;
  return [...rows];
}

/**
 * The user, when it belongs to the own units. One with a role beyond them is not theirs to sign in as: `whole` refuses that.
 * @throws SafecityError `API_NOT_FOUND`, `API_FORBIDDEN`
 */
async function getUser(sql: Queryable, { identity }: UnitContext, username: string, whole: boolean): Promise<User & { id: string }> {
  const [user] = await listUsers(sql, identity.unitIds, username);
  if (!user) throw notFound('user', username);
  if (user.username === identity.username)
    throw refusal('API_FORBIDDEN', 403, [
      { path: '', code: 'own-rights', message: 'nobody changes their own rights: ask another administrator' },
    ]);
  if (whole && user.grants.some(({ unitId }) => !identity.unitIds.includes(unitId))) {
    const message = `"${username}" has a role outside your units: ask an administrator of both`;
    throw refusal('API_FORBIDDEN', 403, [{ path: '', code: 'rights-elsewhere', params: { name: username }, message }]);
  }
  const rows = await sql<{ id: string }[]>`SELECT id FROM users WHERE username = ${username}`;
  return { ...user, id: rows[0]?.id as string };
}

function record(transaction: Transaction, context: UnitContext, action: AuditAction, username: string, detail: object = {}): Promise<void> {
  const { identity, address, nowMs } = context;
  return recordAudit(transaction, {
    atMs: nowMs,
    actor: identity.username,
    action,
    subject: `user:${username}`,
    detail: { ...detail },
    address,
  });
}

async function checkGrant(transaction: Transaction, context: UnitContext, { unitId, cameraIds, untilMs }: GrantBody): Promise<void> {
  await getOpenUnit(transaction, context.identity, unitId, context.nowMs);
  await checkCameras(transaction, unitId, cameraIds, context.nowMs);
  if (untilMs !== undefined && untilMs <= context.nowMs)
    throw invalidRequest({ path: 'untilMs', code: 'future', message: 'must lie ahead' });
}

const grantOf = ({ role, unitId, cameraIds, untilMs }: GrantBody) => ({
  ...{ role, unitId },
  ...(cameraIds === undefined ? {} : { cameraIds }),
  ...(untilMs === undefined ? {} : { untilMs }),
});

async function shown(transaction: Transaction, context: UnitContext, username: string): Promise<User> {
  return (await listUsers(transaction, context.identity.unitIds, username))[0] as User;
}

/** @throws SafecityError `API_USER_EXISTS`, `API_PASSWORD_WEAK`, `API_NOT_FOUND`, `API_UNIT_CLOSED` */
export async function createUser(context: UnitContext, body: UserBody): Promise<User> {
  const { username, displayName } = body;
  const password = body.password === undefined ? {} : { password: body.password };
  return context.sql.begin(async (transaction) => {
    await checkGrant(transaction, context, body);
    const grant = grantOf(body);
    await addUser(transaction, { username, displayName, ...password, unitId: body.unitId, grant }, context.identity.username);
    await record(transaction, context, 'user.created', username, { displayName, ...grant });
    return shown(transaction, context, username);
  }) as Promise<User>;
}

/** @throws SafecityError `API_NOT_FOUND`, `API_UNIT_CLOSED`, `API_FORBIDDEN` for oneself */
export async function grantRole(context: UnitContext, username: string, body: GrantBody): Promise<User> {
  return context.sql.begin(async (transaction) => {
    const user = await getUser(transaction, context, username, false);
    await checkGrant(transaction, context, body);
    const { identity, nowMs } = context;
    const id = await addGrant(transaction, user.id, grantOf(body), { name: identity.username, atMs: nowMs });
    await record(transaction, context, 'role.granted', username, { id, ...body });
    return shown(transaction, context, username);
  }) as Promise<User>;
}

/** @throws SafecityError `API_NOT_FOUND`, `API_FORBIDDEN` for oneself */
export async function revokeRole(context: UnitContext, username: string, grantId: string, reason?: string): Promise<User> {
  return context.sql.begin(async (transaction) => {
    const user = await getUser(transaction, context, username, false);
    const grant = user.grants.find(({ id, unitId }) => id === grantId && context.identity.unitIds.includes(unitId));
    if (!grant) throw notFound('grant', grantId);
    await transaction`DELETE FROM role_grants WHERE id = ${grantId}`;
    await record(transaction, context, 'role.revoked', username, reason === undefined ? grant : { ...grant, reason });
    return shown(transaction, context, username);
  }) as Promise<User>;
}

/** What an administrator can do to an account. */
export const AccountBody = Type.Object(
  {
    disabled: Type.Optional(Type.Boolean({ description: 'True ends the sessions' })),
    reason: Type.Optional(ReasonText),
    password: Type.Optional(Type.String({ minLength: 1, maxLength: 1024, description: 'Ends the sessions' })),
    secondFactor: Type.Optional(Type.Literal(false, { description: 'Takes a lost second factor away' })),
    provider: Type.Optional(Type.Literal(false, { description: 'Unbinds it from the identity provider; ends the sessions' })),
  },
  { additionalProperties: false, minProperties: 1 },
);

/** @throws SafecityError `API_NOT_FOUND`, `API_PASSWORD_WEAK`, `API_FORBIDDEN` for oneself and for who has a role elsewhere */
export async function changeAccount(context: UnitContext, username: string, change: Static<typeof AccountBody>): Promise<User> {
  return context.sql.begin(async (transaction) => {
    const user = await getUser(transaction, context, username, true);
    const why = change.reason === undefined ? {} : { reason: change.reason };
    if (change.disabled !== undefined) {
      await transaction`UPDATE users SET disabled_at_ms = ${change.disabled ? context.nowMs : null} WHERE id = ${user.id}`;
      if (change.disabled) await transaction`DELETE FROM sessions WHERE user_id = ${user.id}`;
      await record(transaction, context, change.disabled ? 'user.disabled' : 'user.enabled', username, why);
    }
    if (change.password !== undefined) {
      await changePassword(transaction, username, change.password);
      await record(transaction, context, 'password.set', username, why);
    }
    if (change.secondFactor === false) {
      await transaction`DELETE FROM second_factors WHERE user_id = ${user.id}`;
      await record(transaction, context, 'session.second-factor-removed', username, why);
    }
    if (change.provider === false) {
      await transaction`DELETE FROM provider_identities WHERE user_id = ${user.id}`;
      await transaction`DELETE FROM sessions WHERE user_id = ${user.id}`;
      await record(transaction, context, 'identity.unbound', username, why);
    }
    return shown(transaction, context, username);
  }) as Promise<User>;
}

/**
 * A one-time link's secret with which somebody binds their account to the identity provider.
 * @throws SafecityError `API_NOT_FOUND`, `API_FORBIDDEN` for oneself and for who has a role elsewhere
 */
export async function inviteUser(context: UnitContext, username: string): Promise<{ secret: string; expiresAtMs: number }> {
  return context.sql.begin(async (transaction) => {
    const user = await getUser(transaction, context, username, true);
    const invitation = await invite(transaction, user.id, { name: context.identity.username, atMs: context.nowMs });
    await record(transaction, context, 'identity.invited', username, { expiresAtMs: invitation.expiresAtMs });
    return invitation;
  }) as Promise<{ secret: string; expiresAtMs: number }>;
}
