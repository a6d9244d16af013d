import { createHash } from 'node:crypto';

/** Hash before the first entry of every ledger. */
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
