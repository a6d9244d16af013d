import { startTestPostgres } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Sql } from '../src/database/connection.js';
import { migrate, readMigrations } from '../src/database/migrate.js';

let server: Awaited<ReturnType<typeof startTestPostgres>>;
let sql: Sql;
beforeAll(async () => {
  server = await startTestPostgres();
  sql = openDatabase(server.url, { name: 'test', maxConnections: 4 });
});
afterAll(async () => {
  await sql?.end({ timeout: 5 });
  await server?.stop();
});

describe('migrations', () => {
  const numbers = readMigrations().map(({ number }) => number);

  it('run once when several processes start together', async () => {
    const pools = [1, 2, 3].map(() => openDatabase(server.url, { name: 'test', maxConnections: 1 }));
    const ran = await Promise.all(pools.map((pool) => migrate(pool)));
    await Promise.all(pools.map((pool) => pool.end({ timeout: 5 })));
    expect(ran.map((list) => list.length).sort()).toEqual([0, 0, numbers.length]);
    expect(await migrate(sql)).toEqual([]);
  });

  it('need no more than the ownership of the database', async () => {
    await sql`CREATE ROLE plain LOGIN PASSWORD 'plain'`;
    await sql`CREATE DATABASE plain OWNER plain`;
    const url = Object.assign(new URL(server.url), { pathname: '/plain', username: 'plain', password: 'plain' }).href;
    const pool = openDatabase(url, { name: 'test', maxConnections: 1 });
    expect(await migrate(pool)).toHaveLength(numbers.length);
    expect(await pool`SELECT rolsuper FROM pg_roles WHERE rolname = current_user`).toEqual([{ rolsuper: false }]);
    await pool.end({ timeout: 5 });
    await sql`DROP DATABASE plain WITH (FORCE)`;
    await sql`DROP ROLE plain`;
  });

  it('refuse a file that was changed after it ran', async () => {
    const changed = readMigrations().map((migration) => ({ ...migration, sha256: 'f'.repeat(64) }));
    await expect(migrate(sql, changed)).rejects.toMatchObject({
      code: 'API_MIGRATION_CHANGED',
      message: expect.stringContaining('migration 1 (record)'),
    });
  });

  it('refuse a database of a newer version', async () => {
    await expect(migrate(sql, [])).rejects.toMatchObject({ code: 'API_DATABASE_NEWER' });
  });

  it('leave nothing behind when one fails', async () => {
    const broken = { number: 999, name: 'broken', sql: 'CREATE TABLE half (id int); SELECT nonsense;', sha256: 'x' };
    await expect(migrate(sql, [...readMigrations(), broken])).rejects.toThrow('nonsense');
    const [row] = await sql<{ exists: boolean }[]>`SELECT to_regclass('half') IS NOT NULL AS exists`;
    expect(row?.exists).toBe(false);
  });
});
