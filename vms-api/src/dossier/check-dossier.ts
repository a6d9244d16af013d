// This file stands alone: the compiled text goes into every dossier as `verify.mjs`, to be run by anybody with Node.
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Files that prove the others and cannot be listed in the manifest themselves. */
export const PROOF_FILES = ['manifest.json', 'manifest.sig', 'chain.json', 'public-key.pem'] as const;

/** RFC 3161 token over the manifest; only where an authority has given one. */
export const TIME_STAMP_FILE = 'manifest.tst';

/** One thing wrong with a dossier, and in which file. */
export interface DossierProblem {
  file: string;
  problem: string;
}

export interface DossierVerdict {
  ok: boolean;
  /** Files that are exactly as they were exported. */
  intact: string[];
  problems: DossierProblem[];
  /** Fingerprint of the key inside: compare it with the one that the office publishes. */
  keyFingerprint: string | null;
  caseId: string | null;
  exportedAtMs: number | null;
  /** A time stamp lies in it. It is not checked here: this file stands alone. */
  timeStamped: boolean;
}

interface Manifest {
  format: string;
  caseId: string;
  exportedAtMs: number;
  keyFingerprint: string;
  files: { path: string; sha256: string; sizeBytes: number; evidence?: boolean; derivedFrom?: string }[];
}

interface Chain {
  startHash: string;
  entries: { seq: number; payloadSha256: string; payload?: string }[];
  headHash: string;
  signature: string;
}

const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function parsed<T>(bytes: Uint8Array | undefined): T | null {
  try {
    return bytes ? (JSON.parse(Buffer.from(bytes).toString('utf8')) as T) : null;
  } catch {
    return null;
  }
}

function publicKeyOf(bytes: Uint8Array | undefined): KeyObject | null {
  try {
    return bytes ? createPublicKey(Buffer.from(bytes)) : null;
  } catch {
    return null;
  }
}

function isSigned(key: KeyObject, bytes: Uint8Array, signature: string): boolean {
  try {
    return verify(null, bytes, key, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}

function checkChain(chain: Chain | null, key: KeyObject | null): { payloads: Record<string, unknown>[]; problems: DossierProblem[] } {
  const file = 'chain.json';
  const broken = (problem: string) => ({ payloads: [], problems: [{ file, problem }] });
  if (!chain || !Array.isArray(chain.entries) || chain.entries.length === 0) return broken('is not readable');
  let hash = chain.startHash;
  let seq = chain.entries[0]?.seq ?? 0;
  const payloads: Record<string, unknown>[] = [];
  for (const entry of chain.entries) {
    if (entry.seq !== seq) return broken(`entry ${seq} is missing`);
    if (entry.payload !== undefined) {
      if (sha256(entry.payload) !== entry.payloadSha256) return broken(`the content of entry ${seq} was changed`);
      const payload = parsed<Record<string, unknown>>(Buffer.from(entry.payload)) ?? {};
      if (payload['seq'] !== seq) return broken(`the content of entry ${seq} is that of another one`);
      payloads.push(payload);
    }
    hash = sha256(`${hash}\n${seq}\n${entry.payloadSha256}`);
    seq++;
  }
  if (hash !== chain.headHash) return broken('its entries do not lead to its head: an entry was changed, added or left out');
  if (!key || !isSigned(key, Buffer.from(`safecity-ledger\n${seq - 1}\n${hash}`), chain.signature))
    return broken('its head is not signed by the key');
  return { payloads, problems: [] };
}

/** True when the manifest, as it is, was entered in the ledger when it was exported. */
function isExported(files: ReadonlyMap<string, Uint8Array>, payloads: Record<string, unknown>[]): boolean {
  const manifestSha256 = sha256(files.get('manifest.json') ?? new Uint8Array());
  return payloads.some(
    ({ kind, content }) => kind === 'dossier.exported' && (content as { manifestSha256?: string }).manifestSha256 === manifestSha256,
  );
}

function checkSeal(files: ReadonlyMap<string, Uint8Array>, key: KeyObject | null, payloads: Record<string, unknown>[]): DossierProblem[] {
  const bytes = files.get('manifest.json') ?? new Uint8Array();
  const signature = Buffer.from(files.get('manifest.sig') ?? []).toString('utf8');
  if (key && isSigned(key, bytes, signature.trim())) return [];
  return [
    isExported(files, payloads)
      ? { file: 'manifest.sig', problem: 'was changed: it is no signature of the manifest by the key' }
      : { file: 'manifest.json', problem: 'was changed: its signature does not match' },
  ];
}

function checkListed(manifest: Manifest, files: ReadonlyMap<string, Uint8Array>): { intact: string[]; problems: DossierProblem[] } {
  const [intact, problems]: [string[], DossierProblem[]] = [[], []];
  for (const { path, sha256: wanted, derivedFrom } of manifest.files) {
    const bytes = files.get(path);
    const what = derivedFrom === undefined ? '' : ` (a derivative of the original ${derivedFrom}, not the evidence itself)`;
    if (!bytes) problems.push({ file: path, problem: `is missing${what}` });
    else if (sha256(bytes) !== wanted)
      problems.push({ file: path, problem: `was changed: its SHA-256 is not that of the manifest${what}` });
    else intact.push(path);
  }
  const known = new Set<string>([...PROOF_FILES, TIME_STAMP_FILE, ...manifest.files.map(({ path }) => path)]);
  for (const path of files.keys()) if (!known.has(path)) problems.push({ file: path, problem: 'was added: the manifest does not know it' });
  return { intact, problems };
}

/** Every piece of evidence must have been entered in the ledger when it was stored, with the hash it has now. */
function checkEntered(files: ReadonlyMap<string, Uint8Array>, payloads: Record<string, unknown>[]): DossierProblem[] {
  const stored = new Set(
    payloads
      .filter(({ kind }) => kind === 'evidence.stored')
      .flatMap(({ content }) => (content as { files?: { sha256: string }[] }).files ?? [])
      .map((file) => file.sha256),
  );
  return [
    ...[...files]
      .filter(([path, bytes]) => path.startsWith('evidence/') && !stored.has(sha256(bytes)))
      .map(([path]) => ({ file: path, problem: 'is not in the ledger with this hash' })),
    ...checkDerived(files, payloads, stored),
  ];
}

/** Every derivative must have been entered when it was made, from an original that was entered before. */
function checkDerived(
  files: ReadonlyMap<string, Uint8Array>,
  payloads: Record<string, unknown>[],
  stored: ReadonlySet<string>,
): DossierProblem[] {
  const sources = new Map(
    payloads
      .filter(({ kind }) => kind === 'evidence.derived')
      .flatMap(({ content }) => (content as { derived?: { sha256: string; of: string }[] }).derived ?? [])
      .map(({ sha256: hash, of }) => [hash, of]),
  );
  return [...files].flatMap(([path, bytes]) => {
    if (!path.startsWith('derived/')) return [];
    const source = sources.get(sha256(bytes));
    if (source === undefined) return [{ file: path, problem: 'is not in the ledger as a derivative with this hash' }];
    return stored.has(source) ? [] : [{ file: path, problem: 'was made from an original that is not in the ledger' }];
  });
}

/**
 * Checks a dossier offline: the hash of every file, the signature of the manifest (Ed25519), the chain of the ledger and
 * its signed head, and that for this case each piece of evidence was entered when it was stored, each derivative when it was made, and the
 * dossier itself when it was exported.
 * @param files path inside the dossier → bytes
 * @param trustedFingerprint what the office publishes; without it anybody could have made the key
 */
export function checkDossier(files: ReadonlyMap<string, Uint8Array>, trustedFingerprint?: string): DossierVerdict {
  const timeStamped = files.has(TIME_STAMP_FILE);
  const key = publicKeyOf(files.get('public-key.pem'));
  const keyFingerprint = key ? sha256(key.export({ type: 'spki', format: 'der' })) : null;
  const manifest = parsed<Manifest>(files.get('manifest.json'));
  const problems: DossierProblem[] = PROOF_FILES.filter((file) => !files.has(file)).map((file) => ({ file, problem: 'is missing' }));
  if (!manifest || !Array.isArray(manifest.files)) {
    problems.push({ file: 'manifest.json', problem: 'is not readable' });
    return { ok: false, intact: [], problems, keyFingerprint, caseId: null, exportedAtMs: null, timeStamped };
  }
  const keyFits = key !== null && keyFingerprint === manifest.keyFingerprint;
  if (!keyFits) problems.push({ file: 'public-key.pem', problem: 'is not the key that the manifest names' });
  if (trustedFingerprint !== undefined && trustedFingerprint.toLowerCase() !== keyFingerprint) {
    problems.push({ file: 'public-key.pem', problem: 'is not the key that the office publishes' });
  }
  const chain = checkChain(parsed<Chain>(files.get('chain.json')), key);
  const seal = keyFits ? checkSeal(files, key, chain.payloads) : [];
  // What a manifest says that was changed itself accuses nobody: then the ledger alone speaks for the evidence.
  const manifestHolds = !seal.some(({ file }) => file === 'manifest.json');
  // What was entered for another case proves nothing here.
  const own = chain.payloads.filter(({ subject }) => !manifestHolds || subject === `alert:${manifest.caseId}`);
  const listed = manifestHolds ? checkListed(manifest, files) : { intact: [], problems: [] };
  problems.push(...seal, ...(keyFits ? chain.problems : []), ...listed.problems);
  const named = new Set(problems.map(({ file }) => file));
  if (keyFits && chain.problems.length === 0) {
    if (manifestHolds && !isExported(files, own))
      problems.push({ file: 'chain.json', problem: 'does not know this dossier: its export was never entered in the ledger' });
    problems.push(...checkEntered(files, own).filter(({ file }) => !named.has(file)));
  }
  return {
    ok: problems.length === 0,
    intact: listed.intact,
    problems,
    keyFingerprint,
    caseId: manifest.caseId,
    exportedAtMs: manifest.exportedAtMs,
    timeStamped,
  };
}

/** The files of an unpacked dossier. Links are not followed. */
export function readFolder(folder: string): Map<string, Uint8Array> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [relative(folder, path).split(sep).join('/'), readFileSync(path)];
      }),
  );
}

/** The verdict in words, a line each. */
export function verdictLines(verdict: DossierVerdict): string[] {
  return [
    ...verdict.problems.map(({ file, problem }) => `${file}: ${problem}`),
    ...(verdict.keyFingerprint ? [`key ${verdict.keyFingerprint}: compare it with the fingerprint that the office publishes`] : []),
    verdict.ok ? `intact: ${verdict.intact.length} files, case ${verdict.caseId}` : `NOT INTACT: ${verdict.problems.length} problem(s)`,
  ];
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const verdict = checkDossier(readFolder(process.argv[2] ?? fileURLToPath(new URL('.', import.meta.url))));
  process.stdout.write(`${verdictLines(verdict).join('\n')}\n`);
  if (verdict.timeStamped)
    process.stdout.write(
      `${TIME_STAMP_FILE} is not checked here: openssl ts -verify -token_in -in ${TIME_STAMP_FILE} -data manifest.json -CAfile CA.pem\n`,
    );
  process.exitCode = verdict.ok ? 0 : 1;
}
