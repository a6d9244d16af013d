import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** The Ed25519 key (RFC 8032) that vouches for the integrity of what leaves the system; not an authority's signature. */
export interface SigningKey {
  /** SHA-256 of the public key in DER (SubjectPublicKeyInfo), hex: to be published, so that a dossier's key can be compared. */
  fingerprint: string;
  publicPem: string;
  sign(bytes: Uint8Array): Buffer;
}

function signingKeyOf(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey);
  return {
    fingerprint: fingerprintOf(publicKey),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    sign: (bytes) => sign(null, bytes, privateKey),
  };
}

/** SHA-256 of the public key in DER, hex. */
export function fingerprintOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** Reads the key from a PEM file. */
export function readSigningKey(file: string): SigningKey {
  return signingKeyOf(createPrivateKey(readFileSync(file)));
}

/** Makes a key and its file, for its owner alone. Never writes over a key that is there. */
export function createSigningKey(file: string): SigningKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  return signingKeyOf(privateKey);
}
