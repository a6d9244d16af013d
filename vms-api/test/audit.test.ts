import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordAudit } from '../src/audit/audit.js';
import { verifyAudit } from '../src/audit/verify.js';
import type { ChainRow } from '../src/ledger/chain.js';
import { type Client, type Harness, startHarness } from './harness.js';

interface Entries {
  entries: { seq: number; actor: string; action: string; subject: string; detail: object; hash: string }[];
}

let harness: Harness;
let auditor: Client;
const directory = temporaryDirectory('audit');
beforeAll(async () => {
  harness = await startHarness();
  auditor = await harness.client('auditor');
});
afterAll(async () => {
  await harness?.stop();
  directory.remove();
});

const entry = (changes: object = {}) => ({ atMs: 1, actor: 'tester', action: 'password.set' as const, subject: 'user:x', ...changes });

async function exported(): Promise<ChainRow[]> {
  const text = await (await auditor.request('GET', '/audit-export')).text();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ChainRow);
}

function fileOf(rows: ChainRow[]): string {
  const file = join(directory.path, 'audit.jsonl');
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

describe('the audit log', () => {
  it('chains what is written at once, and what has bytes that no database keeps', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => recordAudit(harness.sql, entry({ detail: { index } }))));
    await recordAudit(harness.sql, entry({ actor: 'nul\0 and \ud800 half', detail: { text: '\0' } }));
    const verdict = await verifyAudit({ databaseUrl: harness.databaseUrl });
    expect(verdict.firstBreak).toBeNull();
    expect(verdict.entries).toBeGreaterThan(21);
    expect((await auditor.json<Entries>('GET', '/audit?limit=2')).entries[1]?.actor).toBe('nul\ufffd and \ufffd half');
  });

  it('holds who searched the networks for cameras, whatever came of it', async () => {
    await (await harness.client('admin')).json('POST', '/onvif/search', undefined, 503);
    const [found] = (await auditor.json<Entries>('GET', '/audit?action=onvif.searched')).entries;
    expect(found).toMatchObject({ actor: 'admin', subject: 'networks' });
  });

  it('is checked on the server by auditors of the whole site, and written as CSV', async () => {
    const state = await auditor.json<{ entries: number; head: { seq: number; hash: string }; firstBreak: null }>('GET', '/audit-chain');
    const known = (await auditor.json<Entries>('GET', '/audit?action=audit.checked&limit=1')).entries[0];
    expect([state.firstBreak, state.head.seq, state.head.hash]).toEqual([null, known?.seq, known?.hash]);
    const csv = await auditor.request('GET', '/audit-csv?actor=tester');
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const lines = (await csv.text()).trim().split('\r\n');
    expect(lines[0]).toBe('seq,time,actor,action,subject,detail,address,hash');
    expect(lines.slice(1).every((line) => line.includes(',tester,password.set,user:x,'))).toBe(true);
    expect(lines.length).toBeGreaterThan(20);
    expect((await auditor.json<{ actions: string[] }>('GET', '/audit-actions')).actions).toContain('audit.checked');
  });

  it('refuses to be changed', async () => {
    const { sql } = harness;
    for (const statement of ["UPDATE audit SET payload = '{}'", 'DELETE FROM audit', 'TRUNCATE audit'])
      await expect(sql.unsafe(statement)).rejects.toThrow('the audit log is append-only');
  });

  it('belongs to its transaction', async () => {
    const failing = harness.sql.begin(async (transaction) => {
      await recordAudit(transaction, entry({ subject: 'user:never' }));
      throw new Error('taken back');
    });
    await expect(failing).rejects.toThrow('taken back');
    expect((await auditor.json<Entries>('GET', '/audit?subject=user:never')).entries).toEqual([]);
  });

  it('is read by auditors only, filtered, and looking is recorded', async () => {
    expect((await (await harness.client('admin')).request('GET', '/audit')).status).toBe(403);
    await new Promise((resolve) => setImmediate(resolve));
    const { entries } = await auditor.json<Entries>('GET', '/audit?action=audit.read&actor=auditor&fromMs=1&limit=1');
    expect(entries[0]).toMatchObject({ actor: 'auditor', action: 'audit.read', detail: { action: 'audit.read', limit: 1 } });
    const older = await auditor.json<Entries>('GET', `/audit?beforeSeq=${entries[0]?.seq}&limit=500`);
    expect(older.entries.every(({ seq }) => seq < (entries[0]?.seq ?? 0))).toBe(true);
  });
});

describe('an exported log', () => {
  it('is whole', async () => {
    const rows = await exported();
    const verdict = await verifyAudit({ file: fileOf(rows) });
    expect(verdict).toEqual({ entries: rows.length, head: rows.at(-1)?.hash, firstBreak: null });
    expect((await verifyAudit({ file: fileOf(rows) }, rows[3])).firstBreak).toBeNull();
  });

  it.each<[string, (rows: ChainRow[]) => ChainRow[], { seq: number; problem: string }]>([
    [
      'a changed entry',
      (rows) => rows.map((row) => (row.seq === 5 ? { ...row, payload: row.payload.replace('tester', 'nobody') } : row)),
      { seq: 5, problem: 'its content was changed' },
    ],
    ['a missing entry', (rows) => rows.filter(({ seq }) => seq !== 5), { seq: 5, problem: 'the entry is missing' }],
    [
      'swapped entries',
      (rows) => rows.map((row) => (row.seq === 5 ? { ...(rows[5] as ChainRow), seq: 5 } : row)),
      { seq: 5, problem: 'it does not follow from the entry before' },
    ],
  ])('with %s names it', async (_name, change, firstBreak) => {
    expect((await verifyAudit({ file: fileOf(change(await exported())) })).firstBreak).toEqual(firstBreak);
  });

  it('that was cut or written anew as a whole no longer has a head that was noted', async () => {
    const rows = await exported();
    const known = { seq: rows.length, hash: rows.at(-1)?.hash as string };
    expect((await verifyAudit({ file: fileOf(rows.slice(0, -1)) }, known)).firstBreak).toEqual({
      seq: known.seq,
      problem: 'the entry is missing',
    });
    expect((await verifyAudit({ file: fileOf(rows) }, { ...known, hash: '0'.repeat(64) })).firstBreak?.problem).toContain('written anew');
  });

  it('is checked by the command, which fails for a broken one', async () => {
    const rows = await exported();
    const run = (file: string) =>
      execFileSync('node', ['cli/bin/safecity.mjs', 'audit', 'verify', file], { encoding: 'utf8', stdio: 'pipe' });
    expect(JSON.parse(run(fileOf(rows)))).toMatchObject({ entries: rows.length, firstBreak: null });
    expect(() => run(fileOf(rows.slice(1)))).toThrow('broken at entry 1: the entry is missing');
  });
});
