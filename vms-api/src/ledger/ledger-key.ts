import { createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { recordAudit } from '../audit/audit.js';
import type { Queryable, Sql, Transaction } from '../database/connection.js';
import { failure } from '../server/failure.js';
import { appendLedger, lockLedger } from './ledger.js';
import { createSigningKey, fingerprintOf, readSigningKey, type SigningKey } from './signing-key.js';

export interface LedgerKeyOptions {
  sql: Sql;
  /** PEM file of the key. */
  file: string;
  /** Fingerprint of the key that ends: who names it says that another one begins. Undefined: none may. */
  after: string | undefined;
  nowMs: () => number;
}

/** What is said of the key of a ledger that was begun before keys were entered, and that nobody can name. */
const UNKNOWN = 'unknown';

/** The key that the ledger names last, and whether as an entry; null in an empty ledger. */
interface NamedKey {
  fingerprint: string;
  entered: boolean;
}

async function namedKey(sql: Queryable): Promise<NamedKey | null> {
  const [entry] = await sql<{ fingerprint: string }[]>`
    SELECT payload::jsonb #>> '{content,fingerprint}' AS fingerprint FROM ledger WHERE kind = 'key.began' ORDER BY seq DESC LIMIT 1`;
  if (entry) return { fingerprint: entry.fingerprint, entered: true };
  const [run] = await sql<{ public_key: string }[]>`
    SELECT public_key FROM retention_runs WHERE public_key IS NOT NULL ORDER BY id DESC LIMIT 1`;
  if (run) return { fingerprint: fingerprintOf(createPublicKey(run.public_key)), entered: false };
  const [any] = await sql`SELECT 1 FROM ledger LIMIT 1`;
  return any ? { fingerprint: UNKNOWN, entered: false } : null;
}

/** @throws SafecityError `API_SIGNING_KEY_CHANGED` */
function refuse(file: string, has: string, { fingerprint }: NamedKey): never {
  throw failure(
    'API_SIGNING_KEY_CHANGED',
    500,
    `${file} ${has}, and the ledger was signed with the key ${fingerprint}: restore that file from backup; or, if the key is lost, start with SAFECITY_SIGNING_KEY_AFTER=${fingerprint} to begin a new one, which is entered in ledger and audit log`,
  );
}

/** The key of the file, which is made where none has to be there. */
function keyOfFile({ file, after }: LedgerKeyOptions, named: NamedKey | null): SigningKey {
  if (existsSync(file)) return readSigningKey(file);
  if (named !== null && after !== named.fingerprint) refuse(file, 'is missing', named);
  return createSigningKey(file);
}

async function enter(transaction: Transaction, key: SigningKey, follows: string | null, atMs: number): Promise<void> {
  const { fingerprint, publicPem } = key;
  const subject = `key:${fingerprint}`;
  await appendLedger(transaction, { atMs, kind: 'key.began', subject, content: { fingerprint, publicKey: publicPem, follows } });
  if (follows !== null)
    await recordAudit(transaction, { atMs, actor: 'system', action: 'signing-key.began', subject, detail: { fingerprint, follows } });
}

/**
 * The key that signs what leaves the system, which the ledger names. The first one is made; another one never takes its place unless
 * somebody says so.
 * @throws SafecityError `API_SIGNING_KEY_CHANGED` when the file is missing or holds another key than the ledger names
 */
export async function keyOfLedger(options: LedgerKeyOptions): Promise<SigningKey> {
  const { sql, file, after, nowMs } = options;
  return sql.begin(async (transaction) => {
    await lockLedger(transaction);
    const named = await namedKey(transaction);
    const key = keyOfFile(options, named);
    const same = named === null || named.fingerprint === key.fingerprint;
    // A file that was there before keys were entered is taken at its word.
    const believed = same || (named.fingerprint === UNKNOWN && after === undefined);
    if (!believed && after !== named.fingerprint) refuse(file, `holds the key ${key.fingerprint}`, named);
    if (!same || !named?.entered) await enter(transaction, key, believed ? null : named.fingerprint, nowMs());
    return key;
  }) as Promise<SigningKey>;
}
