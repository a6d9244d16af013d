import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Queryable } from '../../database/connection.js';
import { failure } from '../../server/failure.js';
import type { SignInSecrets } from './identity-provider.js';

/** How long the way to the provider and back may take. */
export const ATTEMPT_MS = 10 * 60_000;

/** What the database keeps of a random text. */
export const keptOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Nonce and PKCE verifier follow from the state and the site's key, so that neither is stored. */
function secretsOf(key: Buffer, state: string): SignInSecrets {
  const derive = (what: string) => createHmac('sha256', key).update(`provider-${what}:${state}`).digest('base64url');
  return { state, nonce: derive('nonce'), verifier: derive('verifier') };
}

/** A sign-in that began. */
export interface Attempt {
  secrets: SignInSecrets;
  /** A path of this server. */
  returnTo: string;
  invitationHash: Buffer | null;
}

/** Begins a sign-in. `browser` goes into a cookie: only who has it may come back. */
export async function beginAttempt(
  sql: Queryable,
  key: Buffer,
  options: { returnTo: string; invitation: string | undefined; nowMs: number },
): Promise<{ secrets: SignInSecrets; browser: string }> {
  const [state, browser] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')];
  const { returnTo, invitation, nowMs } = options;
  await sql`DELETE FROM provider_attempts WHERE expires_at_ms <= ${nowMs}`;
  await sql`INSERT INTO provider_attempts (state_hash, browser_hash, invitation_hash, return_to, expires_at_ms)
    VALUES (${keptOf(state)}, ${keptOf(browser)}, ${invitation === undefined ? null : keptOf(invitation)}, ${returnTo}, ${nowMs + ATTEMPT_MS})`;
  return { secrets: secretsOf(key, state), browser };
}

/** Takes the attempt: it works once. @throws SafecityError `API_OIDC_STATE` */
export async function takeAttempt(
  sql: Queryable,
  key: Buffer,
  back: { state: string | undefined; browser: string | undefined; nowMs: number },
): Promise<Attempt> {
  const { state = '', browser = '', nowMs } = back;
  const rows = await sql<{ browser_hash: Buffer; invitation_hash: Buffer | null; return_to: string; expires_at_ms: number }[]>`
    DELETE FROM provider_attempts WHERE state_hash = ${keptOf(state)} RETURNING browser_hash, invitation_hash, return_to, expires_at_ms`;
  const row = rows[0];
  if (!row || row.expires_at_ms <= nowMs || !keptOf(browser).equals(row.browser_hash))
    throw failure('API_OIDC_STATE', 403, 'this sign-in was used, is too old, or began in another browser: begin again');
  return { secrets: secretsOf(key, state), returnTo: row.return_to, invitationHash: row.invitation_hash };
}

/**
 * A path of this server to go to after signing in.
 * @throws SafecityError `API_OIDC_RETURN` for whatever a browser could take for another site
 */
export function checkReturnTo(text: string): string {
  const here = 'http://here.invalid';
  const isPath = /^\/(?![/\\])[^\\\s]*$/.test(text) && URL.canParse(text, here) && new URL(text, here).origin === here;
  if (!isPath || text.startsWith('/api/')) throw failure('API_OIDC_RETURN', 400, 'returnTo must be a path of the console');
  return text;
}
