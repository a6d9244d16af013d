import type { Queryable } from '../database/connection.js';
import { failure } from '../server/failure.js';
import { addGrant, type NewGrant } from './grants.js';
import { hashPassword } from './passwords.js';

export interface NewUser {
  username: string;
  displayName: string;
  /** The unit that the user belongs to. */
  unitId: string;
  grant: NewGrant;
  /** Left out: signs in with the identity provider alone. */
  password?: string;
}

/** Stands where a hash would be: no password has it. */
const NO_PASSWORD = 'none';

const canonical = (username: string): string => username.trim().toLowerCase();

/** True when there is a user with this name. */
export async function userExists(sql: Queryable, username: string): Promise<boolean> {
  const rows = await sql`SELECT 1 FROM users WHERE username = ${canonical(username)}`;
  return rows.length > 0;
}

/**
 * Creates a user and returns its id. There are no default accounts and no default passwords: this is the only way in.
 * @param name who gives the role
 * @throws SafecityError `API_USER_EXISTS`, `API_PASSWORD_WEAK`, `API_UNIT_UNKNOWN`
 */
export async function addUser(sql: Queryable, user: NewUser, name = 'command-line'): Promise<string> {
  const units = await sql`SELECT 1 FROM units WHERE id = ${user.unitId}`;
  if (units.length === 0) throw failure('API_UNIT_UNKNOWN', 400, `there is no unit "${user.unitId}"`);
  const hash = user.password === undefined ? NO_PASSWORD : await hashPassword(user.password);
  const atMs = Date.now();
  const rows = await sql<{ id: string }[]>`
    INSERT INTO users (username, display_name, unit_id, password_hash, created_at_ms)
    VALUES (${canonical(user.username)}, ${user.displayName}, ${user.unitId}, ${hash}, ${atMs})
    ON CONFLICT (username) DO NOTHING RETURNING id`;
  if (!rows[0]) throw failure('API_USER_EXISTS', 409, `a user "${canonical(user.username)}" exists`);
  await addGrant(sql, rows[0].id, user.grant, { name, atMs });
  return rows[0].id;
}

/**
 * Gives a user another password and ends that user's sessions, all but `keep` (the hash of one's token).
 * @throws SafecityError `API_USER_UNKNOWN`, `API_PASSWORD_WEAK`
 */
export async function changePassword(sql: Queryable, username: string, password: string, keep?: Buffer): Promise<void> {
  const hash = await hashPassword(password);
  const rows = await sql<{ id: string }[]>`
    UPDATE users SET password_hash = ${hash} WHERE username = ${canonical(username)} RETURNING id`;
  const user = rows[0];
  if (!user) throw failure('API_USER_UNKNOWN', 404, `there is no user "${canonical(username)}"`);
  await sql`DELETE FROM sessions WHERE user_id = ${user.id} ${keep === undefined ? sql`` : sql`AND token_hash <> ${keep}`}`;
}
