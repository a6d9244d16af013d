import { randomBytes } from 'node:crypto';
import { recordAudit } from '../../audit/audit.js';
import type { Queryable, Transaction } from '../../database/connection.js';
import { failure } from '../../server/failure.js';
import { keptOf } from './attempts.js';
import type { IdentityProvider, ProvidedIdentity } from './identity-provider.js';

/** How long a one-time link works. */
const INVITATION_MS = 3 * 86_400_000;

/** An account that somebody signs in to. */
export interface BoundAccount {
  userId: string;
  username: string;
}

interface Binding {
  provider: IdentityProvider;
  identity: ProvidedIdentity;
  invitationHash: Buffer | null;
  nowMs: number;
  address: string;
}

const unknown = () =>
  failure('API_OIDC_UNKNOWN', 403, 'no account is bound to this identity: ask an administrator for an account and its one-time link');
const elsewhere = (message: string) => failure('API_OIDC_BOUND', 409, `${message}: ask an administrator`);

async function boundAccount(transaction: Transaction, { issuer, subject }: ProvidedIdentity): Promise<BoundAccount | undefined> {
  const rows = await transaction<(BoundAccount & { disabled: boolean })[]>`
    SELECT u.id AS "userId", u.username, u.disabled_at_ms IS NOT NULL AS disabled
    FROM provider_identities i JOIN users u ON u.id = i.user_id WHERE i.issuer = ${issuer} AND i.subject = ${subject}`;
  if (rows[0]?.disabled) throw unknown();
  return rows[0];
}

async function invitedAccount(transaction: Transaction, hash: Buffer, nowMs: number): Promise<BoundAccount> {
  const rows = await transaction<BoundAccount[]>`
    DELETE FROM provider_invitations i USING users u
    WHERE i.secret_hash = ${hash} AND i.expires_at_ms > ${nowMs} AND u.id = i.user_id AND u.disabled_at_ms IS NULL
    RETURNING u.id AS "userId", u.username`;
  if (!rows[0]) throw failure('API_OIDC_INVITATION', 403, 'the one-time link was used or is too old: ask an administrator for another');
  return rows[0];
}

/** Accounts that keep their password for emergencies are never given away by a name. */
async function namedAccount(transaction: Transaction, { settings }: IdentityProvider, name: string | undefined): Promise<BoundAccount> {
  const username = name?.trim().toLowerCase();
  if (username === undefined || settings.passwordUsers?.includes(username)) throw unknown();
  const rows = await transaction<BoundAccount[]>`
    SELECT id AS "userId", username FROM users WHERE username = ${username} AND disabled_at_ms IS NULL`;
  if (!rows[0]) throw unknown();
  return rows[0];
}

async function bind(transaction: Transaction, binding: Binding, account: BoundAccount, by: string): Promise<void> {
  const { identity, nowMs, address } = binding;
  const { issuer, subject } = identity;
  const made = await transaction`
    INSERT INTO provider_identities (issuer, subject, user_id, bound_at_ms) VALUES (${issuer}, ${subject}, ${account.userId}, ${nowMs})
    ON CONFLICT DO NOTHING RETURNING 1`;
  if (made.length === 0) throw elsewhere(`the account "${account.username}" is bound to another identity`);
  const subjectOf = `user:${account.username}`;
  const detail = { issuer, subject, by };
  await recordAudit(transaction, { atMs: nowMs, actor: account.username, action: 'identity.bound', subject: subjectOf, detail, address });
}

/**
 * The account behind an identity. At the first sign-in it is bound, by a one-time link or, where that is configured, by the
 * user name that the provider tells; from then on the subject alone counts.
 * @throws SafecityError `API_OIDC_UNKNOWN`, `API_OIDC_INVITATION`, `API_OIDC_BOUND`
 */
export async function accountOf(transaction: Transaction, binding: Binding): Promise<BoundAccount> {
  const { provider, identity, invitationHash, nowMs } = binding;
  const bound = await boundAccount(transaction, identity);
  const invited = invitationHash === null ? undefined : await invitedAccount(transaction, invitationHash, nowMs);
  if (bound && invited && invited.userId !== bound.userId) throw elsewhere('this identity is bound to another account');
  if (bound) return bound;
  const account = invited ?? (await namedAccount(transaction, provider, identity.username));
  await bind(transaction, binding, account, invited ? 'invitation' : 'username');
  return account;
}

/** A one-time link's secret for a user; the one before no longer works. */
export async function invite(
  sql: Queryable,
  userId: string,
  by: { name: string; atMs: number },
): Promise<{ secret: string; expiresAtMs: number }> {
  const secret = randomBytes(32).toString('base64url');
  const expiresAtMs = by.atMs + INVITATION_MS;
  await sql`INSERT INTO provider_invitations (secret_hash, user_id, created_by, expires_at_ms)
    VALUES (${keptOf(secret)}, ${userId}, ${by.name}, ${expiresAtMs})
    ON CONFLICT (user_id) DO UPDATE SET secret_hash = excluded.secret_hash, created_by = excluded.created_by,
      expires_at_ms = excluded.expires_at_ms`;
  return { secret, expiresAtMs };
}
