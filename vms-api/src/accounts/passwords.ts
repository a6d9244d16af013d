import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { failure } from '../server/failure.js';

const scryptAsync = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

const KEY_BYTES = 32;
const SALT_BYTES = 16;
const MIN_LENGTH = 12;

/** scrypt (RFC 7914) cost: N = 2^15, r = 8, p = 3 takes 32 MiB and some 0.2 s. Stored with each hash, so it can grow. */
export const PASSWORD_COST = { N: 32_768, r: 8, p: 3 };

function derive(password: string, salt: Buffer, cost: typeof PASSWORD_COST): Promise<Buffer> {
  return scryptAsync(password.normalize('NFKC'), salt, KEY_BYTES, { ...cost, maxmem: 256 * cost.N * cost.r });
}

/**
 * Hashes a password as `scrypt$N$r$p$salt$key`, salt and key in base64url.
 * @throws SafecityError `API_PASSWORD_WEAK` below 12 characters
 */
export async function hashPassword(password: string, cost = PASSWORD_COST): Promise<string> {
  if (password.length < MIN_LENGTH) throw failure('API_PASSWORD_WEAK', 400, `the password needs at least ${MIN_LENGTH} characters`);
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, cost);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** A hash that no password has, of the same cost: an unknown user takes as long to refuse as a known one. */
const NOBODY = [
  'scrypt',
  PASSWORD_COST.N,
  PASSWORD_COST.r,
  PASSWORD_COST.p,
  'AAAAAAAAAAAAAAAAAAAAAA',
  Buffer.alloc(KEY_BYTES).toString('base64url'),
].join('$');

/** True when `password` is the one behind `stored`; no such user (null), and one without a password, take as long and are false. */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const isHash = stored?.startsWith('scrypt$') ?? false;
  const [, N, r, p, salt = '', key = ''] = (isHash ? (stored as string) : NOBODY).split('$');
  const expected = Buffer.from(key, 'base64url');
  const actual = await derive(password, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) });
  return isHash && actual.length === expected.length && timingSafeEqual(actual, expected);
}
