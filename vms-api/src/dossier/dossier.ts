import { readFileSync } from 'node:fs';
import type { AlertDetail } from '../alerts/alert-schemas.js';
import type { Sql } from '../database/connection.js';
import type { DerivativeKind } from '../derivatives/derivative-rows.js';
import type { EvidenceFiles } from '../evidence/evidence-files.js';
import { type ChainRow, sha256Hex } from '../ledger/chain.js';
import { appendLedger } from '../ledger/ledger.js';
import type { SigningKey } from '../ledger/signing-key.js';
import type { TimeStampAuthority } from '../time-stamp/authority.js';
import { ledgerStamps } from '../time-stamp/ledger-stamper.js';
import { TIME_STAMP_FILE } from './check-dossier.js';
import { LEDGER_STAMPS_FILE, type StampedHead } from './check-stamps.js';
import { dossierPage } from './dossier-page.js';
import { chainParts, checkedSize, fileParts } from './dossier-parts.js';
import type { DossierContent } from './dossier-zip.js';

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
  files: Map<string, DossierContent>;
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

/** The evidence, each file checked, none held. */
async function addEvidence({ evidence }: DossierOptions, request: DossierRequest, dossier: Dossier): Promise<void> {
  const wanted = [
    ...(request.unmasked ? request.evidence.map((one) => ({ ...one, folder: 'evidence' })) : []),
    ...request.derived.map((one) => ({ ...one, folder: 'derived' })),
  ];
  for (const { file, sha256, folder } of wanted) {
    const stored = { alertId: request.alert.id, file, sha256 };
    const path = `${folder}/${file}`;
    dossier.listed.push({ path, sha256, sizeBytes: await checkedSize(evidence, stored) });
    dossier.files.set(path, () => fileParts(evidence, stored));
  }
}

/** What was gathered of a dossier, and what its manifest lists of that. */
interface Dossier {
  files: Map<string, DossierContent>;
  listed: { path: string; sha256: string; sizeBytes: number }[];
}

function addBytes({ files, listed }: Dossier, path: string, bytes: Buffer): void {
  files.set(path, bytes);
  listed.push({ path, sha256: sha256Hex(bytes), sizeBytes: bytes.length });
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
  files: Map<string, DossierContent>,
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
 * Evidence and ledger, which may be large, are read when the dossier is packed, a part at a time.
 * @returns path inside the dossier → content, and whether it is time-stamped
 * @throws SafecityError `API_EVIDENCE_HASH` when a stored file is gone or was changed
 */
export async function buildDossier(options: DossierOptions, request: DossierRequest): Promise<BuiltDossier> {
  const { signingKey, authority } = options;
  const exportedAtMs = options.nowMs();
  const dossier: Dossier = { files: new Map(), listed: [] };
  await addEvidence(options, request, dossier);
  const text = (value: unknown) => Buffer.from(JSON.stringify(value, null, 1));
  addBytes(dossier, 'case.json', text(request.alert));
  addBytes(dossier, 'metadata.json', text(request.metadata));
  addBytes(dossier, 'camera.json', text(request.cameraVersion));
  addBytes(dossier, 'verify.mjs', readFileSync(VERIFIER));
  const page = dossierPage({ ...request, exportedAtMs, fingerprint: signingKey.fingerprint, timeStamps: authority !== null });
  addBytes(dossier, 'index.html', Buffer.from(page));
  const stamps = await stampsOf(options.sql, `alert:${request.alert.id}`);
  if (stamps) addBytes(dossier, LEDGER_STAMPS_FILE, stamps);
  const { files } = dossier;
  const listed = dossier.listed.map((one) => ({
    ...one,
    ...(one.path.startsWith('evidence/') ? { evidence: true } : {}),
    ...derivedFacts(request, one.path),
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
  files.set('manifest.json', manifest);
  files.set('manifest.sig', Buffer.from(`${signingKey.sign(manifest).toString('base64')}\n`));
  files.set('chain.json', () => chainParts(options.sql, subject, head, signingKey));
  files.set('public-key.pem', Buffer.from(signingKey.publicPem));
  return { files, timeStamp: await stampManifest(authority, files, manifest) };
}
