import { createPublicKey, verify } from 'node:crypto';
import { openDatabase, type Queryable } from '../database/connection.js';
import { sha256Hex } from '../ledger/chain.js';
import { checkLedger } from '../ledger/ledger.js';
import { fingerprintOf } from '../ledger/signing-key.js';
import { listHash, type RunStatement } from './runs.js';

export interface RetentionVerdict {
  ok: boolean;
  runs: number;
  problems: { run: number; problem: string }[];
  /** Fingerprints of the keys that signed: to be compared with what the office publishes. */
  keys: string[];
}

interface RunRow {
  id: number;
  class: string;
  before_ms: number;
  finished_at_ms: number | null;
  statement: string | null;
  signature: string;
  public_key: string;
  ledger_payload: string | null;
}

interface Sums {
  items: number;
  files: number;
}

async function problemsOf(sql: Queryable, row: RunRow, keys: Set<string>, trusted?: readonly string[]): Promise<string[]> {
  if (row.statement === null) return ['is not finished: start the service, it takes it up again'];
  const key = createPublicKey(row.public_key);
  keys.add(fingerprintOf(key));
  const said = JSON.parse(row.statement) as RunStatement;
  const [sums] = await sql<Sums[]>`SELECT sum(items) AS items, sum(files) AS files FROM retention_batches WHERE run_id = ${row.id}`;
  const content = (JSON.parse(row.ledger_payload ?? '{}') as { content?: { statementSha256?: string } }).content;
  const [back] = await sql<{ items: number }[]>`
    SELECT count(*) AS items FROM retention_batches b, unnest(string_to_array(b.lines, E'\n')) line, alerts a
    WHERE b.run_id = ${row.id} AND line LIKE 'alert %' AND a.id::text = substr(line, 7)`;
  const checks: [boolean, string][] = [
    [verify(null, Buffer.from(row.statement), key, Buffer.from(row.signature, 'base64')), 'its signature does not match'],
    [said.keyFingerprint === fingerprintOf(key), 'it was signed by another key than it names'],
    [trusted?.includes(fingerprintOf(key)) ?? true, 'it is not signed by a key that the office publishes'],
    [
      said.run === row.id && said.class === row.class && said.beforeMs === row.before_ms,
      'its row says something else than what was signed',
    ],
    [said.items === sums?.items && said.files === sums.files, 'its counts are not those of its list'],
    [said.listSha256 === (await listHash(sql, row.id)), 'its list was changed'],
    [content?.statementSha256 === sha256Hex(row.statement), 'the ledger does not know it'],
    [back?.items === 0, 'something that it names is there again'],
  ];
  return checks.flatMap(([holds, problem]) => (holds ? [] : [problem]));
}

/**
 * Checks every record of what was deleted: its signature, its list, its entry in the ledger and the chain of the ledger.
 * @param trusted fingerprints that the office publishes, lower case; without them anybody could have made the key
 */
export async function verifyRetention(databaseUrl: string, trusted?: readonly string[]): Promise<RetentionVerdict> {
  const sql = openDatabase(databaseUrl, { name: 'safecity-retention', maxConnections: 1 });
  try {
    const rows = await sql<RunRow[]>`
      SELECT r.*, l.payload AS ledger_payload FROM retention_runs r LEFT JOIN ledger l ON l.seq = r.ledger_seq ORDER BY r.id`;
    const keys = new Set<string>();
    const problems: RetentionVerdict['problems'] = [];
    for (const row of rows) for (const problem of await problemsOf(sql, row, keys, trusted)) problems.push({ run: row.id, problem });
    const gone = await sql<{ run: number }[]>`
      SELECT (l.payload::jsonb #>> '{content,run}')::bigint AS run FROM ledger l
      WHERE l.kind = 'retention.deleted' AND NOT EXISTS (SELECT 1 FROM retention_runs r WHERE r.ledger_seq = l.seq) ORDER BY l.seq`;
    for (const { run } of gone) problems.push({ run, problem: 'its record is gone: the ledger has its entry' });
    const { firstBreak } = await checkLedger(sql);
    if (firstBreak) problems.push({ run: 0, problem: `the ledger is broken at entry ${firstBreak.seq}: ${firstBreak.problem}` });
    return { ok: problems.length === 0, runs: rows.length, problems, keys: [...keys] };
  } finally {
    await sql.end({ timeout: 5 });
  }
}
