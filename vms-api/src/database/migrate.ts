import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { failure } from '../server/failure.js';
import type { Sql, Transaction } from './connection.js';

const DIRECTORY = fileURLToPath(new URL('../../migrations/', import.meta.url));

/** Any number that no other program uses for its advisory lock: two processes that start at once take turns. */
const LOCK = 5_137_702_411;

export interface Migration {
  number: number;
  name: string;
  sql: string;
  sha256: string;
}

/** The migrations of a directory (`NNN-name.sql`), in order. */
export function readMigrations(directory: string = DIRECTORY): Migration[] {
  return readdirSync(directory)
    .map((file) => ({ file, match: /^(\d{3})-([a-z0-9-]+)\.sql$/.exec(file) }))
    .filter((entry) => entry.match !== null)
    .map(({ file, match }) => {
      const sql = readFileSync(`${directory}/${file}`, 'utf8');
      const sha256 = createHash('sha256').update(sql).digest('hex');
      return { number: Number(match?.[1]), name: match?.[2] as string, sql, sha256 };
    })
    .sort((a, b) => a.number - b.number);
}

function pendingOf(migrations: Migration[], done: { number: number; sha256: string }[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.number, migration]));
  for (const row of done) {
    const file = known.get(row.number);
    if (!file) throw failure('API_DATABASE_NEWER', 500, `the database has migration ${row.number}, which this version does not know`);
    if (file.sha256 !== row.sha256) {
      throw failure('API_MIGRATION_CHANGED', 500, `migration ${row.number} (${file.name}) has run with other content: restore the file`);
    }
  }
  const ran = new Set(done.map((row) => row.number));
  return migrations.filter((migration) => !ran.has(migration.number));
}

async function run(transaction: Transaction, migrations: Migration[]): Promise<number[]> {
  await transaction`SELECT pg_advisory_xact_lock(${LOCK})`;
  await transaction`CREATE TABLE IF NOT EXISTS schema_migrations (
    number integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, ran_at timestamptz NOT NULL DEFAULT now())`;
  const done = await transaction<{ number: number; sha256: string }[]>`SELECT number, sha256 FROM schema_migrations`;
  const pending = pendingOf(migrations, done);
  for (const { number, name, sql, sha256 } of pending) {
    await transaction.unsafe(sql);
    await transaction`INSERT INTO schema_migrations (number, name, sha256) VALUES (${number}, ${name}, ${sha256})`;
  }
  return pending.map((migration) => migration.number);
}

/**
 * Brings the database up to this version in one transaction and returns the numbers of the migrations that ran.
 * @throws SafecityError `API_MIGRATION_CHANGED`, `API_DATABASE_NEWER`
 */
export async function migrate(sql: Sql, migrations: Migration[] = readMigrations()): Promise<number[]> {
  return sql.begin((transaction) => run(transaction, migrations)) as Promise<number[]>;
}
