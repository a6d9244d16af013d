import { createHash, X509Certificate } from 'node:crypto';
import { Certificate, ContentInfo, ExtKeyUsage, id_eContentType_TSTInfo, SignedData, SignedDataVerifyError, TSTInfo } from 'pkijs';

const CHANGED = 'was changed: its signature does not match';

const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const EKU = '2.5.29.37';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const SHA256 = '2.16.840.1.101.3.4.2.1';
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';

/** What a time stamp says once it was found to be right. */
export interface TimeStamp {
  /** The moment at which the authority had the hash, epoch ms by its clock. */
  atMs: number;
  /** Name of the authority in its certificate. */
  authority: string;
  /** Serial number of the token, hex. */
  serial: string;
  /** Hex; null when the request had none. */
  nonce: string | null;
  /** False: the signature is right, and whose it is was not checked, because no CA was given. */
  trusted: boolean;
}

/** Why a token is no time stamp of what it stands beside. */
export class TimeStampError extends Error {}

const hex = (bytes: ArrayBuffer | Uint8Array) => Buffer.from(bytes as Uint8Array).toString('hex');

/** The CA certificates of a PEM file. @throws TimeStampError when there is none */
export function certificatesOf(pem: string): Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new TimeStampError('holds no certificate');
  return blocks.map((block) => Certificate.fromBER(new Uint8Array(new X509Certificate(block).raw)));
}

function signedDataOf(token: Uint8Array): { signed: SignedData; info: TSTInfo } {
  try {
    const content = ContentInfo.fromBER(new Uint8Array(token));
    const signed = new SignedData({ schema: content.content });
    const { eContentType, eContent } = signed.encapContentInfo;
    if (eContentType !== id_eContentType_TSTInfo || !eContent || signed.signerInfos.length !== 1)
      throw new TimeStampError('is no time stamp');
    return { signed, info: TSTInfo.fromBER(eContent.getValue()) };
  } catch (error) {
    if (error instanceof TimeStampError) throw error;
    throw new TimeStampError('is not readable');
  }
}

/** The certificate may sign time stamps and nothing else (RFC 3161, 2.3). */
function checkPurpose(certificate: Certificate): void {
  const extension = certificate.extensions?.find(({ extnID }) => extnID === EKU);
  const purposes = extension?.parsedValue instanceof ExtKeyUsage ? extension.parsedValue.keyPurposes : [];
  if (!extension?.critical || purposes.length !== 1 || purposes[0] !== TIME_STAMPING)
    throw new TimeStampError("its signer's certificate is not one for time stamps");
}

/** The token names the certificate that signed it (RFC 5035), so that none can be put in its place. */
function checkNamed(signed: SignedData, certificate: Certificate): void {
  const der = new Uint8Array(certificate.toSchema(true).toBER());
  const attributes = signed.signerInfos[0]?.signedAttrs?.attributes ?? [];
  const named = attributes.find(({ type }) => type === SIGNING_CERTIFICATE_V2 || type === SIGNING_CERTIFICATE);
  // Whichever hash it is made with, its bytes are in the attribute; a hash of another certificate is not.
  const value = Buffer.from((named?.values[0] as { toBER(): ArrayBuffer } | undefined)?.toBER() ?? new ArrayBuffer(0));
  const algorithms = named?.type === SIGNING_CERTIFICATE ? ['sha1'] : ['sha256', 'sha384', 'sha512'];
  if (!algorithms.some((algorithm) => value.includes(createHash(algorithm).update(der).digest())))
    throw new TimeStampError('does not name the certificate that it is signed with');
}

function wordsOf(error: unknown): string {
  if (!(error instanceof SignedDataVerifyError)) return 'is not readable';
  if (error.code === 5) return "its signer's certificate does not lead to the CA that is trusted, or was not valid at that time";
  if (error.code === 3 || error.code === 2) return "lacks its signer's certificate";
  return CHANGED;
}

function nameOf(certificate: Certificate): string {
  const parts = certificate.subject.typesAndValues;
  const common = parts.find(({ type }) => type === '2.5.4.3') ?? parts.at(-1);
  return String((common?.value as { valueBlock?: { value?: unknown } } | undefined)?.valueBlock?.value ?? 'without name');
}

/** The certificate that the signature was found to be of. */
async function signerOf(signed: SignedData, atTime: Date, trusted: Certificate[] | null): Promise<Certificate> {
  const attributes = signed.signerInfos[0]?.signedAttrs?.attributes ?? [];
  const contentType = attributes.find(({ type }) => type === CONTENT_TYPE)?.values[0] as { getValue?(): string } | undefined;
  if (contentType?.getValue?.() !== id_eContentType_TSTInfo) throw new TimeStampError('is no time stamp');
  // The library would look at the imprint before the signature; what is wrong with a token is told more exactly the other way round.
  signed.encapContentInfo.eContentType = ContentInfo.DATA;
  const chain = trusted === null ? {} : { checkChain: true, trustedCerts: trusted, passedWhenNotRevValues: true };
  try {
    const result = await signed.verify({ signer: 0, extendedMode: true, checkDate: atTime, ...chain });
    if (result.signatureVerified && result.signerCertificate) return result.signerCertificate;
  } catch (error) {
    throw new TimeStampError(wordsOf(error));
  }
  throw new TimeStampError(CHANGED);
}

/**
 * Checks an RFC 3161 token offline: its signature, that it is over these bytes (SHA-256), that its certificate is one for time
 * stamps and leads to a trusted CA, at the time of the stamp. Revocation is not checked.
 * @param trusted certificates of CAs; null leaves open whose signature it is
 * @throws TimeStampError in words that go on after the name of a file
 */
export async function verifyToken(token: Uint8Array, data: Uint8Array, trusted: Certificate[] | null): Promise<TimeStamp> {
  const { signed, info } = signedDataOf(token);
  const certificate = await signerOf(signed, info.genTime, trusted);
  checkPurpose(certificate);
  checkNamed(signed, certificate);
  const { hashAlgorithm, hashedMessage } = info.messageImprint;
  const imprint = createHash('sha256').update(data).digest('hex');
  if (hashAlgorithm.algorithmId !== SHA256 || hex(hashedMessage.valueBlock.valueHexView) !== imprint)
    throw new TimeStampError('is a time stamp of something else');
  return {
    atMs: info.genTime.getTime(),
    authority: nameOf(certificate),
    serial: hex(info.serialNumber.valueBlock.valueHexView),
    nonce: info.nonce ? hex(info.nonce.valueBlock.valueHexView) : null,
    trusted: trusted !== null,
  };
}
