import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { SafecityError } from '@safecity/contracts';
import { openDatabase } from '../database/connection.js';
import { type ChainRow, type ChainVerdict, checkChain } from '../ledger/chain.js';
import { auditRows } from './audit.js';

/** Where a log is read from: the database itself, or a file that auditors exported. */
export type AuditSource = { databaseUrl: string } | { file: string };

function rowOf(line: string, number: number): ChainRow {
  try {
    const { seq, payload, payload_sha256, hash } = JSON.parse(line) as ChainRow;
    if (typeof payload === 'string' && Number.isInteger(seq)) return { seq, payload, payload_sha256, hash };
  } catch {}
  throw new SafecityError('API_AUDIT_UNREADABLE', `line ${number} is no entry of an audit log: export the log again`);
}

async function* fileRows(file: string): AsyncGenerator<ChainRow> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (line !== '') yield rowOf(line, number);
  }
}

/** A head noted earlier, `<number>:<hash>`: a log that was written anew as a whole no longer has it. */
async function* watched(rows: AsyncIterable<ChainRow>, known: Pick<ChainRow, 'seq' | 'hash'>, seen: (hash: string) => void) {
  for await (const row of rows) {
    if (Number(row.seq) === known.seq) seen(row.hash);
    yield row;
  }
}

/**
 * Recomputes the whole chain of the audit log and names the first entry that is not as it was written.
 * @param known a head that was noted before: that entry must still have that hash
 * @throws SafecityError `API_AUDIT_UNREADABLE`
 */
export async function verifyAudit(source: AuditSource, known?: Pick<ChainRow, 'seq' | 'hash'>): Promise<ChainVerdict> {
  const sql = 'databaseUrl' in source ? openDatabase(source.databaseUrl, { name: 'safecity-audit', maxConnections: 1 }) : null;
  try {
    const rows = 'file' in source ? fileRows(source.file) : auditRows(sql as NonNullable<typeof sql>);
    if (!known) return await checkChain(rows);
    let hash: string | undefined;
    const verdict = await checkChain(watched(rows, known, (found) => (hash = found)));
    if (verdict.firstBreak !== null || hash === known.hash) return verdict;
    const problem = hash === undefined ? 'the entry is missing' : 'it does not have the hash that was noted: the log was written anew';
    return { ...verdict, firstBreak: { seq: known.seq, problem } };
  } finally {
    await sql?.end({ timeout: 5 });
  }
}
