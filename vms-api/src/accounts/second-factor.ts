import { createHash, randomBytes } from 'node:crypto';
import { openSecret, sealSecret } from '@safecity/platform';
import { Secret, TOTP } from 'otpauth';
import type { Queryable, Transaction } from '../database/connection.js';
import { failure } from '../server/failure.js';

/** RFC 6238 as every authenticator app speaks it; one step of 30 s before and after is forgiven. */
const PERIOD_S = 30;
const WINDOW = 1;
const RECOVERY_CODES = 10;

interface FactorRow {
  sealed_secret: string;
  confirmed_at_ms: number | null;
  last_step: number;
  recovery_hashes: string[];
}

const hashOf = (code: string): string => createHash('sha256').update(code.replaceAll('-', '').toLowerCase()).digest('hex');

function totpOf(secret: string, username: string): TOTP {
  return new TOTP({ issuer: 'Safecity', label: username, secret: Secret.fromBase32(secret), period: PERIOD_S });
}

/** The step of time in which a code is right; null when it is wrong. */
function stepOf(secret: string, code: string, nowMs: number): number | null {
  const delta = totpOf(secret, '').validate({ token: code, timestamp: nowMs, window: WINDOW });
  return delta === null ? null : Math.floor(nowMs / 1000 / PERIOD_S) + delta;
}

async function readFactor(sql: Queryable, userId: string): Promise<FactorRow | undefined> {
  const rows = await sql<FactorRow[]>`
    SELECT sealed_secret, confirmed_at_ms, last_step, recovery_hashes FROM second_factors WHERE user_id = ${userId} FOR UPDATE`;
  return rows[0];
}

/** True when sign-in of this user asks for a code. */
export async function hasSecondFactor(sql: Queryable, userId: string): Promise<boolean> {
  return (await sql`SELECT 1 FROM second_factors WHERE user_id = ${userId} AND confirmed_at_ms IS NOT NULL`).length > 0;
}

/** Uses a code, or a recovery code: each works once. False when it is wrong or was used. */
export async function useCode(transaction: Transaction, key: Buffer, userId: string, code: string, nowMs: number): Promise<boolean> {
  const factor = await readFactor(transaction, userId);
  if (!factor) return false;
  const step = /^\d{6}$/.test(code) ? stepOf(openSecret(key, factor.sealed_secret), code, nowMs) : null;
  if (step !== null && step > factor.last_step) {
    await transaction`UPDATE second_factors SET last_step = ${step} WHERE user_id = ${userId}`;
    return true;
  }
  const hash = hashOf(code);
  if (!factor.recovery_hashes.includes(hash)) return false;
  await transaction`UPDATE second_factors SET recovery_hashes = array_remove(recovery_hashes, ${hash}) WHERE user_id = ${userId}`;
  return true;
}

/** Makes a secret that counts once it is confirmed. @throws SafecityError `API_SECOND_FACTOR_STATE` when one counts already */
export async function beginSecondFactor(
  sql: Queryable,
  key: Buffer,
  user: { id: string; username: string },
): Promise<{ secret: string; url: string }> {
  const secret = new Secret({ size: 20 }).base32;
  const rows = await sql`
    INSERT INTO second_factors (user_id, sealed_secret) VALUES (${user.id}, ${sealSecret(key, secret)})
    ON CONFLICT (user_id) DO UPDATE SET sealed_secret = excluded.sealed_secret WHERE second_factors.confirmed_at_ms IS NULL RETURNING 1`;
  if (rows.length === 0) throw failure('API_SECOND_FACTOR_STATE', 409, 'a second factor is set already: remove it first');
  return { secret, url: totpOf(secret, user.username).toString() };
}

/** Confirms the secret by a code of it. Returns recovery codes; null when the code is wrong. */
export async function confirmSecondFactor(
  transaction: Transaction,
  key: Buffer,
  userId: string,
  { code, nowMs }: { code: string; nowMs: number },
): Promise<string[] | null> {
  const factor = await readFactor(transaction, userId);
  if (!factor || factor.confirmed_at_ms !== null)
    throw failure('API_SECOND_FACTOR_STATE', 409, 'there is no second factor to confirm: begin with one');
  if (!(await useCode(transaction, key, userId, code, nowMs))) return null;
  const codes = Array.from({ length: RECOVERY_CODES }, () =>
    randomBytes(10)
      .toString('hex')
      .replace(/(.{5})(?=.)/g, '$1-'),
  );
  await transaction`UPDATE second_factors SET confirmed_at_ms = ${nowMs}, recovery_hashes = ${codes.map(hashOf)} WHERE user_id = ${userId}`;
  return codes;
}
