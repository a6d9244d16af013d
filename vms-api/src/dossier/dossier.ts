import { readFileSync } from 'node:fs';
import type { AlertDetail } from '../alerts/alert-schemas.js';
import type { Queryable, Sql } from '../database/connection.js';
import type { DerivativeKind } from '../derivatives/derivative-rows.js';
import type { EvidenceFiles } from '../evidence/evidence-files.js';
import { type ChainRow, GENESIS, headStatement, sha256Hex } from '../ledger/chain.js';
import { appendLedger } from '../ledger/ledger.js';
import type { SigningKey } from '../ledger/signing-key.js';
import { failure } from '../server/failure.js';
import type { TimeStampAuthority } from '../time-stamp/authority.js';
import { ledgerStamps } from '../time-stamp/ledger-stamper.js';
import { TIME_STAMP_FILE } from './check-dossier.js';
import { LEDGER_STAMPS_FILE, type StampedHead } from './check-stamps.js';
import { dossierPage } from './dossier-page.js';

export interface DossierOptions {
  sql: Sql;
  evidence: EvidenceFiles;
  signingKey: SigningKey;
  version: string;
  nowMs: () => number;
  /** Null: nothing is time-stamped. */
  authority: TimeStampAuthority | null;
}

/** A dossier, and whether its manifest is time-stamped; if not, why. */
export interface BuiltDossier {
  files: Map<string, Uint8Array>;
  timeStamp: { stamped: true; atMs: number } | { stamped: false; reason: string | null };
}

/** A file of the evidence store. */
export interface DossierFile {
  file: string;
  sha256: string;
  moment: string;
  capturedAtMs: number;
  /** Why there is no masked copy of it. */
  notMasked?: string;
}

/** A file made from another one. */
export interface DerivedFile extends DossierFile {
  kind: DerivativeKind;
  /** Hash of the original. */
  of: string;
}

export interface DossierRequest {
  alert: AlertDetail;
  /** Files of the case: name in the evidence store, and the hash recorded when it was stored. */
  evidence: DossierFile[];
  /** Files made from them. */
  derived: DerivedFile[];
  /** Originals are in it. Otherwise what was made from them alone is, and the manifest names what was left out. */
  unmasked: boolean;
  /** Configuration of the camera in force when the alert was raised: geometry and rules, no addresses. */
  cameraVersion: unknown;
  /** What the evidence rests on: `metadata.json`. */
  metadata: object;
  exportedBy: string;
  reason: string;
}

/** The compiled checker, from the sources and from the build alike. */
const VERIFIER = new URL('../../dist/dossier/check-dossier.js', import.meta.url);

async function evidenceBytes({ evidence }: DossierOptions, request: DossierRequest): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const wanted = [
    ...(request.unmasked ? request.evidence.map((one) => ({ ...one, folder: 'evidence' })) : []),
    ...request.derived.map((one) => ({ ...one, folder: 'derived' })),
  ];
  for (const { file, sha256, folder } of wanted) {
    const bytes = await evidence.read(request.alert.id, file);
    if (!bytes || sha256Hex(bytes) !== sha256) {
      throw failure('API_EVIDENCE_HASH', 500, `the stored file ${file} is gone or no longer has its recorded hash: restore it from backup`);
    }
    files.set(`${folder}/${file}`, bytes);
  }
  return files;
}

/**
 * The ledger from the first entry of the case to its head; what belongs to other cases is there by its hash alone. What is entered is
 * never changed, so it is read after the head was entered: nobody else who appends waits for it.
 */
async function chainOf(sql: Queryable, subject: string, head: ChainRow, key: SigningKey): Promise<Buffer> {
  const rows = await sql<{ seq: number; payload: string | null; payload_sha256: string }[]>`
    SELECT seq, CASE WHEN subject = ${subject} THEN payload END AS payload, payload_sha256 FROM ledger
    WHERE seq >= (SELECT min(seq) FROM ledger WHERE subject = ${subject}) AND seq <= ${head.seq} ORDER BY seq`;
  const first = Number(rows[0]?.seq ?? 1);
  const [before] = await sql<{ hash: string }[]>`SELECT hash FROM ledger WHERE seq = ${first - 1}`;
  const entries = rows.map((row) => ({
    seq: Number(row.seq),
    payloadSha256: row.payload_sha256,
    ...(row.payload === null ? {} : { payload: row.payload }),
  }));
  const signature = key.sign(headStatement(head.seq, head.hash)).toString('base64');
  return Buffer.from(JSON.stringify({ startHash: before?.hash ?? GENESIS, entries, headHash: head.hash, signature }, null, 1));
}

function derivedFacts({ derived }: DossierRequest, path: string): { kind?: DerivativeKind; derivedFrom?: string } {
  const found = derived.find(({ file }) => path === `derived/${file}`);
  return found ? { kind: found.kind, derivedFrom: found.of } : {};
}

/** Time stamps of the ledger that speak for the case. */
async function stampsOf(sql: Sql, subject: string): Promise<Buffer | null> {
  const heads: StampedHead[] = (await ledgerStamps(sql, subject)).map(({ seq, token }) => ({ seq, token: token.toString('base64') }));
  return heads.length === 0 ? null : Buffer.from(JSON.stringify(heads, null, 1));
}

/** An authority that is away holds up no export: the ledger's next time stamp covers its entry. */
async function stampManifest(
  authority: TimeStampAuthority | null,
  files: Map<string, Uint8Array>,
  manifest: Buffer,
): Promise<BuiltDossier['timeStamp']> {
  if (!authority) return { stamped: false, reason: null };
  try {
    const { token, stamp } = await authority.stamp(manifest);
    files.set(TIME_STAMP_FILE, token);
    return { stamped: true, atMs: stamp.atMs };
  } catch (error) {
    return { stamped: false, reason: error instanceof Error ? error.message : 'unknown reason' };
  }
}

/**
 * Everything about one case in one set of files that can be checked offline: the evidence as it was stored or what was made from it, the case, the
 * camera's configuration, a page to read, a verifier, the signed manifest and the part of the ledger that the case is in.
 * The export itself is entered in the ledger, with the manifest's hash.
 * @returns path inside the dossier → bytes, and whether it is time-stamped
 * @throws SafecityError `API_EVIDENCE_HASH` when a stored file is gone or was changed
 */
export async function buildDossier(options: DossierOptions, request: DossierRequest): Promise<BuiltDossier> {
  const { signingKey, authority } = options;
  const exportedAtMs = options.nowMs();
  const files = await evidenceBytes(options, request);
  const text = (value: unknown) => Buffer.from(JSON.stringify(value, null, 1));
  files.set('case.json', text(request.alert));
  files.set('metadata.json', text(request.metadata));
  files.set('camera.json', text(request.cameraVersion));
  files.set('verify.mjs', readFileSync(VERIFIER));
  files.set(
    'index.html',
    Buffer.from(dossierPage({ ...request, exportedAtMs, fingerprint: signingKey.fingerprint, timeStamps: authority !== null })),
  );
  const stamps = await stampsOf(options.sql, `alert:${request.alert.id}`);
  if (stamps) files.set(LEDGER_STAMPS_FILE, stamps);
  const listed = [...files].map(([path, bytes]) => ({
    path,
    sha256: sha256Hex(bytes),
    sizeBytes: bytes.length,
    ...(path.startsWith('evidence/') ? { evidence: true } : {}),
    ...derivedFacts(request, path),
  }));
  const { alert, exportedBy, reason } = request;
  const manifest = text({
    format: 'safecity-dossier/1',
    caseId: alert.id,
    exportedAtMs,
    exportedBy,
    reason,
    simulated: alert.simulated,
    unmasked: request.unmasked,
    withheld: request.unmasked
      ? []
      : request.evidence.map(({ file, sha256, notMasked }) => ({ file, sha256, ...(notMasked ? { notMasked } : {}) })),
    software: `safecity ${options.version}`,
    keyFingerprint: signingKey.fingerprint,
    files: listed,
  });
  const subject = `alert:${alert.id}`;
  const content = { manifestSha256: sha256Hex(manifest), by: exportedBy, reason };
  const entry = { atMs: exportedAtMs, kind: 'dossier.exported', subject, content } as const;
  const head = (await options.sql.begin((transaction) => appendLedger(transaction, entry))) as ChainRow;
  const chain = await chainOf(options.sql, subject, head, signingKey);
  files.set('manifest.json', manifest);
  files.set('manifest.sig', Buffer.from(`${signingKey.sign(manifest).toString('base64')}\n`));
  files.set('chain.json', chain);
  files.set('public-key.pem', Buffer.from(signingKey.publicPem));
  return { files, timeStamp: await stampManifest(authority, files, manifest) };
}
