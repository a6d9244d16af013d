import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fromBER, Integer, Null, OctetString, type Sequence } from 'asn1js';
import { AlgorithmIdentifier, type Certificate, MessageImprint, PKIStatus, TimeStampReq, TimeStampResp } from 'pkijs';
import { failure } from '../server/failure.js';
import { certificatesOf, type TimeStamp, TimeStampError, verifyToken } from './token.js';

const SHA256 = '2.16.840.1.101.3.4.2.1';
const TIMEOUT_MS = 5000;
const MAX_BYTES = 64 * 1024;
const NONCE_BYTES = 8;

export interface AuthorityOptions {
  url: string;
  /** PEM file of the CAs whose time stamps count. */
  caFile: string;
  timeoutMs?: number;
}

/** A token that was checked. */
export interface Stamped {
  token: Buffer;
  stamp: TimeStamp;
}

function requestOf(data: Uint8Array, nonce: Buffer): Buffer {
  const request = new TimeStampReq({
    version: 1,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: SHA256, algorithmParams: new Null() }),
      hashedMessage: new OctetString({ valueHex: new Uint8Array(createHash('sha256').update(data).digest()) }),
    }),
    nonce: new Integer({ valueHex: new Uint8Array(nonce) }),
    certReq: true,
  });
  return Buffer.from(request.toSchema().toBER());
}

/** A time-stamping authority (RFC 3161 over HTTP). What it answers counts when it was checked. */
export class TimeStampAuthority {
  readonly #options: AuthorityOptions;
  readonly #trusted: Certificate[];

  /** @throws SafecityError `API_CONFIG_INVALID` when the CA file holds no certificate */
  constructor(options: AuthorityOptions) {
    this.#options = options;
    try {
      this.#trusted = certificatesOf(readFileSync(options.caFile, 'utf8'));
    } catch (cause) {
      const text = `SAFECITY_TSA_CA_FILE must name a PEM file with the certificates of the CAs; got "${options.caFile}"`;
      throw failure('API_CONFIG_INVALID', 500, text, cause);
    }
  }

  /**
   * Has bytes time-stamped; only their hash leaves this machine.
   * @throws SafecityError `API_TSA_AWAY`, `API_TSA_REFUSED`, `API_TSA_INVALID`
   */
  async stamp(data: Uint8Array): Promise<Stamped> {
    // The first bit is not set, so that the number is positive in as many bytes; the second is, so that none is left out.
    const nonce = randomBytes(NONCE_BYTES);
    nonce[0] = ((nonce[0] as number) & 0x7f) | 0x40;
    const answer = await this.#post(requestOf(data, nonce));
    const token = tokenOf(answer);
    try {
      const stamp = await verifyToken(token, data, this.#trusted);
      if (stamp.nonce !== nonce.toString('hex')) throw new TimeStampError('has not the nonce of the request: it is an old answer');
      return { token, stamp };
    } catch (cause) {
      if (!(cause instanceof TimeStampError)) throw cause;
      throw failure('API_TSA_INVALID', 502, `the answer of the time-stamping authority ${cause.message}`, cause);
    }
  }

  async #post(body: Buffer): Promise<Buffer> {
    const { url, timeoutMs = TIMEOUT_MS } = this.#options;
    const headers = { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' };
    let response: Response;
    let bytes: Buffer;
    try {
      response = await fetch(url, {
        method: 'POST',
        headers,
        body: new Uint8Array(body),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      bytes = Buffer.from(await response.arrayBuffer());
    } catch (cause) {
      throw failure('API_TSA_AWAY', 502, 'the time-stamping authority does not answer', cause);
    }
    if (!response.ok) throw failure('API_TSA_AWAY', 502, `the time-stamping authority answers with status ${response.status}`);
    if (bytes.length > MAX_BYTES) throw failure('API_TSA_INVALID', 502, 'the answer of the time-stamping authority is too large');
    return bytes;
  }
}

function responseOf(bytes: Buffer): TimeStampResp {
  try {
    return TimeStampResp.fromBER(new Uint8Array(bytes));
  } catch (cause) {
    throw failure('API_TSA_INVALID', 502, 'the answer of the time-stamping authority is not readable', cause);
  }
}

function tokenOf(bytes: Buffer): Buffer {
  const { status, timeStampToken } = responseOf(bytes);
  const granted = status.status === PKIStatus.granted || status.status === PKIStatus.grantedWithMods;
  if (!granted) {
    const words = (status.statusStrings ?? []).map((text) => String(text.valueBlock.value)).join('; ');
    throw failure(
      'API_TSA_REFUSED',
      502,
      `the time-stamping authority refuses (status ${status.status})${words ? `: ${words.slice(0, 200)}` : ''}`,
    );
  }
  if (!timeStampToken) throw failure('API_TSA_INVALID', 502, 'the answer of the time-stamping authority holds no time stamp');
  // The very bytes of the answer: what is encoded anew may be other ones.
  const parts = (fromBER(new Uint8Array(bytes)).result as Sequence).valueBlock.value;
  return Buffer.from((parts[1] as Sequence).valueBeforeDecodeView);
}
