import type { FullAlertRow } from '../alerts/alert-rows.js';
import type { Queryable, Sql, Transaction } from '../database/connection.js';
import { type EvidenceFiles, hashesOf } from '../evidence/evidence-files.js';
import { appendLedger } from '../ledger/ledger.js';

/** `masked`: faces and plates of others hidden; `overview`: the track drawn in; `plate`: the subject's plate. */
export const DERIVATIVE_KINDS = ['masked', 'overview', 'plate'] as const;
export type DerivativeKind = (typeof DERIVATIVE_KINDS)[number];

/** A row of `evidence_derivatives`. */
export interface DerivativeRow {
  kind: DerivativeKind;
  source_file: string;
  source_sha256: string;
  file: string;
  width_px: number;
  height_px: number;
  size_bytes: number;
  sha256: string;
  sha1: string;
  facts: Record<string, unknown>;
  made_at_ms: number;
}

/** A file made from a picture or a clip, not stored yet. */
export interface MadeFile {
  kind: DerivativeKind;
  source: { file: string; sha256: string };
  /** Start of its name. */
  name: string;
  extension: 'jpg' | 'mp4';
  bytes: Buffer;
  widthPx: number;
  heightPx: number;
  facts: Record<string, unknown>;
}

/** The derivative of one file, or null while there is none. */
export async function findDerivative(sql: Queryable, alertId: string, kind: DerivativeKind, file: string): Promise<DerivativeRow | null> {
  const rows = await sql<DerivativeRow[]>`
    SELECT * FROM evidence_derivatives WHERE alert_id = ${alertId} AND kind = ${kind} AND source_file = ${file}`;
  return rows[0] ?? null;
}

async function insertRow(transaction: Transaction, alertId: string, made: MadeFile, file: string, madeAtMs: number): Promise<boolean> {
  const { kind, source, bytes, widthPx, heightPx, facts } = made;
  const { sha256, sha1 } = hashesOf(bytes);
  // Nothing is made of evidence that was erased meanwhile.
  const rows = await transaction`
    INSERT INTO evidence_derivatives (alert_id, kind, source_file, source_sha256, file, width_px, height_px, size_bytes, sha256, sha1, facts, made_at_ms)
    SELECT ${alertId}, ${kind}, ${source.file}, ${source.sha256}, ${file}, ${widthPx}, ${heightPx}, ${bytes.length}, ${sha256}, ${sha1},
      ${transaction.json(facts as never)}, ${madeAtMs}
    WHERE EXISTS (SELECT 1 FROM alert_evidence WHERE alert_id = ${alertId}
      AND (file = ${source.file} OR crop ->> 'file' = ${source.file}) FOR SHARE)
      OR EXISTS (SELECT 1 FROM alert_clips WHERE alert_id = ${alertId} AND file = ${source.file} FOR SHARE)
    ON CONFLICT (alert_id, kind, source_file) DO NOTHING RETURNING 1`;
  return rows.length > 0;
}

/**
 * Stores derivatives beside their originals and enters them in the ledger, with what they were made from. What another process
 * has made meanwhile stays, and ours is dropped.
 */
export async function storeDerivatives(
  { sql, files }: { sql: Sql; files: EvidenceFiles },
  alertId: string,
  made: readonly MadeFile[],
  atMs: number,
): Promise<void> {
  const named = made
    .map((one) => ({ one, sha256: hashesOf(one.bytes).sha256 }))
    .map(({ one, sha256 }) => ({
      ...{ one, sha256, file: `${one.name}-${sha256.slice(0, 16)}.${one.extension}` },
    }));
  for (const { one, file } of named) await files.write(alertId, file, one.bytes);
  const stored = (await sql.begin(async (transaction) => {
    const kept: typeof named = [];
    for (const item of named) if (await insertRow(transaction, alertId, item.one, item.file, atMs)) kept.push(item);
    const derived = kept.map(({ one, file, sha256 }) => ({ kind: one.kind, file, sha256, of: one.source.sha256, facts: one.facts }));
    if (derived.length > 0)
      await appendLedger(transaction, { atMs, kind: 'evidence.derived', subject: `alert:${alertId}`, content: { derived } });
    return new Set(kept.map(({ file }) => file));
  })) as Set<string>;
  for (const { one, file } of named) {
    if (stored.has(file)) continue;
    const theirs = await findDerivative(sql, alertId, one.kind, one.source.file);
    if (theirs?.file !== file) await files.remove(alertId, file);
  }
}

/** The derivatives of an alert of one kind. */
export function derivativesOf(alert: Pick<FullAlertRow, 'derivatives'>, kind: DerivativeKind): DerivativeRow[] {
  return alert.derivatives.filter((derivative) => derivative.kind === kind);
}
