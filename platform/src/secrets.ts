import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { SafecityError } from '@safecity/contracts';

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Reads the 32-byte key that services of one site share, making it (mode 0600) when the file does not exist.
 * @throws SafecityError `PLATFORM_KEY_INVALID` when the file holds anything but 32 bytes
 */
export function loadOrCreateKey(file: string): Buffer {
  mkdirSync(dirname(file), { recursive: true });
  try {
    writeFileSync(file, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const key = readFileSync(file);
  if (key.length !== KEY_BYTES)
    throw new SafecityError('PLATFORM_KEY_INVALID', `key file holds ${key.length} bytes instead of ${KEY_BYTES}: restore it from backup`);
  return key;
}

/** Seals a text with AES-256-GCM: base64url of IV, ciphertext and tag. Every call gives another result. */
export function sealSecret(key: Buffer, text: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** @throws SafecityError `PLATFORM_SEAL_BROKEN` when the value was changed or sealed with another key */
export function openSecret(key: Buffer, sealed: string): string {
  try {
    const bytes = Buffer.from(sealed, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES));
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, bytes.length - TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    throw new SafecityError('PLATFORM_SEAL_BROKEN', 'a sealed value cannot be opened with this key: enter the credentials again');
  }
}

function signature(key: Buffer, scope: string, expiresMs: number): Buffer {
  return createHmac('sha256', key).update(`${expiresMs}.${scope}`).digest();
}

/** A short-lived token for one scope (`live:cam1`) between services of one site: `expiry.HMAC-SHA256`. */
export function issueInternalToken(key: Buffer, scope: string, ttlMs: number, nowMs = Date.now()): string {
  const expiresMs = Math.round(nowMs + ttlMs);
  return `${expiresMs}.${signature(key, scope, expiresMs).toString('base64url')}`;
}

/** True when `token` was issued for `scope` with this key and has not expired (expiry exclusive). */
export function verifyInternalToken(key: Buffer, token: string, scope: string, nowMs = Date.now()): boolean {
  const [expiry, mac] = token.split('.');
  const expiresMs = Number(expiry);
  if (!mac || !Number.isSafeInteger(expiresMs) || expiresMs <= nowMs) return false;
  const given = Buffer.from(mac, 'base64url');
  const expected = signature(key, scope, expiresMs);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
