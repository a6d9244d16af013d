import { randomBytes } from 'node:crypto';
import type { Role } from '../accounts/roles.js';
import { addUser, changePassword } from '../accounts/users.js';
import { recordAudit } from '../audit/audit.js';
import { openDatabase, type Sql } from '../database/connection.js';
import { migrate } from '../database/migrate.js';

/** The unit that a site without units gets, so that its first user has a place. */
const FIRST_UNIT = { id: 'site', name: 'Safecity' };

export interface CreateUserOptions {
  databaseUrl: string;
  username: string;
  role: Role;
  /** Default: the user name. */
  displayName?: string;
  /** Default: the top of the unit tree, which is made when there is none. */
  unitId?: string;
  /** Without it a random one is made and returned. */
  password?: string;
  /** Does nothing when any user exists: for the first start of a site. */
  onlyIfNoUsers?: boolean;
}

const randomPassword = (): string => randomBytes(15).toString('base64url');

async function withDatabase<T>(databaseUrl: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = openDatabase(databaseUrl, { name: 'safecity-users', maxConnections: 1 });
  try {
    await migrate(sql);
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function topUnit(sql: Sql): Promise<string> {
  const rows = await sql<{ id: string }[]>`SELECT id FROM units WHERE parent_id IS NULL ORDER BY valid_from_ms, id LIMIT 1`;
  if (rows[0]) return rows[0].id;
  await sql`INSERT INTO units (id, name_vi, name_en, valid_from_ms)
    VALUES (${FIRST_UNIT.id}, ${FIRST_UNIT.name}, ${FIRST_UNIT.name}, ${Date.now()}) ON CONFLICT (id) DO NOTHING`;
  return FIRST_UNIT.id;
}

/**
 * Creates a user from the command line. Returns the password, so that a generated one can be shown once; null when
 * `onlyIfNoUsers` found users.
 * @throws SafecityError `API_USER_EXISTS`, `API_PASSWORD_WEAK`, `API_UNIT_UNKNOWN`
 */
export async function createUser(options: CreateUserOptions): Promise<{ password: string } | null> {
  return withDatabase(options.databaseUrl, async (sql) => {
    if (options.onlyIfNoUsers && (await sql`SELECT 1 FROM users LIMIT 1`).length > 0) return null;
    const { username, role } = options;
    const password = options.password ?? randomPassword();
    const unitId = options.unitId ?? (await topUnit(sql));
    await sql.begin(async (transaction) => {
      await addUser(transaction, { username, displayName: options.displayName ?? username, unitId, password, grant: { role, unitId } });
      const detail = { role, unitId };
      const entry = { atMs: Date.now(), actor: 'command-line', action: 'user.created', subject: `user:${username}`, detail } as const;
      await recordAudit(transaction, entry);
    });
    return { password };
  });
}

/**
 * Gives a user another password (a random one without `password`) and ends that user's sessions. Returns the password.
 * @throws SafecityError `API_USER_UNKNOWN`, `API_PASSWORD_WEAK`
 */
export async function setPassword(options: { databaseUrl: string; username: string; password?: string }): Promise<{ password: string }> {
  return withDatabase(options.databaseUrl, async (sql) => {
    const password = options.password ?? randomPassword();
    await changePassword(sql, options.username, password);
    await recordAudit(sql, { atMs: Date.now(), actor: 'command-line', action: 'password.set', subject: `user:${options.username}` });
    return { password };
  });
}
