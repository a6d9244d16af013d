import type { Queryable, Transaction } from '../database/connection.js';
import { entryHash, GENESIS, sha256Hex } from './chain.js';

/** What the ledger holds. */
export type LedgerKind = 'evidence.stored' | 'evidence.lost' | 'dossier.exported' | 'review.decided' | 'form.issued' | 'evidence.erased';

export interface LedgerEntry {
  atMs: number;
  kind: LedgerKind;
  /** The case it belongs to: `alert:<id>`. */
  subject: string;
  content: Record<string, unknown>;
}

export interface LedgerRow {
  seq: number;
  payload: string;
  payload_sha256: string;
  hash: string;
}

/** Any number that no other lock uses: who appends holds it until the transaction ends, so entries are in one row. */
const LOCK = 5_137_702_412;

/**
 * Appends to the hash-chained ledger in the transaction of the change, so that neither exists without the other. Others that
 * append wait for the transaction's end: call it late, before the alert clock.
 */
export async function appendLedger(transaction: Transaction, entry: LedgerEntry): Promise<LedgerRow> {
  await transaction`SELECT pg_advisory_xact_lock(${LOCK})`;
  const [head] = await transaction<{ seq: number; hash: string }[]>`SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1`;
  const seq = Number(head?.seq ?? 0) + 1;
  const payload = JSON.stringify({ seq, ...entry });
  const payloadSha256 = sha256Hex(payload);
  const hash = entryHash(head?.hash ?? GENESIS, seq, payloadSha256);
  await transaction`INSERT INTO ledger (seq, at_ms, kind, subject, payload, payload_sha256, hash)
    VALUES (${seq}, ${entry.atMs}, ${entry.kind}, ${entry.subject}, ${payload}, ${payloadSha256}, ${hash})`;
  return { seq, payload, payload_sha256: payloadSha256, hash };
}

/** A break found in the ledger. */
export interface LedgerBreak {
  seq: number;
  problem: string;
}

const AT_ONCE = 5000;

/** Goes through the whole ledger and recomputes every hash; null when nothing is wrong. */
export async function checkLedger(sql: Queryable): Promise<{ entries: number; firstBreak: LedgerBreak | null }> {
  let [previous, expected] = [GENESIS, 1];
  for (;;) {
    const rows = await sql<LedgerRow[]>`
      SELECT seq, payload, payload_sha256, hash FROM ledger WHERE seq >= ${expected} ORDER BY seq LIMIT ${AT_ONCE}`;
    for (const row of rows) {
      const seq = Number(row.seq);
      const problem = problemOf(row, seq, expected, previous);
      if (problem !== null) return { entries: expected - 1, firstBreak: { seq: expected, problem } };
      previous = row.hash;
      expected = seq + 1;
    }
    if (rows.length < AT_ONCE) return { entries: expected - 1, firstBreak: null };
  }
}

function problemOf(row: LedgerRow, seq: number, expected: number, previous: string): string | null {
  if (seq !== expected) return 'the entry is missing';
  if (sha256Hex(row.payload) !== row.payload_sha256) return 'its content was changed';
  return entryHash(previous, seq, row.payload_sha256) === row.hash ? null : 'it does not follow from the entry before';
}
