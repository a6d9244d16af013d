import { entryHash, headStatement } from '../ledger/chain.js';
import { certificatesOf, type TimeStamp, TimeStampError, verifyToken } from '../time-stamp/token.js';
import { type DossierProblem, TIME_STAMP_FILE } from './check-dossier.js';

/** Time stamps of heads of the ledger that the dossier's chain leads through. */
export const LEDGER_STAMPS_FILE = 'ledger-stamps.json';

/** One of them as it stands in the file; the token is in base64. */
export interface StampedHead {
  seq: number;
  token: string;
}

export interface StampVerdict {
  problems: DossierProblem[];
  /** What was stamped when and by whom, a line each. */
  lines: string[];
}

type Trusted = ReturnType<typeof certificatesOf> | null;

function parsed<T>(bytes: Uint8Array | undefined): T | null {
  try {
    return bytes ? (JSON.parse(Buffer.from(bytes).toString('utf8')) as T) : null;
  } catch {
    return null;
  }
}

/** Hash after each entry of the dossier's chain, by its number. */
function headsOf(files: ReadonlyMap<string, Uint8Array>): Map<number, string> {
  const chain = parsed<{ startHash: string; entries: { seq: number; payloadSha256: string }[] }>(files.get('chain.json'));
  const heads = new Map<number, string>();
  let hash = chain?.startHash ?? '';
  for (const { seq, payloadSha256 } of chain?.entries ?? []) {
    hash = entryHash(hash, seq, payloadSha256);
    heads.set(seq, hash);
  }
  return heads;
}

const lineOf = (what: string, { atMs, authority, serial, trusted }: TimeStamp) =>
  `time stamp of ${what}: ${new Date(atMs).toISOString()} by ${authority}, number ${serial}${trusted ? '' : '; who that is was not checked: give --tsa-ca FILE'}`;

async function checkOne(
  file: string,
  what: string,
  parts: { token: Uint8Array; data: Uint8Array; trusted: Trusted },
): Promise<StampVerdict> {
  try {
    return { problems: [], lines: [lineOf(what, await verifyToken(parts.token, parts.data, parts.trusted))] };
  } catch (error) {
    if (!(error instanceof TimeStampError)) throw error;
    return { problems: [{ file, problem: `${what === 'the manifest' ? '' : `${what}: `}${error.message}` }], lines: [] };
  }
}

/**
 * Checks the time stamps of a dossier offline: that the manifest, and the ledger up to an entry, existed at a moment told by an
 * authority that the office does not run. A dossier without them is told to be without.
 * @param caPem CAs that are trusted; without it signatures are checked, and whose they are is left open
 * @throws TimeStampError when the CA file holds no certificate
 */
export async function checkStamps(files: ReadonlyMap<string, Uint8Array>, caPem?: string): Promise<StampVerdict> {
  const trusted = caPem === undefined ? null : certificatesOf(caPem);
  const verdict: StampVerdict = { problems: [], lines: [] };
  const add = ({ problems, lines }: StampVerdict) => {
    verdict.problems.push(...problems);
    verdict.lines.push(...lines);
  };
  const [token, manifest] = [files.get(TIME_STAMP_FILE), files.get('manifest.json')];
  if (token && manifest) add(await checkOne(TIME_STAMP_FILE, 'the manifest', { token, data: manifest, trusted }));
  else verdict.lines.push('the manifest is not time-stamped: when it was made is the word of the office alone');
  const heads = headsOf(files);
  for (const { seq, token: text } of parsed<StampedHead[]>(files.get(LEDGER_STAMPS_FILE)) ?? []) {
    const hash = heads.get(seq);
    if (hash === undefined)
      verdict.problems.push({ file: LEDGER_STAMPS_FILE, problem: `names entry ${seq}, which the chain does not have` });
    else
      add(
        await checkOne(LEDGER_STAMPS_FILE, `the ledger up to entry ${seq}`, {
          token: Buffer.from(text, 'base64'),
          data: headStatement(seq, hash),
          trusted,
        }),
      );
  }
  return verdict;
}
