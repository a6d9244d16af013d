import { startTestPostgres } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Sql } from '../src/database/connection.js';
import { migrate } from '../src/database/migrate.js';

/** The day on which districts were abolished and provinces merged. */
const REFORM = Date.parse('2025-07-01T00:00:00+07:00');

let postgres: Awaited<ReturnType<typeof startTestPostgres>>;
let sql: Sql;

async function unit(id: string, parentId: string | null, closed?: { atMs: number; successors: string[] }): Promise<void> {
  await sql`INSERT INTO units (id, parent_id, name_vi, name_en, valid_from_ms, valid_until_ms)
    VALUES (${id}, ${parentId}, ${id}, ${id}, 0, ${closed?.atMs ?? null})`;
  for (const successor of closed?.successors ?? []) await sql`INSERT INTO unit_successors VALUES (${id}, ${successor})`;
}

async function scopeOf(id: string, atMs: number): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`SELECT unit_scope(${id}, ${atMs}) AS id`;
  return rows.map((row) => row.id).sort();
}

beforeAll(async () => {
  postgres = await startTestPostgres();
  sql = openDatabase(postgres.url, { name: 'test', maxConnections: 2 });
  await migrate(sql);
  await unit('hcm', null);
  await unit('hcm-ward', 'hcm');
  await unit('binh-duong', null, { atMs: REFORM, successors: ['hcm'] });
  await unit('ward-1', 'hcm');
  await unit('ward-2', 'hcm');
  await unit('di-an', 'binh-duong', { atMs: REFORM, successors: ['ward-1', 'ward-2'] });
  await unit('old-ward', 'di-an', { atMs: REFORM, successors: ['ward-1'] });
});
afterAll(async () => {
  await sql?.end({ timeout: 5 });
  await postgres?.stop();
});

describe('what rights in a unit reach', () => {
  it.each([
    ['binh-duong', 'before', ['binh-duong', 'di-an', 'old-ward']],
    ['binh-duong', 'after', ['binh-duong', 'di-an', 'hcm', 'hcm-ward', 'old-ward', 'ward-1', 'ward-2']],
    ['hcm', 'before', ['hcm', 'hcm-ward', 'ward-1', 'ward-2']],
    ['hcm', 'after', ['binh-duong', 'di-an', 'hcm', 'hcm-ward', 'old-ward', 'ward-1', 'ward-2']],
    ['di-an', 'before', ['di-an', 'old-ward']],
    ['di-an', 'after', ['di-an', 'old-ward', 'ward-1', 'ward-2']],
    // The past of the district is nobody's alone; that of the ward which became part of ward-1 is.
    ['ward-1', 'before', ['ward-1']],
    ['ward-1', 'after', ['old-ward', 'ward-1']],
    ['ward-2', 'after', ['ward-2']],
    ['old-ward', 'after', ['old-ward', 'ward-1']],
    ['hcm-ward', 'after', ['hcm-ward']],
    ['nothing', 'after', ['nothing']],
  ])('%s %s the reform: %j', async (id, when, reached) => {
    expect(await scopeOf(id, when === 'before' ? REFORM - 1 : REFORM)).toEqual(reached);
  });

  it('ends for successors that go round in a circle', async () => {
    await unit('a', null, { atMs: 1, successors: [] });
    await unit('b', null, { atMs: 1, successors: ['a'] });
    await sql`INSERT INTO unit_successors VALUES ('a', 'b')`;
    expect(await scopeOf('a', 2)).toEqual(['a', 'b']);
  });
});
