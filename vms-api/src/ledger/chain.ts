import { createHash } from 'node:crypto';

/** Hash before the first entry of every chain. */
export const GENESIS = '0'.repeat(64);

export function sha256Hex(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Hash of an entry: SHA-256 over the hash before it, its number and the hash of its payload, a line each. */
export function entryHash(previousHash: string, seq: number, payloadSha256: string): string {
  return sha256Hex(`${previousHash}\n${seq}\n${payloadSha256}`);
}

/** What is signed for the head of a ledger. */
export function headStatement(seq: number, hash: string): Buffer {
  return Buffer.from(`safecity-ledger\n${seq}\n${hash}`);
}

/** An entry as it is stored: the very bytes that were hashed, and the hashes. */
export interface ChainRow {
  seq: number;
  payload: string;
  payload_sha256: string;
  hash: string;
}

/** The entry that follows a head (undefined: the first of all). */
export function nextRow(head: Pick<ChainRow, 'seq' | 'hash'> | undefined, content: object): ChainRow {
  const seq = Number(head?.seq ?? 0) + 1;
  const payload = JSON.stringify({ seq, ...content });
  const payloadSha256 = sha256Hex(payload);
  return { seq, payload, payload_sha256: payloadSha256, hash: entryHash(head?.hash ?? GENESIS, seq, payloadSha256) };
}

/** A break found in a chain. */
export interface ChainBreak {
  seq: number;
  problem: string;
}

export interface ChainVerdict {
  /** Entries that are in order, from the first on. */
  entries: number;
  /** Hash of the last of them. */
  head: string;
  firstBreak: ChainBreak | null;
}

function problemOf(row: ChainRow, expected: number, previous: string): string | null {
  if (Number(row.seq) !== expected) return 'the entry is missing';
  if (sha256Hex(row.payload) !== row.payload_sha256) return 'its content was changed';
  return entryHash(previous, expected, row.payload_sha256) === row.hash ? null : 'it does not follow from the entry before';
}

/** Goes through a whole chain, given in order of its numbers, and recomputes every hash. */
export async function checkChain(rows: AsyncIterable<ChainRow>): Promise<ChainVerdict> {
  let [head, entries] = [GENESIS, 0];
  for await (const row of rows) {
    const problem = problemOf(row, entries + 1, head);
    if (problem !== null) return { entries, head, firstBreak: { seq: entries + 1, problem } };
    head = row.hash;
    entries++;
  }
  return { entries, head, firstBreak: null };
}
