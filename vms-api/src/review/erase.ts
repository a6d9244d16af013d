import { recordAudit } from '../audit/audit.js';
import type { Transaction } from '../database/connection.js';
import type { EvidenceFiles } from '../evidence/evidence-files.js';
import { refuseHeld } from '../holds/hold-store.js';
import { sha256Hex } from '../ledger/chain.js';
import { appendLedger } from '../ledger/ledger.js';
import { failure, notFound } from '../server/failure.js';
import type { ReviewContext } from './review-context.js';
import type { CaseState, ErasureRecord } from './review-schemas.js';

interface Order {
  officer: string;
  ground: string;
}

interface Erased {
  alertId: string;
  record: ErasureRecord;
}

async function existingRecord(transaction: Transaction, alertId: string): Promise<ErasureRecord | null> {
  const [row] = await transaction<ErasureRecord[]>`
    SELECT statement, signature, ledger_seq AS "ledgerSeq" FROM erasure_records WHERE alert_id = ${alertId}`;
  return row ?? null;
}

async function eraseIn(transaction: Transaction, context: ReviewContext, caseId: string, order: Order): Promise<Erased> {
  const { identity, nowMs: atMs, address, signingKey } = context;
  const [row] = await transaction<{ alert_id: string; state: CaseState }[]>`
    SELECT alert_id, state FROM violation_cases
    WHERE id = ${caseId} AND NOT planted AND unit_id = ANY(${identity.unitIds}) FOR UPDATE`;
  if (!row) throw notFound('case', caseId);
  const alertId = row.alert_id;
  const done = await existingRecord(transaction, alertId);
  if (done) return { alertId, record: done };
  if (row.state !== 'confirmed' && row.state !== 'rejected')
    throw failure('API_REVIEW_STATE', 409, `the case is ${row.state}: nothing is erased before it is decided`);
  await refuseHeld(transaction, alertId);
  const files = await transaction<{ file: string; sha256: string }[]>`
    SELECT file, sha256 FROM alert_evidence WHERE alert_id = ${alertId}
    UNION ALL SELECT crop ->> 'file', crop ->> 'sha256' FROM alert_evidence WHERE alert_id = ${alertId} AND crop IS NOT NULL
    UNION ALL SELECT file, sha256 FROM evidence_derivatives WHERE alert_id = ${alertId}
    UNION ALL SELECT file, sha256 FROM alert_clips WHERE alert_id = ${alertId} ORDER BY file`;
  const statement = JSON.stringify({
    format: 'safecity-erasure/1',
    caseId,
    alertId,
    ...order,
    by: identity.username,
    atMs,
    files: [...files],
  });
  const signature = signingKey.sign(Buffer.from(statement)).toString('base64');
  await recordAudit(transaction, {
    atMs,
    actor: identity.username,
    action: 'evidence.erased',
    subject: `alert:${alertId}`,
    detail: { ...order },
    address,
  });
  const content = { statementSha256: sha256Hex(statement), by: identity.username, ...order };
  const { seq: ledgerSeq } = await appendLedger(transaction, { atMs, kind: 'evidence.erased', subject: `alert:${alertId}`, content });
  await transaction`INSERT INTO erasure_records (alert_id, statement, signature, ledger_seq, at_ms)
    VALUES (${alertId}, ${statement}, ${signature}, ${ledgerSeq}, ${atMs})`;
  await transaction`UPDATE evidence_jobs SET state = 'given-up' WHERE alert_id = ${alertId} AND state = 'pending'`;
  await transaction`DELETE FROM evidence_derivatives WHERE alert_id = ${alertId}`;
  await transaction`DELETE FROM alert_evidence WHERE alert_id = ${alertId}`;
  await transaction`DELETE FROM alert_clips WHERE alert_id = ${alertId}`;
  await transaction`UPDATE violation_cases SET erased_at_ms = ${atMs} WHERE alert_id = ${alertId}`;
  return { alertId, record: { statement, signature, ledgerSeq } };
}

/**
 * Erases pictures and clips of a decided case, on an officer's order. The order is signed and entered in the ledger first;
 * without it the database deletes nothing. Case, decisions and forms stay. Asked again it removes what a crash has left.
 * @throws SafecityError `API_NOT_FOUND`, `API_REVIEW_STATE` (409), `API_HELD` (409)
 */
export async function eraseEvidence(context: ReviewContext, store: EvidenceFiles, caseId: string, order: Order): Promise<ErasureRecord> {
  const { alertId, record } = (await context.sql.begin((transaction) => eraseIn(transaction, context, caseId, order))) as Erased;
  const { files } = JSON.parse(record.statement) as { files: { file: string }[] };
  for (const { file } of files) await store.remove(alertId, file);
  return record;
}
