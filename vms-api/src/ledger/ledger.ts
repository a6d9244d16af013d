import type { Queryable, Transaction } from '../database/connection.js';
import { type ChainRow, type ChainVerdict, checkChain, nextRow } from './chain.js';

/** What the ledger holds. */
export type LedgerKind =
  | 'evidence.stored'
  | 'evidence.derived'
  | 'evidence.lost'
  | 'dossier.exported'
  | 'review.decided'
  | 'form.issued'
  | 'evidence.erased'
  | 'retention.deleted'
  | 'key.began';

export interface LedgerEntry {
  atMs: number;
  kind: LedgerKind;
  /** What it is about: `alert:<id>` for a case, `retention:<class>`, `key:<fingerprint>`. */
  subject: string;
  content: Record<string, unknown>;
}

/** Any number that no other lock uses: who appends holds it until the transaction ends, so entries are in one row. */
const LOCK = 5_137_702_412;

/** Lets nobody else append until the transaction ends. */
export async function lockLedger(transaction: Transaction): Promise<void> {
  await transaction`SELECT pg_advisory_xact_lock(${LOCK})`;
}

/**
 * Appends to the hash-chained ledger in the transaction of the change, so that neither exists without the other. Others that
 * append wait for the transaction's end: call it late, before the alert clock.
 */
export async function appendLedger(transaction: Transaction, entry: LedgerEntry): Promise<ChainRow> {
  await lockLedger(transaction);
  const [head] = await transaction<{ seq: number; hash: string }[]>`SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1`;
  const row = nextRow(head, entry);
  await transaction`INSERT INTO ledger (seq, at_ms, kind, subject, payload, payload_sha256, hash)
    VALUES (${row.seq}, ${entry.atMs}, ${entry.kind}, ${entry.subject}, ${row.payload}, ${row.payload_sha256}, ${row.hash})`;
  return row;
}

const AT_ONCE = 5000;

async function* rowsOf(sql: Queryable): AsyncGenerator<ChainRow> {
  for (let after = 0; ; ) {
    const rows = await sql<ChainRow[]>`
      SELECT seq, payload, payload_sha256, hash FROM ledger WHERE seq > ${after} ORDER BY seq LIMIT ${AT_ONCE}`;
    yield* rows;
    if (rows.length < AT_ONCE) return;
    after = Number(rows.at(-1)?.seq);
  }
}

/** Goes through the whole ledger and recomputes every hash. */
export function checkLedger(sql: Queryable): Promise<ChainVerdict> {
  return checkChain(rowsOf(sql));
}
