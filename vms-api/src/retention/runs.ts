import { createHash } from 'node:crypto';
import type { Queryable, Sql, Transaction } from '../database/connection.js';
import type { EvidenceFiles } from '../evidence/evidence-files.js';
import { sha256Hex } from '../ledger/chain.js';
import { appendLedger } from '../ledger/ledger.js';
import type { SigningKey } from '../ledger/signing-key.js';
import type { Batch } from './batch.js';
import type { RetentionClass } from './classes.js';

/** A run that has deleted something and is not signed yet. */
export interface OpenRun {
  id: number;
  class: RetentionClass;
  days: number;
  beforeMs: number;
  startedAtMs: number;
}

/** What is signed for a run. */
export interface RunStatement {
  format: 'safecity-retention/1';
  run: number;
  class: RetentionClass;
  days: number;
  /** What was older than this (exclusive) went. */
  beforeMs: number;
  startedAtMs: number;
  finishedAtMs: number;
  items: number;
  files: number;
  oldestMs: number | null;
  newestMs: number | null;
  /** SHA-256 over the lines of all batches in their order, each ended by a line feed. */
  listSha256: string;
  keyFingerprint: string;
}

/** What ends a run. */
export interface FinishParts {
  sql: Sql;
  evidence: EvidenceFiles;
  signingKey: SigningKey;
  /** True when the service ends: what is left to do waits for the next start. */
  stopped: () => boolean;
}

/** Runs that a crash has left open, oldest first. */
export function openRuns(sql: Queryable): Promise<OpenRun[]> {
  return sql<OpenRun[]>`
    SELECT id, class, days, before_ms AS "beforeMs", started_at_ms AS "startedAtMs" FROM retention_runs WHERE finished_at_ms IS NULL ORDER BY id`;
}

/** Enters a batch, in the transaction that deleted it; the first one opens the run. */
export async function enterBatch(transaction: Transaction, run: OpenRun | Omit<OpenRun, 'id'>, batch: Batch): Promise<OpenRun> {
  const opened = 'id' in run ? run : await openRun(transaction, run);
  await transaction`
    INSERT INTO retention_batches (run_id, number, lines, items, files, oldest_ms, newest_ms, alert_ids, files_gone)
    SELECT ${opened.id}, count(*) + 1, ${batch.lines.join('\n')}, ${batch.items}, ${batch.files}, ${batch.oldestMs}, ${batch.newestMs},
      ${batch.alertIds}, ${batch.alertIds.length === 0} FROM retention_batches WHERE run_id = ${opened.id}`;
  return opened;
}

async function openRun(transaction: Transaction, run: Omit<OpenRun, 'id'>): Promise<OpenRun> {
  const [row] = await transaction<{ id: number }[]>`
    INSERT INTO retention_runs (class, days, before_ms, started_at_ms) VALUES (${run.class}, ${run.days}, ${run.beforeMs}, ${run.startedAtMs})
    RETURNING id`;
  return { ...run, id: (row as { id: number }).id };
}

/**
 * Removes the files of what has been deleted. Rows went first, so a crash leaves files that this finds again, never rows without files.
 * @returns false when it was stopped before the end
 */
async function removeFiles({ sql, evidence, stopped }: FinishParts, runId: number): Promise<boolean> {
  const owed = await sql<{ number: number; alert_ids: string[] }[]>`
    SELECT number, alert_ids FROM retention_batches WHERE run_id = ${runId} AND NOT files_gone ORDER BY number`;
  for (const { number, alert_ids } of owed) {
    for (const alertId of alert_ids) {
      if (stopped()) return false;
      for (const { file } of await evidence.list(alertId)) await evidence.remove(alertId, file);
    }
    await sql`UPDATE retention_batches SET files_gone = true WHERE run_id = ${runId} AND number = ${number}`;
  }
  return true;
}

interface Total {
  items: number;
  files: number;
  oldestMs: number | null;
  newestMs: number | null;
  owed: number;
}

/** Hash over the list of a run, as it is signed. */
export async function listHash(sql: Queryable, runId: number): Promise<string> {
  const hash = createHash('sha256');
  for (let number = 1; ; number++) {
    const [row] = await sql<{ lines: string }[]>`SELECT lines FROM retention_batches WHERE run_id = ${runId} AND number = ${number}`;
    if (!row) return hash.digest('hex');
    hash.update(`${row.lines}\n`);
  }
}

async function sign(transaction: Transaction, run: OpenRun, key: SigningKey, nowMs: number): Promise<void> {
  const [open] = await transaction`SELECT 1 FROM retention_runs WHERE id = ${run.id} AND finished_at_ms IS NULL FOR UPDATE`;
  if (!open) return;
  const [row] = await transaction<Total[]>`
    SELECT sum(items) AS items, sum(files) AS files, min(oldest_ms) AS "oldestMs", max(newest_ms) AS "newestMs",
      count(*) FILTER (WHERE NOT files_gone) AS owed FROM retention_batches WHERE run_id = ${run.id}`;
  const { owed, ...total } = row as Total;
  if (owed > 0) throw new Error(`run ${run.id} still has files to remove`);
  const { id, ...facts } = run;
  const statement: RunStatement = {
    ...{ format: 'safecity-retention/1', run: id, ...facts, finishedAtMs: nowMs, ...total },
    ...{ listSha256: await listHash(transaction, id), keyFingerprint: key.fingerprint },
  };
  const text = JSON.stringify(statement);
  const content = { statementSha256: sha256Hex(text), run: id, class: run.class, items: total.items, files: total.files };
  const { seq } = await appendLedger(transaction, { atMs: nowMs, kind: 'retention.deleted', subject: `retention:${run.class}`, content });
  await transaction`
    UPDATE retention_runs SET finished_at_ms = ${nowMs}, statement = ${text}, signature = ${key.sign(Buffer.from(text)).toString('base64')},
      public_key = ${key.publicPem}, ledger_seq = ${seq} WHERE id = ${id}`;
}

/** Ends a run: its files go, then it is signed and entered in the ledger. One that was stopped stays open. */
export async function finishRun(parts: FinishParts, run: OpenRun, nowMs: number): Promise<void> {
  if (!(await removeFiles(parts, run.id))) return;
  await parts.sql.begin((transaction) => sign(transaction, run, parts.signingKey, nowMs));
}
