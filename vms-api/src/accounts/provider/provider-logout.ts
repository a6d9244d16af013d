import { recordAudit } from '../../audit/audit.js';
import type { Transaction } from '../../database/connection.js';
import { failure } from '../../server/failure.js';
import { keptOf } from './attempts.js';
import { LOGOUT_TOKEN_MS, type ProviderLogout } from './logout-tokens.js';

/** Remembers a token for as long as it could be believed again. @throws SafecityError `API_OIDC_LOGOUT` for one that came before */
async function takeToken(transaction: Transaction, { issuer, tokenId }: ProviderLogout, nowMs: number): Promise<void> {
  await transaction`DELETE FROM provider_logouts WHERE expires_at_ms <= ${nowMs}`;
  // Twice its life: clocks differ.
  const taken = await transaction`
    INSERT INTO provider_logouts (token_hash, expires_at_ms) VALUES (${keptOf(`${issuer} ${tokenId}`)}, ${nowMs + 2 * LOGOUT_TOKEN_MS})
    ON CONFLICT DO NOTHING RETURNING 1`;
  if (taken.length === 0) throw failure('API_OIDC_LOGOUT', 400, 'the logout token does not hold: jti; it was taken before');
}

/** The users whose sessions ended, once each. A session whose name at the provider is not known ends with its subject. */
async function deleteSessions(transaction: Transaction, logout: ProviderLogout): Promise<string[]> {
  const [subject, sid] = [logout.subject ?? null, logout.sid ?? null];
  const rows = await transaction<{ username: string }[]>`
    DELETE FROM sessions s USING users u
    WHERE u.id = s.user_id AND s.provider_issuer = ${logout.issuer}
      AND (${subject}::text IS NULL OR s.provider_subject = ${subject})
      AND (${sid}::text IS NULL OR s.provider_sid = ${sid} OR (s.provider_sid IS NULL AND ${subject}::text IS NOT NULL))
    RETURNING u.username`;
  return [...new Set(rows.map(({ username }) => username))];
}

/**
 * Ends the sessions that the provider ended, and records whose they were; a token that ends none is recorded too.
 * @throws SafecityError `API_OIDC_LOGOUT` for a token that came before
 */
export async function endProviderSessions(
  transaction: Transaction,
  logout: ProviderLogout,
  by: { atMs: number; address: string },
): Promise<void> {
  await takeToken(transaction, logout, by.atMs);
  const usernames = await deleteSessions(transaction, logout);
  const { issuer, subject, sid } = logout;
  const detail = { issuer, ...(subject === undefined ? {} : { subject }), ...(sid === undefined ? {} : { sid }) };
  const entry = { ...by, actor: 'identity-provider', action: 'session.ended-by-provider' as const };
  for (const username of usernames) await recordAudit(transaction, { ...entry, subject: `user:${username}`, detail });
  if (usernames.length === 0) await recordAudit(transaction, { ...entry, subject: 'session', detail: { ...detail, ended: 0 } });
}
