import { createHash } from 'node:crypto';
import type { Queryable } from '../database/connection.js';
import type { EvidenceFiles } from '../evidence/evidence-files.js';
import { type ChainRow, GENESIS, headStatement } from '../ledger/chain.js';
import type { SigningKey } from '../ledger/signing-key.js';
import { failure } from '../server/failure.js';

/** Bytes held at once of a stored file. */
const FILE_BYTES = 4 * 1024 ** 2;
/** Entries held at once of the ledger. */
const ENTRIES = 5000;

/** Parts of something long, made while they are taken. */
export type Parts = AsyncGenerator<Buffer>;

/** A stored file of an alert, and the hash that was recorded when it was stored. */
export interface StoredPart {
  alertId: string;
  file: string;
  sha256: string;
}

/**
 * A file of the evidence store, part by part.
 * @throws SafecityError `API_EVIDENCE_HASH`, at its end, when it is gone or was changed
 */
export async function* fileParts(evidence: EvidenceFiles, { alertId, file, sha256 }: StoredPart, atOnce = FILE_BYTES): Parts {
  const hash = createHash('sha256');
  for (let first = 0; ; ) {
    const part = await evidence.readSpan(alertId, file, { first, last: first + atOnce - 1 });
    if (!part) break;
    hash.update(part);
    yield part;
    first += part.length;
  }
  if (hash.digest('hex') !== sha256)
    throw failure('API_EVIDENCE_HASH', 500, `the stored file ${file} is gone or no longer has its recorded hash: restore it from backup`);
}

/** Bytes of a stored file that has its recorded hash. @throws SafecityError `API_EVIDENCE_HASH` */
export async function checkedSize(evidence: EvidenceFiles, stored: StoredPart): Promise<number> {
  let sizeBytes = 0;
  for await (const part of fileParts(evidence, stored)) sizeBytes += part.length;
  return sizeBytes;
}

interface EntryRow {
  seq: number;
  payload: string | null;
  payload_sha256: string;
}

const entryText = ({ seq, payload, payload_sha256: payloadSha256 }: EntryRow) =>
  JSON.stringify({ seq: Number(seq), payloadSha256, ...(payload === null ? {} : { payload }) });

/**
 * `chain.json`: the ledger from the first entry of the case to its head; what belongs to other cases is there by its hash alone. What is
 * entered is never changed, so it is read after the head was entered: nobody else who appends waits for it.
 */
export async function* chainParts(sql: Queryable, subject: string, head: ChainRow, key: SigningKey, atOnce = ENTRIES): Parts {
  const [start] = await sql<{ seq: number; before: string | null }[]>`
    SELECT l.seq, (SELECT b.hash FROM ledger b WHERE b.seq = l.seq - 1) AS before FROM ledger l
    WHERE l.subject = ${subject} ORDER BY l.seq LIMIT 1`;
  const first = Number(start?.seq ?? head.seq);
  yield Buffer.from(`{"startHash":${JSON.stringify(start?.before ?? GENESIS)},"entries":[`);
  for (let next = first; next <= head.seq; ) {
    const rows = await sql<EntryRow[]>`
      SELECT seq, CASE WHEN subject = ${subject} THEN payload END AS payload, payload_sha256 FROM ledger
      WHERE seq >= ${next} AND seq <= ${head.seq} ORDER BY seq LIMIT ${atOnce}`;
    if (rows.length === 0) throw new Error(`the ledger has no entry ${next}, and its head is ${head.seq}`);
    yield Buffer.from(`${next === first ? '' : ','}\n${rows.map(entryText).join(',\n')}`);
    next = Number(rows.at(-1)?.seq) + 1;
  }
  const signature = key.sign(headStatement(head.seq, head.hash)).toString('base64');
  yield Buffer.from(`\n],"headHash":${JSON.stringify(head.hash)},"signature":${JSON.stringify(signature)}}\n`);
}
